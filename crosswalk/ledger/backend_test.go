package ledger_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"concord/crosswalk/ledger"
	"concord/internal/postgrestest"
)

// A backend is one of the places in which the suite keeps ledgers.
type backend struct {
	fresh func(testing.TB) string // returns where a ledger is that nobody has used
	named string                  // is in the name of every ledger
	// raw opens a ledger behind its back.
	raw func(t testing.TB, at string) *sql.DB
	// replace is a statement that would replace or empty a table, other than by
	// UPDATE and DELETE.
	replace func(table string) string
	// unguard is a statement that takes the guards of a table away.
	unguard func(table string) string
	// sound is a query that says "ok" of a database that is sound.
	sound string
}

func (b backend) open(t testing.TB) *ledger.Ledger {
	t.Helper()
	return mustOpen(t, b.fresh(t))
}

func inFiles() backend {
	return backend{
		fresh: func(t testing.TB) string { return filepath.Join(t.TempDir(), "ledger.db") },
		named: "ledger.db",
		raw: func(t testing.TB, at string) *sql.DB {
			t.Helper()
			return raw(t, at+"?_pragma=recursive_triggers(1)")
		},
		replace: func(table string) string { return fmt.Sprintf(`REPLACE INTO %[1]s SELECT * FROM %[1]s`, table) },
		unguard: func(table string) string { return fmt.Sprintf(`DROP TRIGGER IF EXISTS %s_keep_update`, table) },
		sound:   `PRAGMA integrity_check`,
	}
}

func inServer(t testing.TB) backend {
	t.Helper()
	s := mustServe(t)
	return backend{
		fresh: func(t testing.TB) string {
			t.Helper()
			return mustMigrate(t, s)
		},
		named: "search_path=ledger",
		raw: func(t testing.TB, at string) *sql.DB {
			t.Helper()
			return rawServer(t, at)
		},
		replace: func(table string) string { return fmt.Sprintf(`TRUNCATE %s CASCADE`, table) },
		unguard: func(table string) string { return fmt.Sprintf(`ALTER TABLE %s DISABLE TRIGGER USER`, table) },
		sound:   `SELECT 'ok'`, // the server looks after that itself
	}
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(*testing.T, backend)) {
	t.Run("sqlite", func(t *testing.T) { test(t, inFiles()) })
	t.Run("postgres", func(t *testing.T) { test(t, inServer(t)) })
}

func onBothB(b *testing.B, bench func(*testing.B, backend)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, inFiles()) })
	b.Run("postgres", func(b *testing.B) { bench(b, inServer(b)) })
}

// A server is the PostgreSQL of this test run.
type server struct {
	*postgrestest.Server
	schemas atomic.Int64
}

// serve starts the server for the first test that needs it. [stop] ends it.
var serve = sync.OnceValues(func() (*server, error) {
	s, err := postgrestest.Start()
	running.Store(s)
	return &server{Server: s}, err
})

var running atomic.Pointer[postgrestest.Server]

// stop ends the server, if there is one.
func stop() {
	if s := running.Load(); s != nil {
		s.Stop()
	}
}

func mustServe(t testing.TB) *server {
	t.Helper()
	return postgrestest.Must(t, serve)
}

// mustMigrate makes a ledger in a schema of its own and returns where it is.
func mustMigrate(t testing.TB, s *server) string {
	t.Helper()
	at := s.schema(t)
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	return at
}

// schema makes an empty schema and returns where it is, for its owner.
func (s *server) schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprint("ledger", s.schemas.Add(1))
	s.do(t, `CREATE SCHEMA `+name)
	return s.URL("postgres", postgrestest.Password, "postgres", name)
}

// do runs statements as the superuser.
func (s *server) do(t testing.TB, statements ...string) {
	t.Helper()
	db := rawServer(t, s.URL("postgres", postgrestest.Password, "postgres", ""))
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func rawServer(t testing.TB, at string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", at)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(0) // a server has a hundred connections
	t.Cleanup(func() { db.Close() })
	return db
}
