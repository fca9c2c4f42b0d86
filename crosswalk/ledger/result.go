package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"concord/crosswalk"
)

// Record adds the results of some sources to a run: all of them, or none if it
// fails. Recording a source again with the same content does nothing; with
// other content it is an error, as is a proposal of another run or source. The
// error is [ErrNoRun] if the run was never begun.
func (l *Ledger) Record(ctx context.Context, run string, results []crosswalk.Result) error {
	err := l.write(ctx, func(tx *sql.Tx) error { return l.record(ctx, tx, run, results) })
	return l.wrap(fmt.Sprintf("record %d sources of run %q in", len(results), run), err)
}

// RecordWith is [Ledger.Record], and has also do more in the same transaction: it
// is called with the connection on which the transaction is open, and an error of
// it means that nothing was recorded. It must neither end the transaction nor keep
// the connection.
func (l *Ledger) RecordWith(ctx context.Context, run string, results []crosswalk.Result, also func(*sql.Conn) error) error {
	err := l.inTurn(ctx, func() error {
		conn, err := l.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return l.writeOn(ctx, conn, func(tx *sql.Tx) error {
			if err := l.record(ctx, tx, run, results); err != nil {
				return err
			}
			return also(conn)
		})
	})
	return l.wrap(fmt.Sprintf("record %d sources of run %q in", len(results), run), err)
}

func (l *Ledger) record(ctx context.Context, tx *sql.Tx, run string, results []crosswalk.Result) error {
	if _, err := find(ctx, tx, run); err != nil {
		return err
	}
	r, err := newRecorder(ctx, tx, l.engine, run)
	if err != nil {
		return err
	}
	for _, s := range results {
		if err := r.record(ctx, s); err != nil {
			return fmt.Errorf("source %q: %w", s.Source, err)
		}
	}
	return nil
}

// A recorder holds the statements of one batch. They end with its transaction.
type recorder struct {
	run              string
	tx               *sql.Tx
	engine           engine
	recorded, source *sql.Stmt
}

func newRecorder(ctx context.Context, tx *sql.Tx, engine engine, run string) (*recorder, error) {
	r := &recorder{run: run, tx: tx, engine: engine}
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&r.recorded, `SELECT sha256 FROM coverage WHERE run = $1 AND source = $2`},
		{&r.source, `INSERT INTO coverage (run, source, outcome, judged, not_judged, missed, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)`},
	} {
		stmt, err := tx.PrepareContext(ctx, p.query)
		if err != nil {
			return nil, err
		}
		*p.stmt = stmt
	}
	return r, nil
}

func (r *recorder) record(ctx context.Context, s crosswalk.Result) error {
	if s.Source == "" {
		return errors.New("has no id")
	}
	proposals := slices.Clone(s.Proposals)
	slices.SortFunc(proposals, func(a, b crosswalk.Proposal) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.ID, b.ID))
	})
	rows := make([][]any, len(proposals))
	content := sha256.New()
	fmt.Fprintf(content, "%s %d %d\n", s.Outcome, s.Judged, s.NotJudged)
	for i, p := range proposals {
		if p.ID == "" || p.Run != r.run || p.Source.ID != s.Source {
			return fmt.Errorf("proposal %q (run %q, source %q) does not belong to it", p.ID, p.Run, p.Source.ID)
		}
		body, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("proposal %q for target %q: %w", p.ID, p.Target.ID, err)
		}
		rows[i] = []any{r.run, p.ID, s.Source, p.Target.ID, string(p.Outcome), p.Probability, string(body)}
		fmt.Fprintf(content, "%s\n", body)
	}
	digest := hex.EncodeToString(content.Sum(nil))

	var known string
	switch err := r.recorded.QueryRowContext(ctx, r.run, s.Source).Scan(&known); {
	case err == nil && known == digest:
		return nil
	case err == nil:
		return errors.New("is already recorded with another result, which is never changed: begin another run")
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if _, err := r.source.ExecContext(ctx, r.run, s.Source, string(s.Outcome), s.Judged, s.NotJudged, s.Missed, digest); err != nil {
		return err
	}
	if err := r.engine.insert(ctx, r.tx, "proposals", []string{"run", "id", "source", "target", "outcome", "probability", "body"}, rows); err != nil {
		return fmt.Errorf("proposals by rank %w", err)
	}
	return nil
}

// Done returns the ids of the sources that a run has recorded. The error is
// [ErrNoRun] if the run was never begun.
func (l *Ledger) Done(ctx context.Context, run string) (map[string]bool, error) {
	results, err := l.Results(ctx, run)
	if err != nil {
		return nil, err
	}
	done := make(map[string]bool, len(results))
	for _, r := range results {
		done[r.Source] = true
	}
	return done, nil
}

// Results returns the results of a run, without proposals, in the order in
// which they were recorded. The error is [ErrNoRun] if the run was never
// begun.
func (l *Ledger) Results(ctx context.Context, run string) ([]crosswalk.Result, error) {
	return read(ctx, l, run, "results", func(rows *sql.Rows) (s crosswalk.Result, err error) {
		return s, rows.Scan(&s.Source, &s.Outcome, &s.Judged, &s.NotJudged, &s.Missed)
	}, `SELECT source, outcome, judged, not_judged, missed FROM coverage WHERE run = $1 ORDER BY seq`)
}

// Proposals returns the proposals of a run: sources in the order in which they
// were recorded, and by rank within each. The error is [ErrNoRun] if the run
// was never begun.
func (l *Ledger) Proposals(ctx context.Context, run string) ([]crosswalk.Proposal, error) {
	return read(ctx, l, run, "proposals", func(rows *sql.Rows) (p crosswalk.Proposal, err error) {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return p, err
		}
		return p, json.Unmarshal(body, &p)
	}, `SELECT body FROM proposals WHERE run = $1 ORDER BY seq`)
}

// ProposalsAfter returns the proposals of a run that were recorded after a mark, as
// [Ledger.DecisionsAfter] does decisions.
func (l *Ledger) ProposalsAfter(ctx context.Context, run string, mark int64) ([]crosswalk.Proposal, int64, error) {
	return after[crosswalk.Proposal](ctx, l, run, "proposals", mark)
}

// read collects what a query says of a run that exists.
func read[T any](ctx context.Context, l *Ledger, run, what string, scan func(*sql.Rows) (T, error), query string) ([]T, error) {
	_, err := find(ctx, l.db, run)
	var all []T
	if err == nil {
		all, err = collect(ctx, l.db, scan, query, run)
	}
	return all, l.wrap(fmt.Sprintf("read the %s of run %q in", what, run), err)
}

// SourcesDone returns how many sources of a run are recorded.
func (l *Ledger) SourcesDone(ctx context.Context, run string) (n int, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT count(*) FROM coverage WHERE run = $1`, run).Scan(&n)
	return n, l.wrap(fmt.Sprintf("count the sources of run %q in", run), err)
}
