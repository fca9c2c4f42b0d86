package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"concord/crosswalk"
)

// Decide adds decisions to a run: all of them, or none if it fails. A decision
// that is there already, by its id, is passed over; added counts the others. It
// is an error if a decision does not pass its Check, or is about a proposal that
// the run does not have and nobody entered. The error is [ErrNoRun] if the run
// was never begun.
func (l *Ledger) Decide(ctx context.Context, run string, decisions []crosswalk.Decision) (added int, err error) {
	if len(decisions) == 1 {
		// A statement is a transaction: with one, others wait for no way to and fro.
		err = l.inTurn(ctx, func() (err error) {
			added, err = l.decide(ctx, l.db, run, decisions[0])
			return named(err, 0, decisions[0])
		})
	}
	if err == nil && added == 0 {
		err = l.write(ctx, func(tx *sql.Tx) error { added, err = l.decideAll(ctx, tx, run, decisions); return err })
	}
	if err != nil {
		return 0, l.wrap(fmt.Sprintf("add %d decisions to run %q in", len(decisions), run), err)
	}
	return added, nil
}

// ofRun is the condition that a decision is on a pair of its run: $1 is the run, $3
// the pair, $5 what is done.
const ofRun = `EXISTS (SELECT 1 FROM runs WHERE id = $1) AND ($5 = 'enter'
	OR EXISTS (SELECT 1 FROM proposals WHERE run = $1 AND id = $3)
	OR EXISTS (SELECT 1 FROM decisions WHERE run = $1 AND proposal = $3 AND action = 'enter'))`

// decideAll adds decisions and returns how many were not there.
func (l *Ledger) decideAll(ctx context.Context, tx *sql.Tx, run string, decisions []crosswalk.Decision) (added int, err error) {
	if _, err := find(ctx, tx, run); err != nil {
		return 0, err
	}
	for i, d := range decisions {
		one, err := l.decide(ctx, tx, run, d)
		if err == nil && one == 0 {
			err = refusal(ctx, tx, run, d)
		}
		if err != nil {
			return 0, named(err, i, d)
		}
		added += one
	}
	return added, nil
}

// named says which of several decisions an error is about.
func named(err error, i int, d crosswalk.Decision) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("decision %d of %q on %q: %w", i+1, d.Reviewer, d.Proposal, err)
}

// An execer is a database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// decide adds one decision, when it is its turn, and returns 1. It returns 0 if the
// decision is there already, or is on no pair of the run.
func (l *Ledger) decide(ctx context.Context, on execer, run string, d crosswalk.Decision) (int, error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	d = d.Identified() // the time in UTC
	body, err := json.Marshal(d)
	if err != nil {
		return 0, err
	}
	result, err := on.ExecContext(ctx, `WITH turn AS (`+cmp.Or(l.engine.lock, `SELECT 1`)+`)
		INSERT INTO decisions (run, id, proposal, reviewer, action, at, body)
		SELECT $1, $2, $3, $4, $5, $6, $7 FROM turn WHERE `+ofRun+` ON CONFLICT DO NOTHING`,
		run, d.ID, d.Proposal, d.Reviewer, string(d.Action), formatTime(d.Time), string(body))
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// refusal says why a decision was not added; nil if it is there.
func refusal(ctx context.Context, tx *sql.Tx, run string, d crosswalk.Decision) error {
	var there bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM decisions WHERE run = $1 AND id = $2)`, run, d.ID).Scan(&there)
	if err == nil && !there {
		err = fmt.Errorf("the run has no such proposal: %s the pair instead", crosswalk.Enter)
	}
	return err
}

// Decisions returns the decisions of a run in the order in which they were added.
// The error is [ErrNoRun] if the run was never begun.
func (l *Ledger) Decisions(ctx context.Context, run string) ([]crosswalk.Decision, error) {
	return read(ctx, l, run, "decisions", func(rows *sql.Rows) (d crosswalk.Decision, err error) {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return d, err
		}
		return d, json.Unmarshal(body, &d)
	}, `SELECT body FROM decisions WHERE run = $1 ORDER BY seq`)
}

// DecisionsAfter returns the decisions of a run that were added after a mark, in
// the order in which they were added, and the mark after the last one. The mark
// before the first is 0. The error is [ErrNoRun] if the run was never begun, asked
// with that mark.
func (l *Ledger) DecisionsAfter(ctx context.Context, run string, mark int64) ([]crosswalk.Decision, int64, error) {
	return after[crosswalk.Decision](ctx, l, run, "decisions", mark)
}

// after reads what was added to a table of JSON bodies after a mark.
func after[T any](ctx context.Context, l *Ledger, run, table string, mark int64) (list []T, _ int64, err error) {
	if mark == 0 { // there is none but of a run
		_, err = find(ctx, l.db, run)
	}
	if err == nil {
		list, err = collect(ctx, l.db, func(rows *sql.Rows) (one T, err error) {
			var body sql.RawBytes
			if err := rows.Scan(&mark, &body); err != nil {
				return one, err
			}
			return one, json.Unmarshal(body, &one)
		}, `SELECT seq, body FROM `+table+` WHERE run = $1 AND seq > $2 ORDER BY seq`, run, mark)
	}
	return list, mark, l.wrap(fmt.Sprintf("read the latest %s of run %q in", table, run), err)
}
