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

// BenchmarkRank prints the full ranking of the same pair.
func BenchmarkRank(b *testing.B) {
	b.Chdir(b.TempDir())
	for b.Loop() {
		if code := run([]string{"rank"}, strings.NewReader(""), io.Discard, io.Discard); code != exitOK {
			b.Fatal("exit code", code)
		}
	}
}
