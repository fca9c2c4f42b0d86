package main

import (
	"io"
	"strings"
	"testing"
)

// BenchmarkDraft runs the main job in an empty workspace.
func BenchmarkDraft(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		b.Chdir(b.TempDir())
		b.StartTimer()
		if code := run([]string{"draft"}, strings.NewReader(""), io.Discard, io.Discard); code != exitOK {
			b.Fatal("exit code", code)
		}
	}
}

// BenchmarkRank prints a full ranking, in an empty workspace.
func BenchmarkRank(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		b.Chdir(b.TempDir())
		b.StartTimer()
		if code := run([]string{"rank", "--from", "csf", "--to", "sp800-53"}, strings.NewReader(""), io.Discard, io.Discard); code != exitOK {
			b.Fatal("exit code", code)
		}
	}
}
