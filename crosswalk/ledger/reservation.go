package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"concord/crosswalk"
)

// Reserve notes that a reviewer has a pair of a run open, for so long from now
// on, and reports whether it is so: it is not if somebody else has the pair open.
// Of several who ask at the same instant one gets it. Who has it already keeps it
// for as long as is asked for last.
//
// Reservations are no part of the record. Time is that of the database, so that
// the clocks of its users do not matter; it counts in milliseconds.
func (l *Ledger) Reserve(ctx context.Context, run, reviewer, proposal string, long time.Duration) (got bool, err error) {
	result, err := l.db.ExecContext(ctx, `INSERT INTO reservations (run, proposal, reviewer, ends) VALUES ($1, $2, $3, `+l.engine.now+` + $4)
		ON CONFLICT (run, proposal) DO UPDATE SET reviewer = excluded.reviewer, ends = excluded.ends
		WHERE reservations.reviewer = excluded.reviewer OR reservations.ends <= `+l.engine.now, run, proposal, reviewer, long.Milliseconds())
	var n int64
	if err == nil {
		n, err = result.RowsAffected()
	}
	return n > 0, l.wrap(fmt.Sprintf("reserve a pair of run %q in", run), err)
}

// Release ends the reservation that a reviewer has of a pair of a run, if there
// is one, and forgets those of the run that have expired.
func (l *Ledger) Release(ctx context.Context, run, reviewer, proposal string) error {
	_, err := l.db.ExecContext(ctx, `DELETE FROM reservations WHERE run = $1 AND (reviewer = $2 AND proposal = $3 OR ends <= `+l.engine.now+`)`, run, reviewer, proposal)
	return l.wrap(fmt.Sprintf("release a pair of run %q in", run), err)
}

// Reservations returns those of a run that have not expired, by pair.
func (l *Ledger) Reservations(ctx context.Context, run string) ([]crosswalk.Reservation, error) {
	list, err := collect(ctx, l.db, func(rows *sql.Rows) (r crosswalk.Reservation, err error) {
		var left int64
		err = rows.Scan(&r.Proposal, &r.Reviewer, &left)
		r.Left = time.Duration(left) * time.Millisecond
		return r, err
	}, `SELECT proposal, reviewer, ends - `+l.engine.now+` AS remains FROM reservations WHERE run = $1 AND ends > `+l.engine.now+` ORDER BY proposal`, run)
	return list, l.wrap(fmt.Sprintf("read who has pairs of run %q open in", run), err)
}
