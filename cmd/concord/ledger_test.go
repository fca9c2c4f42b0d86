package main

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/internal/postgrestest"
)

// A listener runs the program and hears everything that it says.
type listener struct {
	secrets []string
}

// run runs a command, wants an exit code and returns what was said.
func (l listener) run(t *testing.T, want int, command string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := call(t, strings.Fields(command)...)
	if code != want {
		t.Fatalf("concord %s: exit code %d, want %d; %s", command, code, want, stderr)
	}
	l.quiet(t, "concord "+command, stdout+stderr)
	return stdout, stderr
}

func (l listener) quiet(t *testing.T, what, said string) {
	t.Helper()
	for _, secret := range l.secrets {
		if strings.Contains(said, secret) {
			t.Errorf("%s has the password: %s", what, said)
		}
	}
}

// twoTables makes a folder with two frameworks and goes there.
func twoTables(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, content := range map[string]string{
		"ours.csv":   "id,text\nO-1,Backups are encrypted before they leave.\nO-2,Accounts of leavers are closed.\nO-3,Visitors sign in.\n",
		"theirs.csv": "id,text\nT-1,Encrypt all backups.\nT-2,Close accounts when people leave.\nT-3,Patch servers.\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// decideOn accepts the proposal of a run at an index.
func decideOn(t *testing.T, at string, index int) {
	t.Helper()
	book, err := ledger.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	run, err := latestDraft(t.Context(), book)
	if err != nil {
		t.Fatal(err)
	}
	proposals, err := book.Proposals(t.Context(), run)
	if err != nil || len(proposals) <= index {
		t.Fatal(len(proposals), err)
	}
	p := proposals[index]
	d := crosswalk.Decision{Time: time.Date(2026, 11, 20, 9, index, 0, 0, time.UTC), Reviewer: "ada", Proposal: p.ID, ProposalSHA256: p.SHA256(),
		Action: crosswalk.Reject, Reason: crosswalk.WrongTarget, SuggestionVisible: true}
	if added, err := book.Decide(t.Context(), run, []crosswalk.Decision{d.Identified()}); err != nil || added != 1 {
		t.Fatal(added, err)
	}
}

func TestALedgerMovesToPostgreSQLAndBack(t *testing.T) {
	server := postgrestest.Must(t, postgrestest.Start)
	t.Cleanup(func() {
		if said := server.Stop(); strings.Contains(said, "PANIC") {
			t.Error(said)
		}
	})
	twoTables(t)
	const password = postgrestest.Password
	l := listener{[]string{password, url.QueryEscape(password), url.PathEscape(password), "s3cret"}}
	there := server.URL("postgres", password, "postgres", "")
	bare := server.URL("postgres", "", "postgres", "")
	const export = "export --drafts --format json"

	// A workspace as it always was.
	l.run(t, exitOK, "draft --from ours.csv --to theirs.csv")
	decideOn(t, ".concord/ledger.db", 0)
	inFile, _ := l.run(t, exitOK, export)
	_, said := l.run(t, exitUsage, "ledger copy")
	if !strings.Contains(said, "CONCORD_LEDGER") {
		t.Error(said)
	}

	// It moves to a server that has nothing yet.
	t.Setenv("CONCORD_LEDGER", there)
	for _, command := range []string{"ledger copy", "run list", "review agreement", "draft --from ours.csv --to theirs.csv"} {
		if _, said := l.run(t, exitFailed, command); !strings.Contains(said, "concord ledger migrate") {
			t.Errorf("concord %s: %s", command, said)
		}
	}
	if said, _ := l.run(t, exitOK, "ledger migrate"); !strings.Contains(said, "6 migrations applied") || !strings.Contains(said, bare) {
		t.Error(said)
	}
	if said, _ := l.run(t, exitOK, "ledger migrate"); !strings.Contains(said, "0 migrations applied") {
		t.Error(said)
	}
	if _, said := l.run(t, exitUsage, "export --drafts --format json"); !strings.Contains(said, "no draft yet") {
		t.Error(said)
	}
	moved, _ := l.run(t, exitOK, "ledger copy --json")
	if inServer, _ := l.run(t, exitOK, export); inServer != inFile {
		t.Errorf("%s\nwant %s", inServer, inFile)
	}
	if _, said := l.run(t, exitFailed, "ledger copy"); !strings.Contains(said, "not empty") {
		t.Error(said)
	}

	// Work goes on there, and the file is left alone.
	before, err := os.ReadFile(".concord/ledger.db")
	if err != nil {
		t.Fatal(err)
	}
	if said, _ := l.run(t, exitOK, "draft --from ours.csv --to theirs.csv --depth 2"); !strings.Contains(said, "is kept in "+bare) {
		t.Error(said)
	}
	decideOn(t, there, 1)
	l.run(t, exitOK, "run list --json")
	l.run(t, exitOK, "run show")
	if _, said := l.run(t, exitUsage, "run show nosuch"); !strings.Contains(said, bare) {
		t.Error(said)
	}
	inServer, _ := l.run(t, exitOK, export)
	if after, _ := os.ReadFile(".concord/ledger.db"); !slices.Equal(before, after) {
		t.Error("the file was written, though the ledger is elsewhere")
	}

	// It moves back. The password is in neither flag nor settings.
	if err := os.Unsetenv("CONCORD_LEDGER"); err != nil {
		t.Fatal(err)
	}
	l.run(t, exitUsage, "ledger copy --to back/ledger.db --from "+there)
	l.run(t, exitUsage, "ledger copy --from .concord/ledger.db --to ./.concord/ledger.db")
	l.run(t, exitUsage, "ledger copy --from nosuch.db --to back/ledger.db")
	if _, err := os.Stat("back"); err == nil {
		t.Error("a copy that was refused made something")
	}
	t.Setenv("PGPASSWORD", password)
	returned, _ := l.run(t, exitOK, "ledger copy --json --to back/ledger.db --from "+bare)
	if inBack, _ := l.run(t, exitOK, export+" --workspace back"); inBack != inServer {
		t.Errorf("%s\nwant %s", inBack, inServer)
	}
	again, _ := l.run(t, exitOK, "ledger copy --json --from back/ledger.db --to again.db")
	first, second, third := tablesIn(t, moved), tablesIn(t, returned), tablesIn(t, again)
	if !reflect.DeepEqual(second, third) {
		t.Errorf("%+v\n%+v", second, third)
	}
	if first["runs"].Rows != 1 || second["runs"].Rows != 2 || first["decisions"].Rows != 1 || second["decisions"].Rows != 2 || first["frameworks"] != second["frameworks"] {
		t.Errorf("%+v\n%+v", first, second)
	}
	if said, _ := l.run(t, exitOK, "ledger copy --from back/ledger.db --to readable.db"); !strings.Contains(said, second["runs"].SHA256[:12]) {
		t.Error(said)
	}

	// The settings file may name the server, and hold no password.
	for content, want := range map[string]int{
		"ledger: " + bare + "\n":                    exitOK,
		"ledger: " + there + "\n":                   exitUsage,
		"ledger: [" + there + "]\n":                 exitUsage,
		"ledger: {url: \"" + there + "\"}\n":        exitUsage,
		"ledger: \"" + bare + "?password=s3cret\"":  exitUsage,
		"ledger: mysql://ada:s3cret@db/x\n":         exitUsage,
		"ledger: host=db user=a password=s3cret\n":  exitUsage,
		"ledger: postgres://ada:12/s3cret@db/x\n":   exitUsage,
		"ledger: postgres://db/x?sslmode=nonsense ": exitUsage,
	} {
		if err := os.WriteFile("config.yaml", []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, said := l.run(t, want, "run list"); want == exitUsage && !strings.Contains(said, "ledger") {
			t.Errorf("%s: %s", content, said)
		}
	}
	if err := os.Remove("config.yaml"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"postgres://ada:s3cret@127.0.0.1:1/x", strings.Replace(there, "/postgres", "/nosuch", 1), strings.Replace(there, "postgres:", "mallory:", 2)} {
		t.Setenv("CONCORD_LEDGER", wrong)
		if code, stdout, said := call(t, "run", "list"); code == exitOK || strings.Count(said, "\n") != 1 {
			t.Error(code, said)
		} else {
			l.quiet(t, "an error", stdout+said)
		}
	}
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		l.quiet(t, path, string(data))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// tablesIn reads what a copy says that it copied, by table.
func tablesIn(t *testing.T, said string) map[string]ledger.Copied {
	t.Helper()
	var out copiedLedger
	if err := json.Unmarshal([]byte(said), &out); err != nil {
		t.Fatal(err, said)
	}
	by := map[string]ledger.Copied{}
	for _, table := range out.Tables {
		by[table.Table] = table
	}
	return by
}
