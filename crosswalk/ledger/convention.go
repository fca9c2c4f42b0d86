package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ErrNoConvention says that the ledger holds no convention of this name.
var ErrNoConvention = errors.New("no such convention in the ledger")

// A Convention is one version of how some people use the relations. What its
// body says is not for the ledger.
type Convention struct {
	Name   string
	SHA256 string // of the body, hexadecimal
	Body   []byte // JSON
	At     time.Time
}

// KeepConvention adds a version of a convention, which is in force from now on,
// and reports whether it did: the one in force, kept again, adds nothing. A body
// that is not JSON or has another SHA-256, and an empty name, are errors.
func (l *Ledger) KeepConvention(ctx context.Context, name string, body []byte, sha256 string, at time.Time) (added bool, err error) {
	if name == "" || digest(body) != sha256 {
		return false, fmt.Errorf("keep convention %q of SHA-256 %.12s: it has no name, or its body another hash", name, sha256)
	}
	err = l.write(ctx, func(tx *sql.Tx) error {
		inForce, err := findConvention(ctx, tx, name)
		if err == nil && inForce.SHA256 == sha256 {
			return nil
		}
		if err != nil && !errors.Is(err, ErrNoConvention) {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO conventions (name, sha256, body, at) VALUES ($1, $2, $3, $4)`, name, sha256, string(body), formatTime(at))
		added = err == nil
		return err
	})
	return added && err == nil, l.wrap(fmt.Sprintf("keep convention %q in", name), err)
}

// Convention returns the version of a convention that is in force, or
// [ErrNoConvention].
func (l *Ledger) Convention(ctx context.Context, name string) (Convention, error) {
	c, err := findConvention(ctx, l.db, name)
	return c, l.wrap(fmt.Sprintf("look for convention %q in", name), err)
}

// Conventions returns every version of every convention, in the order in which
// they were kept: the last one of a name is in force.
func (l *Ledger) Conventions(ctx context.Context) ([]Convention, error) {
	all, err := collect(ctx, l.db, scanConvention, `SELECT name, sha256, body, at FROM conventions ORDER BY seq`)
	return all, l.wrap("list the conventions in", err)
}

func findConvention(ctx context.Context, q querier, name string) (Convention, error) {
	found, err := collect(ctx, q, scanConvention, `SELECT name, sha256, body, at FROM conventions WHERE name = $1 ORDER BY seq DESC LIMIT 1`, name)
	if err == nil && len(found) == 0 {
		err = ErrNoConvention
	}
	if err != nil {
		return Convention{}, err
	}
	return found[0], nil
}

// scanConvention refuses a body that is not the one that was kept.
func scanConvention(rows *sql.Rows) (c Convention, err error) {
	var at string
	if err := rows.Scan(&c.Name, &c.SHA256, &c.Body, &at); err != nil {
		return c, err
	}
	if digest(c.Body) != c.SHA256 {
		return c, fmt.Errorf("convention %q is not what was kept: the ledger is damaged", c.Name)
	}
	c.At, err = time.Parse(timeLayout, at)
	return c, err
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
