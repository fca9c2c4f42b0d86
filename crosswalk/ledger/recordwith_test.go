package ledger_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"concord/crosswalk"
)

func TestWhatIsDoneWithARecordIsDoneWithItOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		if _, err := l.Begin(t.Context(), aRun("run")); err != nil {
			t.Fatal(err)
		}
		another := aRun("another").ID
		seen := func() int {
			t.Helper()
			calls, err := l.Calls(t.Context(), another)
			if err != nil {
				t.Fatal(err)
			}
			return len(calls)
		}
		pay := func(conn *sql.Conn) error {
			_, err := conn.ExecContext(t.Context(), `INSERT INTO calls (key, run, model, prompt, request, answer, prompt_tokens, completion_tokens, latency_ms, at)
				VALUES ('k', '`+another+`', 'm', 'p', '', '', 0, 0, 0, '2026-01-01T00:00:00.000000000Z')`)
			return err
		}
		results := []crosswalk.Result{{Source: "a", Outcome: crosswalk.Unrelated, Judged: 1}}

		err := l.RecordWith(t.Context(), "run", results, func(conn *sql.Conn) error {
			return errors.Join(pay(conn), errors.New("second thoughts"))
		})
		done, doneErr := l.Done(t.Context(), "run")
		if err == nil || !strings.Contains(err.Error(), "second thoughts") || doneErr != nil || len(done) != 0 || seen() != 0 {
			t.Errorf("%v; %v done, %v; %d calls", err, done, doneErr, seen())
		}

		if err := l.RecordWith(t.Context(), "run", results, pay); err != nil {
			t.Fatal(err)
		}
		if done, err := l.Done(t.Context(), "run"); err != nil || !done["a"] || seen() != 1 {
			t.Errorf("%v done, %v; %d calls", done, err, seen())
		}
	})
}
