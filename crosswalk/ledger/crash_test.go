//go:build unix

package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
)

// proposals is how many each source has in these tests.
const proposals = 8

// With these variables set the test binary plays another process.
const (
	childPath   = "LEDGER_TEST_PATH"
	childPrefix = "LEDGER_TEST_PREFIX" // of the ids of the sources
	childCount  = "LEDGER_TEST_COUNT"  // how many sources; 0 for no end
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		var count int
		fmt.Sscan(os.Getenv(childCount), &count)
		if err := recordInALoop(path, os.Getenv(childPrefix), count); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// recordInALoop pays for a call a source and records sources in batches of
// three, and prints the id of each call and source once it is on disk.
func recordInALoop(path, prefix string, count int) error {
	ctx := context.Background()
	l, err := ledger.Open(ctx, path)
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := l.Begin(ctx, aRun("r")); err != nil {
		return err
	}
	done, err := l.Done(ctx, "r")
	if err != nil {
		return err
	}
	var batch []crosswalk.Result
	for i := 0; count == 0 || i < count; i++ {
		id := fmt.Sprintf("%s%05d", prefix, i)
		if done[id] {
			continue
		}
		if _, err := l.Remember(ctx, "key "+id, ledger.Call{Run: "r", Answer: "answer " + id}); err != nil {
			return err
		}
		fmt.Println("call", id)
		if batch = append(batch, result("r", id, proposals)); len(batch) < 3 && i != count-1 {
			continue
		}
		if err := l.Record(ctx, "r", batch); err != nil {
			return err
		}
		for _, s := range batch {
			fmt.Println("source", s.Source)
		}
		batch = nil
	}
	return nil
}

func child(t *testing.T, binary, path, prefix string, count int) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), childPath+"="+path, childPrefix+"="+prefix, fmt.Sprint(childCount, "=", count))
	return cmd
}

func self(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// checkWhole holds the file against what was promised: sound, every source
// with all of its proposals, and everything that was acknowledged.
func checkWhole(t *testing.T, b backend, path string, acknowledged []string) (sources int) {
	t.Helper()
	l := mustOpen(t, path)
	defer l.Close()
	db := b.raw(t, path)
	defer db.Close()
	var sound string
	if err := db.QueryRow(b.sound).Scan(&sound); err != nil || sound != "ok" {
		t.Fatalf("integrity check: %s, %v", sound, err)
	}
	var halves int
	if err := db.QueryRow(`SELECT count(*) FROM coverage
		FULL JOIN (SELECT source, count(*) AS n FROM proposals GROUP BY source) AS p USING (source)
		WHERE n IS DISTINCT FROM judged`).Scan(&halves); err != nil || halves != 0 {
		t.Fatalf("%d sources are recorded in part, %v", halves, err)
	}
	if len(acknowledged) == 0 {
		return 0
	}
	done, err := l.Done(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range acknowledged {
		kind, id, _ := strings.Cut(line, " ")
		switch kind {
		case "source":
			if !done[id] {
				t.Errorf("source %s was acknowledged and is lost", id)
			}
		case "call":
			if answer, ok, err := l.Recall(t.Context(), "key "+id); !ok || err != nil || answer.Answer != "answer "+id {
				t.Errorf("call %s was paid for and is lost: %q, %v", id, answer.Answer, err)
			}
		}
	}
	return len(done)
}

func TestAProcessKilledAtAnyMomentLosesNothingItAcknowledged(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		r := rand.New(rand.NewPCG(1, 2))
		var acknowledged []string
		sources, kills := 0, 0
		for round := 0; round < 24 || sources < 30 && round < 72; round++ { // more on a machine that is slow
			kills++
			cmd := child(t, self(t), path, "S", 0)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// The first rounds die while the ledger is being made.
			delay := time.Duration(r.IntN(1+15*round)) * time.Millisecond
			time.AfterFunc(delay, func() { cmd.Process.Kill() })
			for lines := bufio.NewScanner(out); lines.Scan(); {
				acknowledged = append(acknowledged, lines.Text())
			}
			cmd.Wait()
			if said.Len() > 0 {
				t.Fatalf("round %d: %s", round, &said)
			}

			now := checkWhole(t, b, path, acknowledged)
			if now < sources {
				t.Fatalf("round %d: %d sources, %d before", round, now, sources)
			}
			sources = now
		}
		if sources < 30 {
			t.Errorf("only %d sources were recorded: the test kills too early to mean anything", sources)
		}
		t.Logf("%d kills, %d sources recorded, %d acknowledgements kept", kills, sources, len(acknowledged))
	})
}

func TestProcessesTakeTurnsToMakeAndToWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		const each = 40
		var all sync.WaitGroup
		for _, prefix := range []string{"A", "B", "C"} {
			all.Go(func() {
				if out, err := child(t, self(t), path, prefix, each).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		all.Wait()

		if n := checkWhole(t, b, path, []string{"source A00039", "source B00039", "source C00039"}); n != 3*each {
			t.Errorf("%d sources, want %d", n, 3*each)
		}
	})
}

func TestALedgerThatCannotBeWrittenSaysSo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	mustOpen(t, path).Close()
	binary := self(t)
	var nobody *syscall.SysProcAttr
	if os.Getuid() == 0 {
		// Permissions do not bind root: somebody else must try.
		nobody = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		os.Chmod(filepath.Dir(dir), 0o755)
		content, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		binary = filepath.Join(dir, "test")
		if err := os.WriteFile(binary, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}

	for name, target := range map[string]string{
		"new file in a folder that is read only": filepath.Join(dir, "new.db"),
		"old file that is read only":             path,
	} {
		cmd := child(t, binary, target, "S", 1)
		cmd.SysProcAttr = nobody
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("the file and its folder may be written")) || !bytes.Contains(out, []byte(target)) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}

	cmd := child(t, binary, filepath.Join(dir, "sub", "new.db"), "S", 1)
	cmd.SysProcAttr = nobody
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("make its folder")) {
		t.Errorf("new folder in a folder that is read only: %v: %s", err, out)
	}
}
