package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
)

// A Copied is a table of a ledger that was copied, with what was counted in
// both: the rows, and the SHA-256 of their values, row by row in their order.
type Copied struct {
	Table  string `json:"table"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// A table says what of a table is copied: every column but those that number
// the rows, which each ledger does by itself.
type table struct {
	name    string
	columns []string
	foreign []string // of the columns, those with text in any encoding
	order   string   // column
}

// tables returns all tables, those that others refer to before these.
func tables() []table {
	return []table{
		{"runs", []string{"id", "started_at", "begun_at", "finished_at", "tool", "settings",
			"source_spec", "source_title", "source_digest", "source_sha256", "source_origin",
			"target_spec", "target_title", "target_digest", "target_sha256", "target_origin"}, nil, "rowid"},
		{"frameworks", []string{"digest", "spec", "body"}, nil, "digest"},
		{"coverage", []string{"run", "source", "outcome", "judged", "not_judged", "sha256", "missed"}, nil, "seq"},
		{"proposals", []string{"run", "id", "source", "target", "outcome", "probability", "body"}, nil, "seq"},
		{"calls", []string{"key", "run", "model", "prompt", "request", "answer",
			"prompt_tokens", "completion_tokens", "latency_ms", "at", "cached_tokens"}, []string{"request", "answer"}, "key"},
		{"conventions", []string{"name", "sha256", "body", "at"}, nil, "seq"},
		{"decisions", []string{"run", "id", "proposal", "reviewer", "action", "at", "body"}, nil, "seq"},
		{"gap_events", []string{"id", "gap", "by", "run", "at", "body"}, nil, "seq"},
		{"comment_packs", []string{"id", "run", "body"}, nil, "seq"},
		{"comments", []string{"id", "pack", "at", "body"}, nil, "seq"},
		{"comment_events", []string{"id", "comment", "at", "body"}, nil, "seq"},
	}
}

// held is how many rows are in memory at most while they are copied.
const held = 100

// Copy copies all that a ledger holds into another one that holds nothing: all
// of it, or nothing if it fails. What was written is read again and compared by
// count and hash before it counts. The source is read as it was when Copy
// began.
func Copy(ctx context.Context, from, to *Ledger) ([]Copied, error) {
	source, err := from.db.BeginTx(ctx, &from.engine.snapshot)
	if err != nil {
		return nil, from.wrap("copy from", err)
	}
	defer source.Rollback()
	if err := from.unhurry(ctx, source); err != nil {
		return nil, from.wrap("copy from", err)
	}
	var copied []Copied
	err = to.write(ctx, func(target *sql.Tx) error {
		if err := to.unhurry(ctx, target); err != nil {
			return err
		}
		for _, t := range tables() {
			var filled bool
			if err := one(ctx, target, `SELECT EXISTS (SELECT 1 FROM `+t.name+`)`, &filled); err != nil {
				return err
			}
			if filled {
				return fmt.Errorf("it is not empty, there are rows in %s: copy to a new one", t.name)
			}
		}
		for _, t := range tables() {
			c, err := t.copy(ctx, source, target, to)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			copied = append(copied, c)
		}
		return nil
	})
	if err != nil {
		return nil, to.wrap("copy "+from.name+" to", err)
	}
	return copied, nil
}

// copy copies one table and compares the copy.
func (t table) copy(ctx context.Context, source, target *sql.Tx, to *Ledger) (Copied, error) {
	var rows [][]any
	done := 0
	flush := func() error {
		if err := to.engine.insert(ctx, target, t.name, t.columns, rows); err != nil {
			return fmt.Errorf("after row %d, rows %w", done, err)
		}
		done, rows = done+len(rows), rows[:0]
		return nil
	}
	copied, err := t.read(ctx, source, func(values []any) error {
		row := slices.Clone(values)
		for i, column := range t.columns {
			if slices.Contains(t.foreign, column) {
				row[i] = to.engine.bytes(row[i].(string))
			}
		}
		if rows = append(rows, row); len(rows) < held {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return Copied{}, err
	}
	written, err := t.read(ctx, target, func([]any) error { return nil })
	if err == nil && written != copied {
		err = fmt.Errorf("%d rows of SHA-256 %.12s were read and %d of %.12s written", copied.Rows, copied.SHA256, written.Rows, written.SHA256)
	}
	return copied, err
}

// read gives the values of each row of a table to each, which must not keep
// them, and sums them up. Text is a string in whatever way it is kept.
func (t table) read(ctx context.Context, tx *sql.Tx, each func(values []any) error) (Copied, error) {
	c := Copied{Table: t.name}
	rows, err := tx.QueryContext(ctx, `SELECT `+strings.Join(t.columns, ", ")+` FROM `+t.name+` ORDER BY `+t.order)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	sum := sha256.New()
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return c, err
		}
		c.Rows++
		for i, v := range values {
			if bytes, ok := v.([]byte); ok {
				values[i] = string(bytes)
			}
			if err := add(sum, values[i]); err != nil {
				return c, fmt.Errorf("row %d, column %s: %w", c.Rows, t.columns[i], err)
			}
		}
		if err := each(values); err != nil {
			return c, err
		}
	}
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return c, rows.Err()
}

// add adds a value to a hash, its kind and length before it.
func add(sum hash.Hash, value any) error {
	switch v := value.(type) {
	case nil:
		fmt.Fprint(sum, "null;")
	case string:
		fmt.Fprintf(sum, "text %d:%s;", len(v), v)
	case int64:
		fmt.Fprintf(sum, "integer %d;", v)
	case float64:
		fmt.Fprintf(sum, "real %016x;", math.Float64bits(v))
	default:
		return errors.New("is of a kind that no ledger has")
	}
	return nil
}
