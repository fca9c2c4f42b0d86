package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// application marks the file as ours ("CNCD"), so that the database of another
// program is never migrated.
const application = 0x434e4344

// openFile opens the ledger in a file and brings it up to date.
func openFile(ctx context.Context, path string) (*Ledger, error) {
	l, err := file(path)
	if err != nil {
		return nil, err
	}
	if _, _, err = l.migrate(ctx); err == nil {
		// Readers and the writer do not block each other in this mode. It is a
		// property of the file, so it is set only once the file is known as ours.
		// That needs the file for itself; if another process is at work, the mode
		// is set already or will be when the file is opened next.
		if _, err = l.db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); code(err) == sqlite3.SQLITE_BUSY {
			err = nil
		}
	}
	if err != nil {
		l.db.Close()
		return nil, l.wrap("open", err)
	}
	return l, nil
}

// file makes the folder of a ledger, and the file when it is first used.
func file(path string) (*Ledger, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o755); err != nil {
		return nil, fmt.Errorf("open ledger %s: make its folder: %w", path, err)
	}
	// Transactions that may write take the write lock at once: one that reads
	// first and writes later could not be made to wait for another process.
	// Without recursive triggers a REPLACE would slip past those that refuse
	// to delete.
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs), RawQuery: "_txlock=immediate" +
		"&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)"}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	db := sql.OpenDB(queued{connector})
	db.SetMaxOpenConns(1)
	return &Ledger{db: db, name: path, turn: make(chan struct{}, 1), engine: engine{
		scripts:  "migrations/sqlite",
		version:  fileVersion,
		stamp:    fileStamp,
		snapshot: sql.TxOptions{ReadOnly: true},
		together: 1,
		bytes:    func(text string) any { return text },
		hint:     fileHint,
		now:      `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
		conceal:  func(text string) string { return text },
	}}, nil
}

func fileVersion(ctx context.Context, q querier) (int, error) {
	var version, owner, tables int
	err := one(ctx, q, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`, &version, &owner, &tables)
	if err == nil && (owner != application && (owner != 0 || version != 0 || tables != 0) || version < 0) {
		err = errors.New("this is a database of another program: name another file")
	}
	return version, err
}

func fileStamp(version int) string {
	return fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d`, version, application)
}

// code returns the primary result code of an error of SQLite, else 0.
func code(err error) int {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return 0
	}
	return failure.Code() & 0xff
}

func fileHint(err error) string {
	switch code(err) {
	case sqlite3.SQLITE_NOTADB:
		return ": the file is not a ledger; move it away or name another file"
	case sqlite3.SQLITE_CORRUPT:
		return ": the file is damaged; restore a copy, or move it away and begin a new ledger"
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return ": check that it is a file, and that the file and its folder may be written"
	case sqlite3.SQLITE_BUSY:
		return ": another process is writing to it; try again when it is done"
	case sqlite3.SQLITE_FULL:
		return ": the disk is full; make room, and do the same again"
	}
	return ""
}
