package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"concord/corpus"
)

// ErrNoFramework says that the ledger holds no framework of this digest.
var ErrNoFramework = errors.New("no such framework in the ledger")

// Keep keeps a framework under its digest. The first reading stays: keeping
// one of the same digest again does nothing.
func (l *Ledger) Keep(ctx context.Context, f *corpus.Framework) error {
	var body bytes.Buffer
	err := corpus.WriteLines(&body, f)
	if err == nil {
		_, err = l.db.ExecContext(ctx, `INSERT INTO frameworks (digest, spec, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			f.Digest(), f.Spec(), body.String())
	}
	return l.wrap(fmt.Sprintf("keep %s in", f.Spec()), err)
}

// Framework returns the framework of this digest, as its reader finished it,
// or [ErrNoFramework].
func (l *Ledger) Framework(ctx context.Context, digest string) (*corpus.Framework, error) {
	f, err := l.framework(ctx, digest)
	if err != nil {
		return nil, l.wrap(fmt.Sprintf("read the framework of digest %.12s from", digest), err)
	}
	return f, nil
}

func (l *Ledger) framework(ctx context.Context, digest string) (*corpus.Framework, error) {
	var body []byte
	err := l.db.QueryRowContext(ctx, `SELECT body FROM frameworks WHERE digest = $1`, digest).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoFramework
	}
	if err != nil {
		return nil, err
	}
	f, err := corpus.ReadLines(body)
	if err != nil {
		return nil, err
	}
	if f.Digest() != digest {
		return nil, fmt.Errorf("%s is not what was kept: the ledger is damaged", f.Spec())
	}
	return f, nil
}
