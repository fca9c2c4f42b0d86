package ledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// steps returns the scripts of the engine, sorted: as many as there are versions.
func (l *Ledger) steps() ([]string, error) { return fs.Glob(migrations, l.engine.scripts+"/*.sql") }

// migrate brings the database to the version that this program knows.
func (l *Ledger) migrate(ctx context.Context) (applied, version int, err error) {
	scripts, err := l.steps()
	if err != nil {
		return 0, 0, err
	}
	for {
		done, err := l.step(ctx, scripts)
		if err != nil || done {
			return applied, len(scripts), err
		}
		applied++
	}
}

// step looks at the version of the database and applies the one script that
// comes next, in a transaction. It reports whether there is none.
func (l *Ledger) step(ctx context.Context, scripts []string) (done bool, err error) {
	err = l.write(ctx, func(tx *sql.Tx) error {
		version, err := l.engine.version(ctx, tx)
		if err != nil {
			return err
		}
		if version >= len(scripts) {
			done = true
			return tooNew(version, len(scripts))
		}
		script, err := migrations.ReadFile(scripts[version])
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("apply %s: %w", scripts[version], err)
		}
		_, err = tx.ExecContext(ctx, l.engine.stamp(version+1))
		return err
	})
	return done, err
}

// current refuses a database of any version but the one that this program knows.
func (l *Ledger) current(ctx context.Context) error {
	scripts, err := l.steps()
	if err != nil {
		return err
	}
	version, err := l.engine.version(ctx, l.db)
	switch {
	case err != nil:
		return err
	case version == 0:
		return fmt.Errorf("there is none yet: make it with concord ledger migrate")
	case version < len(scripts):
		return fmt.Errorf("its version %d is older than this program, which knows version %d: bring it up to date with concord ledger migrate", version, len(scripts))
	}
	return tooNew(version, len(scripts))
}

func tooNew(version, known int) error {
	if version <= known {
		return nil
	}
	return fmt.Errorf("its version %d is newer than this program, which knows version %d: use a newer concord", version, known)
}
