package ledger

import (
	"path/filepath"
	"testing"
)

func TestTheConnectionEnforcesWhatTheSchemaPromises(t *testing.T) {
	l, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	for pragma, want := range map[string]int{
		"foreign_keys": 1, "recursive_triggers": 1, "busy_timeout": 10000,
		"synchronous": 2, // full: a commit is on disk when it returns
	} {
		var got int
		if err := l.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %d, want %d, %v", pragma, got, want, err)
		}
	}
}
