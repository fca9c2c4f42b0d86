package ledger_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/register"
	"concord/internal/postgrestest"
)

// refused opens a ledger that is no good and returns why, which never holds
// the password.
func refused(t testing.TB, at string, parts ...string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), at)
	if err == nil {
		l.Close()
		t.Errorf("%s was opened", ledger.Name(at))
		return
	}
	wantError(t, err, parts...)
	if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "s3cr%65t") {
		t.Errorf("the password is in %v", err)
	}
}

func TestAServerThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	s := mustServe(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	s.do(t, `CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
		`CREATE SCHEMA garden`, `CREATE TABLE garden.runs (item text)`)
	const password = postgrestest.Password
	for name, c := range map[string]struct {
		at   string
		want []string
	}{
		"nobody listens":   {"postgres://ada:s3cret@" + closed.Addr().String() + "/x", []string{"ada@127.0.0.1", "refused", "can be reached"}},
		"no such host":     {"postgres://ada:s3cret@nosuch.invalid/x", []string{"nosuch.invalid", "can be reached"}},
		"wrong password":   {s.URL("postgres", "s3cret", "postgres", ""), []string{"28P01", "PGPASSWORD"}},
		"no such user":     {s.URL("mallory", "s3cret", "postgres", ""), []string{"mallory", "PGPASSWORD"}},
		"no such database": {s.URL("postgres", password, "nosuch", ""), []string{`"nosuch" does not exist`, "CREATE DATABASE"}},
		"no such schema":   {s.URL("postgres", password, "postgres", "nosuch"), []string{"CREATE SCHEMA"}},
		"another program":  {s.URL("postgres", password, "postgres", "garden"), []string{`"garden"`, "another program"}},
		"another encoding": {s.URL("postgres", password, "latin", ""), []string{"LATIN1", "UTF8"}},
		"nothing in it":    {s.schema(t), []string{"none yet", "concord ledger migrate"}},
		"no URL":           {"postgres://ada:s3cret%zz@host/x", []string{"cannot be read", "postgres://USER@HOST"}},
		"a fragment":       {"postgres://ada:s3cret#hash@host/x", []string{"cannot be read", "% escapes"}},
		"an @":             {"postgres://ada:secret@s3cret@host/x", []string{"cannot be read", "% escapes"}},
		"a wrong port":     {"postgres://ada:s3cret@host:banana/x", []string{"cannot be read"}},
		"a wrong setting":  {"postgres://ada@host/x?sslmode=banana", []string{"sslmode is invalid"}},
		"in capitals":      {"POSTGRES://ada:s3cret@host/x", []string{"wrong"}},
		"unknown setting":  {s.URL("postgres", password, "postgres", "x") + "&nosuch=1", []string{"nosuch"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, c.at, c.want...)
			if _, _, err := ledger.Migrate(t.Context(), c.at); name != "nothing in it" && (err == nil || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("migrate: %v", err)
			}
		})
	}
}

func TestAPasswordIsFoundAndNotShown(t *testing.T) {
	for at, c := range map[string]struct {
		has  bool
		name string
	}{
		"ledger.db":                             {false, "ledger.db"},
		"postgres://ada@db.example/x":           {false, "postgres://ada@db.example/x"},
		"postgresql://db.example":               {false, "postgresql://db.example"},
		"postgres://ada:s3cret@db.example/x":    {true, "postgres://ada@db.example/x"},
		"postgres://ada:@db.example/x":          {true, "postgres://ada@db.example/x"},
		"postgres:///x?host=/run&password=s3cr": {true, "postgres:///x?host=%2Frun"},
		"postgres://db/x?sslpassword=s3cret":    {true, "postgres://db/x"},
		"Postgres://ada:s3cret@db/x":            {true, "postgres://ada@db/x"},
		"postgres://ada:s3%zzcret@db/x":         {true, "in PostgreSQL"},
		"postgres://ada:12/s3cret@db/x":         {true, "in PostgreSQL"},
	} {
		if has, name := ledger.HasPassword(at), ledger.Name(at); has != c.has || name != c.name {
			t.Errorf("%s: has one: %v, shown as %s", at, has, name)
		}
	}
}

func FuzzAPasswordIsNeverShown(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"%zz", ""}, {"12/", ""}, {"12?a=", ""}, {"12#", "@"}, {"x@", ""}, {"", ":@[::1"}, {"\x00", "`"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "Qs3cretQ"
		for _, at := range []string{
			"postgres://ada:" + before + secret + after + "@db/x",
			"postgres://ada@db/x?password=" + secret + after,
		} {
			shown := ledger.Name(at)
			if err := ledger.CheckURL(at); err != nil {
				shown += err.Error()
			}
			if strings.Contains(shown, secret) || !ledger.HasPassword(at) {
				t.Errorf("%q is shown as %q, has a password: %v", at, shown, ledger.HasPassword(at))
			}
		}
	})
}

func TestASchemaOfAnotherVersionIsRefusedWithTheWayOut(t *testing.T) {
	s := mustServe(t)
	at := s.schema(t)
	scripts, err := filepath.Glob("migrations/postgres/*.sql")
	if err != nil || len(scripts) < 4 {
		t.Fatal(scripts, err)
	}
	db := rawServer(t, at)
	for i, name := range scripts[:3] {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(script) + fmt.Sprintf(`; INSERT INTO concord_ledger (version) VALUES (%d)`, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, at, "version 3 is older", "concord ledger migrate")

	applied, version, err := ledger.Migrate(t.Context(), at)
	if err != nil || applied != len(scripts)-3 || version != len(scripts) {
		t.Errorf("%d applied, version %d, %v", applied, version, err)
	}
	if err := add(t, mustOpen(t, at), event("T-1")); err != nil {
		t.Error(err)
	}
	if applied, _, err := ledger.Migrate(t.Context(), at); err != nil || applied != 0 {
		t.Errorf("%d applied again, %v", applied, err)
	}

	if _, err := db.Exec(`INSERT INTO concord_ledger (version) VALUES (999)`); err != nil {
		t.Fatal(err)
	}
	refused(t, at, "version 999 is newer", "use a newer concord")
	_, _, err = ledger.Migrate(t.Context(), at)
	wantError(t, err, "version 999 is newer")
}

func TestBothEnginesKnowTheSameMigrations(t *testing.T) {
	names := func(engine string) (all []string) {
		found, err := filepath.Glob("migrations/" + engine + "/*.sql")
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, path := range found {
			all = append(all, filepath.Base(path))
		}
		return all
	}
	if a, b := names("sqlite"), names("postgres"); strings.Join(a, " ") != strings.Join(b, " ") {
		t.Errorf("%v\n%v", a, b)
	}
}

func TestManyMayMigrateAtOnce(t *testing.T) {
	at := mustServe(t).schema(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 6 {
		all.Go(func() {
			applied, _, err := ledger.Migrate(t.Context(), at)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += applied
		})
	}
	all.Wait()
	if scripts, _ := filepath.Glob("migrations/postgres/*.sql"); total != len(scripts) {
		t.Errorf("%d applied of %d", total, len(scripts))
	}
}

// grants are what docs/operations.md tells an administrator to grant.
func grants(t *testing.T, schema, database, role string) []string {
	t.Helper()
	return statements(t, "grants", "SCHEMA concord", "SCHEMA "+schema, "concord.", schema+".", "DATABASE concord", "DATABASE "+database, "concord_reviewer", role)
}

// statements are those of a block in docs/operations.md, with other names in the
// place of its own.
func statements(t *testing.T, block string, names ...string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- "+block+" -->")
	_, rest, _ = strings.Cut(rest, "```sql\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatalf("docs/operations.md has no block of %s", block)
	}
	var out []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, strings.NewReplacer(names...).Replace(line))
		}
	}
	return out
}

// TestAnswersOfFinishedRunsCanBePutAway does what docs/operations.md tells an owner
// to do.
func TestAnswersOfFinishedRunsCanBePutAway(t *testing.T) {
	s := mustServe(t)
	at := mustMigrate(t, s)
	l := mustOpen(t, at)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, run := range []string{"finished", "under way"} {
		if _, err := l.Begin(t.Context(), aRun(run)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Remember(t.Context(), "key of "+run, ledger.Call{Run: run, Model: "m", Answer: "{}", At: now}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(t.Context(), "finished", now); err != nil {
		t.Fatal(err)
	}
	conn, err := rawServer(t, at).Conn(t.Context()) // one, for the transaction
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	for _, statement := range statements(t, "answers", "concord.", "") {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}

	for run, want := range map[string]bool{"finished": false, "under way": true} {
		if _, ok, err := l.Recall(t.Context(), "key of "+run); err != nil || ok != want {
			t.Errorf("the answer of the run that is %s: there is one %v, %v", run, ok, err)
		}
	}
	if _, err := conn.ExecContext(t.Context(), `DELETE FROM calls`); err == nil {
		t.Error("whoever likes can delete answers from now on")
	}
}

func TestARoleWithTheDocumentedGrantsDoesEverythingButBreakThePromise(t *testing.T) {
	s := mustServe(t)
	owner := s.schema(t)
	schema := owner[strings.LastIndex(owner, "=")+1:]
	if _, _, err := ledger.Migrate(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	role := "reviewer_of_" + schema
	s.do(t, `REVOKE ALL ON SCHEMA public FROM PUBLIC`, `CREATE ROLE `+role+` LOGIN PASSWORD 'r3viewer'`)
	at := s.URL(role, "r3viewer", "postgres", schema)
	refused(t, at, "CREATE SCHEMA, GRANT USAGE")
	s.do(t, `GRANT USAGE ON SCHEMA `+schema+` TO `+role)
	refused(t, at, "permission denied", "the role lacks a right")
	s.do(t, grants(t, schema, "postgres", role)...)

	l := mustOpen(t, at)
	fill(t, l)
	if resumed, err := l.Begin(t.Context(), aRun("a")); err != nil || !resumed {
		t.Error(resumed, err)
	}

	for _, statement := range []string{
		`UPDATE decisions SET reviewer = 'mallory'`, `DELETE FROM decisions`, `TRUNCATE comments CASCADE`, `UPDATE runs SET settings = '{}'`,
		`UPDATE runs SET begun_at = '', id = 'x'`, `ALTER TABLE decisions DISABLE TRIGGER USER`, `DROP TABLE decisions`,
		`INSERT INTO concord_ledger (version) VALUES (999)`, `CREATE TABLE mine (x int)`,
	} {
		if _, err := rawServer(t, at).Exec(statement); err == nil {
			t.Errorf("%s: nobody minds", statement)
		}
	}
	if _, _, err := ledger.Migrate(t.Context(), s.URL(role, "r3viewer", "postgres", s.emptyFor(t, role))); err == nil || !strings.Contains(err.Error(), "docs/operations.md") {
		t.Errorf("migrated without the right to: %v", err)
	}

	s.do(t, `REVOKE INSERT ON `+schema+`.decisions FROM `+role)
	proposals, err := l.Proposals(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Decide(t.Context(), "a", []crosswalk.Decision{accept(proposals[1], "ada")})
	wantError(t, err, "permission denied", "docs/operations.md", role+"@")
}

// emptyFor makes a schema that a role may use and not change.
func (s *server) emptyFor(t *testing.T, role string) string {
	t.Helper()
	at := s.schema(t)
	schema := at[strings.LastIndex(at, "=")+1:]
	s.do(t, `GRANT USAGE ON SCHEMA `+schema+` TO `+role)
	return schema
}

func TestWritersTakeTurnsAndTheOrderIsThatOfTheirCommits(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		at := b.fresh(t)
		first := mustOpen(t, at)
		mustBegin(t, first, "r")
		record(t, first, "r", result("r", "S1", 40))
		proposals, err := first.Proposals(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		books := []*ledger.Ledger{first, mustOpen(t, at), mustOpen(t, at)}
		var all sync.WaitGroup
		for i, book := range books {
			all.Go(func() {
				for _, p := range proposals {
					seen, err := book.Decisions(t.Context(), "r")
					if err != nil {
						t.Error(err)
						return
					}
					if added, err := book.Decide(t.Context(), "r", []crosswalk.Decision{accept(p, fmt.Sprint("reviewer", i))}); err != nil || added != 1 {
						t.Errorf("%d added, %v", added, err)
					}
					// What was read once stays where it is: later commits come later.
					now, err := book.Decisions(t.Context(), "r")
					if err != nil || len(now) <= len(seen) {
						t.Errorf("%d decisions after %d, %v", len(now), len(seen), err)
						return
					}
					for j := range seen {
						if now[j].ID != seen[j].ID {
							t.Errorf("decision %d was %s and is %s", j, seen[j].ID, now[j].ID)
							return
						}
					}
				}
			})
			// The register is read and changed in one turn: nobody's event is
			// made of fewer than are there.
			all.Go(func() {
				for j := range 20 {
					err := book.ChangeRegister(t.Context(), func(events []register.Event) ([]register.Event, error) {
						e := event(fmt.Sprintf("T-%d-%d", i, j))
						e.Run = fmt.Sprint(len(events))
						return []register.Event{e.Identified()}, nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got, err := first.Decisions(t.Context(), "r"); err != nil || len(got) != len(books)*len(proposals) {
			t.Errorf("%d decisions, %v", len(got), err)
		}
		events, err := first.GapEvents(t.Context())
		if err != nil || len(events) != 20*len(books) {
			t.Fatalf("%d events, %v", len(events), err)
		}
		for i, e := range events {
			if e.Run != fmt.Sprint(i) {
				t.Errorf("event %d was made of %s", i, e.Run)
			}
		}
	})
}
