package postgrestest_test

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"concord/internal/postgrestest"
)

func TestAServerThatWasKilledComesBackWithWhatWasCommitted(t *testing.T) {
	s := postgrestest.Must(t, postgrestest.Start)
	defer s.Stop()
	db, err := sql.Open("pgx", s.URL("postgres", postgrestest.Password, "postgres", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE kept AS SELECT 1 AS n`); err != nil {
		t.Fatal(err)
	}
	port := s.Port
	for range 3 {
		s.Kill()

		if err := db.Ping(); err == nil {
			t.Error("it answers although it was killed")
		}
		if err := s.Again(); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM kept`).Scan(&n); err != nil || n != 1 || s.Port != port {
			t.Errorf("%d rows, port %d, then %d, %v", n, port, s.Port, err)
		}
	}
}
