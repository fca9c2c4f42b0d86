//go:build unix

package ledger_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/internal/outage"
	"concord/internal/postgrestest"
	"concord/internal/smalldisk"
)

// fillUp remembers and records until that is an error, and returns it with what
// was acknowledged before.
func fillUp(t *testing.T, l *ledger.Ledger) (acknowledged []string, why error) {
	t.Helper()
	for i := range 3000 {
		id := fmt.Sprintf("S%05d", i)
		if _, why = l.Remember(t.Context(), "key "+id, ledger.Call{Run: "r", Answer: "answer " + id}); why != nil {
			return acknowledged, why
		}
		acknowledged = append(acknowledged, "call "+id)
		if why = l.Record(t.Context(), "r", []crosswalk.Result{result("r", id, 40)}); why != nil {
			return acknowledged, why
		}
		acknowledged = append(acknowledged, "source "+id)
	}
	t.Fatal("the disk does not fill up")
	return nil, nil
}

// goOn does what failed for want of room, and checks the whole.
func goOn(t *testing.T, b backend, at string, acknowledged []string) {
	t.Helper()
	was := checkWhole(t, b, at, acknowledged)
	l := mustOpen(t, at)
	next := fmt.Sprintf("S%05d", len(acknowledged)/2)
	if _, err := l.Remember(t.Context(), "key "+next, ledger.Call{Run: "r", Answer: "answer " + next}); err != nil {
		t.Fatal(err)
	}
	record(t, l, "r", result("r", next, 40))
	l.Close()
	if now := checkWhole(t, b, at, append(acknowledged, "call "+next, "source "+next)); now-was > 1 || now == 0 {
		t.Errorf("%d sources, %d before", now, was)
	}
}

func TestAFullDiskIsSaidAndLosesNothingInAFile(t *testing.T) {
	disk := smalldisk.New(t, 16)
	path := filepath.Join(disk.Path, "ledger.db")
	l := mustOpen(t, path)
	mustBegin(t, l, "r")
	disk.Leave(t, 2000)

	acknowledged, why := fillUp(t, l)

	if !strings.Contains(why.Error(), path) || !strings.HasSuffix(why.Error(), "the disk is full; make room, and do the same again") {
		t.Errorf("%v", why)
	}
	if done, err := l.Done(t.Context(), "r"); err != nil || len(done) < 10 || len(done) != len(acknowledged)/2 {
		t.Errorf("while it is full: %d sources of %d can be read, %v", len(done), len(acknowledged)/2, err)
	}
	disk.MakeRoom(t)
	if _, err := l.Done(t.Context(), "r"); err != nil {
		t.Error(err)
	}
	l.Close()
	goOn(t, inFiles(), path, acknowledged)
}

// TestAFullDiskIsSaidAndLosesNothingInAServer runs out of room for rows, of which
// the server says so, and for its log, by which it goes down.
func TestAFullDiskIsSaidAndLosesNothingInAServer(t *testing.T) {
	for name, c := range map[string]struct {
		kilobytes int64
		down      bool
		says      []string
	}{
		"for rows":    {2000, false, []string{"53100", "the disk of the server is full; make room there"}},
		"for the log": {20_000, true, []string{"the connection to the server broke", "its log says why"}},
	} {
		t.Run(name, func(t *testing.T) {
			disk := smalldisk.New(t, 160)
			s := postgrestest.Must(t, func() (*postgrestest.Server, error) {
				return postgrestest.StartIn(disk.Path, "max_wal_size=32MB", "min_wal_size=32MB")
			})
			defer s.Stop()
			at := s.URL("postgres", postgrestest.Password, "postgres", "")
			if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			l := mustOpen(t, at)
			mustBegin(t, l, "r")
			disk.Leave(t, c.kilobytes)

			acknowledged, why := fillUp(t, l)

			wantError(t, why, c.says...)
			if !outage.Is(why) || len(acknowledged) < 20 {
				t.Errorf("after %d: %v", len(acknowledged), why)
			}
			disk.MakeRoom(t)
			if c.down { // somebody starts it again
				s.Kill()
				if err := s.Again(); err != nil {
					t.Fatal(err)
				}
			}
			b := inServer(t)
			goOn(t, backend{raw: b.raw, sound: b.sound}, at, acknowledged)
		})
	}
}
