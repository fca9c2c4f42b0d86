package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"concord/crosswalk/comment"
)

// ErrNoPack says that the ledger holds no pack of this id.
var ErrNoPack = errors.New("no such pack of comments in the ledger")

// KeepPack keeps what readers were given. Keeping it again does nothing. It is
// an error if the pack does not pass its Check.
func (l *Ledger) KeepPack(ctx context.Context, p *comment.Pack) error {
	err := l.write(ctx, func(tx *sql.Tx) error { return keepPack(ctx, tx, p) })
	return l.wrap(fmt.Sprintf("keep pack of comments %q in", p.ID), err)
}

func keepPack(ctx context.Context, tx *sql.Tx, p *comment.Pack) error {
	if err := p.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(p)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO comment_packs (id, run, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, p.ID, p.Run, string(body))
	}
	return err
}

// Packs returns all packs in the order in which they were kept.
func (l *Ledger) Packs(ctx context.Context) ([]*comment.Pack, error) {
	all, err := collect(ctx, l.db, scanBody[comment.Pack], `SELECT body FROM comment_packs ORDER BY seq`)
	var out []*comment.Pack
	for i := range all {
		out = append(out, &all[i])
	}
	return out, l.wrap("read the packs of comments in", err)
}

// AddComments adds comments with the packs that they are bound by: all of them,
// or none if it fails. A comment that is there already, by its id, is passed
// over; added counts the others. It is an error if a comment or a pack does not
// pass its Check, and [ErrNoPack] if the pack of a comment is in neither.
func (l *Ledger) AddComments(ctx context.Context, packs []*comment.Pack, comments []comment.Comment) (added int, err error) {
	err = l.write(ctx, func(tx *sql.Tx) error {
		for _, p := range packs {
			if err := keepPack(ctx, tx, p); err != nil {
				return fmt.Errorf("pack %q: %w", p.ID, err)
			}
		}
		for i, c := range comments {
			if err := c.Check(); err != nil {
				return fmt.Errorf("comment %d: %w", i+1, err)
			}
			if err := known(ctx, tx, ErrNoPack, `SELECT EXISTS (SELECT 1 FROM comment_packs WHERE id = $1)`, c.Pack); err != nil {
				return fmt.Errorf("comment %d: pack %q: %w", i+1, c.Pack, err)
			}
			one, err := insertBody(ctx, tx, c, `INSERT INTO comments (body, id, pack, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, c.ID, c.Pack, formatTime(c.Received))
			if err != nil {
				return fmt.Errorf("comment %d: %w", i+1, err)
			}
			added += one
		}
		return nil
	})
	if err != nil {
		return 0, l.wrap(fmt.Sprintf("add %d comments to", len(comments)), err)
	}
	return added, nil
}

// ErrNoComment says that the ledger holds no comment of this id.
var ErrNoComment = errors.New("no such comment in the ledger")

// AddCommentEvents adds what became of comments: all events, or none if it
// fails. One that is there already, by its id, is passed over; added counts the
// others. It is an error if an event does not pass its Check, and [ErrNoComment]
// or [ErrNoPack] if the ledger does not hold what it is about.
func (l *Ledger) AddCommentEvents(ctx context.Context, events ...comment.Event) (added int, err error) {
	err = l.write(ctx, func(tx *sql.Tx) error {
		for i, e := range events {
			if err := e.Check(); err != nil {
				return fmt.Errorf("event %d: %w", i+1, err)
			}
			if err := known(ctx, tx, ErrNoComment, `SELECT EXISTS (SELECT 1 FROM comments WHERE id = $1)`, e.Comment); err != nil {
				return fmt.Errorf("event %d: comment %q: %w", i+1, e.Comment, err)
			}
			if err := known(ctx, tx, ErrNoPack, `SELECT $1 = '' OR EXISTS (SELECT 1 FROM comment_packs WHERE id = $1)`, e.Pack); err != nil {
				return fmt.Errorf("event %d: pack %q: %w", i+1, e.Pack, err)
			}
			one, err := insertBody(ctx, tx, e, `INSERT INTO comment_events (body, id, comment, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, e.ID, e.Comment, formatTime(e.Time))
			if err != nil {
				return fmt.Errorf("event %d: %w", i+1, err)
			}
			added += one
		}
		return nil
	})
	if err != nil {
		return 0, l.wrap(fmt.Sprintf("add %d events on comments to", len(events)), err)
	}
	return added, nil
}

// Comments returns all comments and all that became of them, in the order in
// which they were added.
func (l *Ledger) Comments(ctx context.Context) ([]comment.Comment, []comment.Event, error) {
	comments, err := collect(ctx, l.db, scanBody[comment.Comment], `SELECT body FROM comments ORDER BY seq`)
	var events []comment.Event
	if err == nil {
		events, err = collect(ctx, l.db, scanBody[comment.Event], `SELECT body FROM comment_events ORDER BY seq`)
	}
	return comments, events, l.wrap("read the comments in", err)
}

// known returns an error unless a query says true.
func known(ctx context.Context, tx *sql.Tx, missing error, query, id string) error {
	var there bool
	if err := tx.QueryRowContext(ctx, query, id).Scan(&there); err != nil {
		return err
	}
	if !there {
		return missing
	}
	return nil
}

// insertBody inserts v as JSON and then the other values, and returns how many
// rows came of it.
func insertBody(ctx context.Context, tx *sql.Tx, v any, query string, values ...any) (int, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	result, err := tx.ExecContext(ctx, query, append([]any{string(body)}, values...)...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func scanBody[T any](rows *sql.Rows) (v T, err error) {
	var body sql.RawBytes
	if err := rows.Scan(&body); err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v)
}
