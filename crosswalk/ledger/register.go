package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"concord/crosswalk/register"
)

// GapEvents returns the events of the register, in the order in which they were
// added.
func (l *Ledger) GapEvents(ctx context.Context) ([]register.Event, error) {
	events, err := gapEvents(ctx, l.db)
	return events, l.wrap("read the register in", err)
}

// ChangeRegister adds the events that change makes of those that are there: all
// of them, or none if change fails, if one does not pass its Check or is there
// already. No other process adds any in between, and change must not use the
// ledger. Errors of change come back as they are.
func (l *Ledger) ChangeRegister(ctx context.Context, change func([]register.Event) ([]register.Event, error)) error {
	var refused error
	err := l.write(ctx, func(tx *sql.Tx) error {
		events, err := gapEvents(ctx, tx)
		if err != nil {
			return err
		}
		added, err := change(events)
		if err != nil {
			refused = err
			return err
		}
		for i, e := range added {
			if err := addGapEvent(ctx, tx, e); err != nil {
				return fmt.Errorf("event %d, of %q on %s: %w", i+1, e.By, e.Of.Element, err)
			}
		}
		return nil
	})
	if refused != nil {
		return refused
	}
	return l.wrap("change the register in", err)
}

func addGapEvent(ctx context.Context, tx *sql.Tx, e register.Event) error {
	if err := e.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO gap_events (id, gap, by, run, at, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.Gap, e.By, e.Run, formatTime(e.Time), string(body))
	return err
}

func gapEvents(ctx context.Context, q querier) ([]register.Event, error) {
	return collect(ctx, q, func(rows *sql.Rows) (e register.Event, err error) {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return e, err
		}
		return e, json.Unmarshal(body, &e)
	}, `SELECT body FROM gap_events ORDER BY seq`)
}
