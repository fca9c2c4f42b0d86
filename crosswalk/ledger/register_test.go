package ledger_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/register"
)

// event makes up the first event on a gap.
func event(element string) register.Event {
	key := register.Key{Side: crosswalk.TargetSide, Source: "made-up", Target: "other", Element: element}
	return register.Event{
		Time: noon, By: "ada", Run: "r", Gap: key.ID(), Of: key,
		Changes: []register.Change{{Field: register.StatusField, New: "open"}, {Field: register.NoteField, New: "<b>\n\"=1\""}},
	}.Identified()
}

// add adds events to the register.
func add(t *testing.T, l *ledger.Ledger, events ...register.Event) error {
	t.Helper()
	return l.ChangeRegister(t.Context(), func([]register.Event) ([]register.Event, error) { return events, nil })
}

func TestGapEventsAreKeptInTheOrderInWhichTheyCame(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		want := []register.Event{event("T-2"), event("T-1")}
		for _, e := range want {
			if err := add(t, l, e); err != nil {
				t.Fatal(err)
			}
		}
		l.Close()

		got, err := mustOpen(t, path).GapEvents(t.Context())

		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		db := b.raw(t, path)
		for _, statement := range []string{`UPDATE gap_events SET by = 'mallory'`, `DELETE FROM gap_events`, b.replace("gap_events")} {
			if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "gap events are never") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func TestAChangeOfTheRegisterIsWholeOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		bad := event("T-2")
		bad.By = "mallory"
		wantError(t, add(t, l, event("T-1"), bad), "event 2", "its id is")
		wantError(t, add(t, l, event("T-1"), event("T-1")), "event 2")
		refused := errors.New("no")
		err := l.ChangeRegister(t.Context(), func([]register.Event) ([]register.Event, error) { return []register.Event{event("T-1")}, refused })
		if err != refused {
			t.Error(err)
		}
		if got, err := l.GapEvents(t.Context()); err != nil || len(got) > 0 {
			t.Errorf("%d kept, %v", len(got), err)
		}
		if err := add(t, l, event("T-1")); err != nil {
			t.Error(err)
		}
		err = l.ChangeRegister(t.Context(), func(events []register.Event) ([]register.Event, error) {
			if len(events) != 1 {
				t.Errorf("the change is made of %d events", len(events))
			}
			return nil, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestALedgerOfBeforeTheRegisterGetsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	old, err := filepath.Glob("migrations/sqlite/000[1-3]_*.sql")
	if err != nil || len(old) != 3 {
		t.Fatal(old, err)
	}
	db := raw(t, path)
	for _, name := range old {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(script)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`PRAGMA user_version = 3; PRAGMA application_id = 0x434e4344`); err != nil {
		t.Fatal(err)
	}

	l := mustOpen(t, path)

	if err := add(t, l, event("T-1")); err != nil {
		t.Error(err)
	}
}
