package ledger

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

func TestTheConnectionEnforcesWhatTheSchemaPromises(t *testing.T) {
	l, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	for pragma, want := range map[string]int{
		"foreign_keys": 1, "recursive_triggers": 1,
		"synchronous": 2, // full: a commit is on disk when it returns
	} {
		var got int
		if err := l.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %d, want %d, %v", pragma, got, want, err)
		}
	}
}

// TestAWriterWaitsForWhoeverHasTheFile has another process hold the file in both
// ways that keep a writer from it: it writes, or it reads where there is no log.
func TestAWriterWaitsForWhoeverHasTheFile(t *testing.T) {
	for name, c := range map[string]struct{ mode, hold string }{
		"who writes":         {"WAL", `BEGIN IMMEDIATE`},
		"who reads, no log":  {"DELETE", `BEGIN; SELECT count(*) FROM runs`},
		"who writes, no log": {"DELETE", `BEGIN EXCLUSIVE`},
	} {
		for how, write := range map[string]func(*Ledger) error{
			"a statement":   func(l *Ledger) error { return l.Release(t.Context(), "a run", "ada", "a pair") },
			"a transaction": func(l *Ledger) error { return l.write(t.Context(), adds) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "ledger.db")
				l, err := Open(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := l.write(t.Context(), adds); err != nil { // something to release
					t.Fatal(err)
				}
				var mode string
				if err := l.db.QueryRow(`PRAGMA journal_mode = ` + c.mode).Scan(&mode); err != nil {
					t.Fatal(err)
				}
				other, err := sql.Open("sqlite", path)
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				other.SetMaxOpenConns(1)
				if _, err := other.Exec(c.hold); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(100*time.Millisecond, func() { other.Exec(`COMMIT`) })

				err = write(l)

				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// adds adds a reservation that has expired.
func adds(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO reservations (run, proposal, reviewer, ends) VALUES ('a run', hex(randomblob(8)), 'ada', 0)`)
	return err
}
