//go:build unix

package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/internal/smalldisk"
)

// TestADraftOnAFullDiskEndsWithWhatToDoAndGoesOn has no room for the answers of
// the model.
func TestADraftOnAFullDiskEndsWithWhatToDoAndGoesOn(t *testing.T) {
	t.Parallel()
	k := newSandbox(t)
	k.api.Latency = 0
	disk := smalldisk.New(t, 16)
	if out, err := k.concord(t, k.drafting("whole")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k.take()
	workspace := filepath.Join(disk.Path, "work")
	args := "draft --judge llm --from ours.csv --to theirs.csv --out out-full --workspace " + workspace
	disk.Leave(t, 1500)

	cmd := k.concord(t, args)
	out, err := cmd.CombinedOutput()

	if said := lastLine(string(out)); err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(said, "the disk is full; make room, and do the same again") {
		t.Fatalf("%v: %s", err, out)
	}
	asked := map[string]bool{}
	for _, q := range k.take() {
		asked[q] = true
	}
	disk.MakeRoom(t)
	if out, err := k.concord(t, args).CombinedOutput(); err != nil {
		t.Fatalf("after room was made: %v: %s", err, out)
	}
	again := 0
	for _, q := range k.take() {
		if asked[q] {
			again++
		}
	}
	if len(asked) < 20 || again > 4 { // the requests at once: their answers found no room
		t.Errorf("%d questions asked, %d of them again", len(asked), again)
	}
	for name, content := range k.drafted(t, "full") {
		if content != k.drafted(t, "whole")[name] {
			t.Errorf("%s differs from that of a draft with room enough", name)
		}
	}
}

// TestWorkersWaitWhileTheDiskOfTheServerIsFull asks nothing twice: answers that
// find no room are kept until they do.
func TestWorkersWaitWhileTheDiskOfTheServerIsFull(t *testing.T) {
	t.Parallel()
	disk := smalldisk.New(t, 160)
	w := newWorksIn(t, disk.Path)
	w.api.Latency = 0
	want := w.alone(t, "--judge llm")
	w.anew(t)
	w.must(t, toEnqueue)
	cmd := w.process(t, "worker --drain --workspace one --concurrency 4")
	var talk bytes.Buffer
	cmd.Stderr = &talk
	disk.Leave(t, 1000)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for quiet := false; !quiet; { // until nobody asks any more
		select {
		case <-w.heard:
		case <-time.After(3 * time.Second):
			quiet = true
		}
	}
	var done int
	if err := w.db(t).QueryRow(`SELECT count(*) FROM coverage`).Scan(&done); err != nil || done == sourcesKilled {
		t.Fatalf("the disk is not full: %d sources are done, %v", done, err)
	}

	disk.MakeRoom(t)

	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &talk)
	}
	if said := talk.String(); strings.Count(said, "the disk of the server is full; make room there") != 1 || strings.Count(said, "can be used again") != 1 || strings.Contains(said, "went wrong") {
		t.Errorf("it said: %s", said)
	}
	if asked, kept := w.take(), w.answered(t); len(asked) != len(kept) {
		t.Errorf("%d questions, %d answers", len(asked), len(kept))
	}
	if got := clock.ReplaceAllString(w.must(t, toExport), "TIME"); got != want {
		t.Errorf("the draft differs from that of one command: %d bytes, %d", len(got), len(want))
	}
}
