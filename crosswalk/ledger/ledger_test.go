package ledger_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
)

var _ crosswalk.Ledger = (*ledger.Ledger)(nil)

var noon = time.Date(2026, 2, 3, 12, 0, 0, 123456789, time.FixedZone("CET", 3600))

func mustOpen(t testing.TB, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func newLedger(t testing.TB) *ledger.Ledger {
	t.Helper()
	return mustOpen(t, filepath.Join(t.TempDir(), "ledger.db"))
}

func aRun(id string) ledger.Run {
	return ledger.Run{
		ID: id, Started: noon, Tool: "concord 0.1", Settings: json.RawMessage(`{"depth":20}`),
		Source: ledger.Document{Spec: "made-up@1", Title: "Made up", Digest: "d1", SHA256: "s1", Origin: "made-up.csv"},
		Target: ledger.Document{Spec: "other@2", Title: "Other", Digest: "d2", SHA256: "s2", Origin: "built-in"},
	}
}

func mustBegin(t testing.TB, l *ledger.Ledger, id string) {
	t.Helper()
	if _, err := l.Begin(t.Context(), aRun(id)); err != nil {
		t.Fatal(err)
	}
}

// result makes up the result of one source with n proposals, best first.
func result(run, source string, n int) crosswalk.Result {
	s := crosswalk.Result{Source: source, Outcome: crosswalk.Mapped, Judged: n, NotJudged: 1000 - n}
	for i := range n {
		from, to := corpus.Ref{Framework: "made-up", Edition: "1", ID: source}, corpus.Ref{Framework: "other", Edition: "2", ID: fmt.Sprintf("T-%d", i+1)}
		strength := i % 11
		s.Proposals = append(s.Proposals, crosswalk.Proposal{
			ID: crosswalk.ProposalID(from, to, crosswalk.Semantic), Run: run, Source: from, Target: to,
			SourceSHA256: strings.Repeat("a", 64), TargetSHA256: strings.Repeat("b", 64),
			Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith, RationaleType: crosswalk.Semantic, Strength: &strength,
			Rationale:   `Both ask for an inventory — "of <everything>" ` + strings.Repeat("and more ", 20),
			Quotes:      []crosswalk.Quote{{Side: crosswalk.SourceSide, Text: "inventory", Start: 3, End: 12}},
			Confidence:  1 / (float64(i) + 3),
			Probability: 1 / (float64(i) + 7), Rank: i + 1, Score: 1 / float64(i+1), Origin: crosswalk.OriginLocal,
		})
	}
	return s
}

func record(t testing.TB, l *ledger.Ledger, run string, sources ...crosswalk.Result) {
	t.Helper()
	if err := l.Record(t.Context(), run, sources); err != nil {
		t.Fatal(err)
	}
}

// raw opens the file of a ledger behind its back.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error %v does not say %q", err, p)
		}
	}
}

func TestALedgerIsMadeWithItsFolderAndFoundAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "workspace", "ledger.db")
	l := mustOpen(t, path)
	mustBegin(t, l, "r1")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	if _, err := mustOpen(t, path).Run(t.Context(), "r1"); err != nil {
		t.Error(err)
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "what?.db", "50%20.db", "a#b&mode=ro.db", ":memory:", "ünï.db", "file:x.db"} {
		mustBegin(t, mustOpen(t, filepath.Join(dir, name)), "r")
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestTheFileIsSetUpToSurviveAndToShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	mustBegin(t, mustOpen(t, path), "r")

	var mode string
	if err := raw(t, path).QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
}

func TestWhatIsNotALedgerIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"short": "id,text\n", "long": strings.Repeat("not a database ", 2000)} {
		os.WriteFile(at(name), []byte(text), 0o600)
		_, err := ledger.Open(t.Context(), at(name))
		wantError(t, err, at(name), "not a ledger; move it away")
		if now, _ := os.ReadFile(at(name)); string(now) != text {
			t.Errorf("%s was changed", name)
		}
	}

	if _, err := raw(t, at("other.db")).Exec(`CREATE TABLE shopping (item)`); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(at("other.db"))
	_, err := ledger.Open(t.Context(), at("other.db"))
	wantError(t, err, at("other.db"), "another program")
	if after, _ := os.ReadFile(at("other.db")); !slices.Equal(before, after) {
		t.Error("the database of another program was changed")
	}

	os.Mkdir(at("folder"), 0o755)
	_, err = ledger.Open(t.Context(), at("folder"))
	wantError(t, err, at("folder"), "check that it is a file")

	_, err = ledger.Open(t.Context(), filepath.Join(at("short"), "ledger.db"))
	wantError(t, err, filepath.Join(at("short"), "ledger.db"), "make its folder")
}

func TestADamagedLedgerIsReportedAndNeverAPanic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := mustOpen(t, path)
	mustBegin(t, l, "r")
	for i := range 20 {
		record(t, l, "r", result("r", fmt.Sprint("S", i), 20))
	}
	l.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	os.WriteFile(path, whole[:len(whole)/2], 0o600)
	_, err = ledger.Open(t.Context(), path)
	wantError(t, err, path, "the file is damaged; restore a copy")

	scribbled := slices.Clone(whole)
	for i := len(scribbled) / 4; i < len(scribbled); i++ {
		scribbled[i] = byte(i * 7)
	}
	os.WriteFile(path, scribbled, 0o600)
	l = mustOpen(t, path) // pages are read when they are needed
	_, err = l.Proposals(t.Context(), "r")
	wantError(t, err, path, "the file is damaged; restore a copy")
}

func TestALedgerOfAVersionThatIsNotKnownIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	mustOpen(t, path).Close()
	for version, want := range map[string]string{"999": "version 999 is newer", "-7": "another program"} {
		if _, err := raw(t, path).Exec(`PRAGMA user_version = ` + version); err != nil {
			t.Fatal(err)
		}

		_, err := ledger.Open(t.Context(), path)

		wantError(t, err, path, want)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	files, err := filepath.Glob("migrations/sqlite/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for i, f := range files {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(filepath.Base(f), want) {
			t.Errorf("%s should begin with %s", f, want)
		}
	}
}

func TestRowsAreNeverChangedOrDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		mustBegin(t, l, "r")
		record(t, l, "r", result("r", "S1", 2))
		if _, err := l.Remember(t.Context(), "k", ledger.Call{Answer: "first"}); err != nil {
			t.Fatal(err)
		}
		if err := l.Keep(t.Context(), aFramework(t)); err != nil {
			t.Fatal(err)
		}
		db := b.raw(t, path)

		for _, statement := range []string{
			`UPDATE proposals SET probability = 1`, `DELETE FROM proposals`,
			b.replace("proposals"),
			`UPDATE calls SET answer = 'second'`, `DELETE FROM calls`, b.replace("calls"),
			`UPDATE frameworks SET body = '1'`, `DELETE FROM frameworks`,
			`UPDATE coverage SET outcome = 'failed'`, `DELETE FROM coverage`,
			`UPDATE runs SET settings = '{}'`, `UPDATE runs SET source_digest = ''`, `DELETE FROM runs`,
		} {
			_, err := db.Exec(statement)
			if err == nil || !strings.Contains(err.Error(), "never") && !strings.Contains(err.Error(), "runs keep") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func TestACallIsRememberedAndTheFirstAnswerStays(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		answer := "{\"id\":\"AC-2(3)\"}\x00\xff \u202e fin"
		call := ledger.Call{Run: "never begun", Model: "m", Prompt: "p", Request: "{}", Answer: answer,
			PromptTokens: 7, CompletionTokens: 3, Latency: 1500 * time.Millisecond, At: noon}

		if _, ok, err := l.Recall(t.Context(), "k"); ok || err != nil {
			t.Errorf("recalled before it was remembered: %v", err)
		}
		for _, a := range []string{answer, "another"} {
			call.Answer = a
			if kept, err := l.Remember(t.Context(), "k", call); err != nil || kept != (a == answer) {
				t.Fatal(a, kept, err)
			}
		}
		l.Close()

		l = mustOpen(t, path)
		want := call
		want.Answer, want.Request, want.At = answer, "", noon.UTC()
		if got, ok, err := l.Recall(t.Context(), "k"); got != want || !ok || err != nil {
			t.Errorf("recalled %+v, %v, %v", got, ok, err)
		}
		var ms, tokens int
		var at string
		if err := b.raw(t, path).QueryRow(`SELECT latency_ms, prompt_tokens + completion_tokens, at FROM calls`).Scan(&ms, &tokens, &at); err != nil {
			t.Fatal(err)
		}
		if ms != 1500 || tokens != 10 || at != "2026-02-03T11:00:00.123456789Z" {
			t.Errorf("kept %d ms, %d tokens, %s", ms, tokens, at)
		}
		_, err := l.Remember(t.Context(), "", call)
		wantError(t, err, "empty key")
	})
}

func TestACancelledContextIsTheError(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if err := l.Record(ctx, "r", []crosswalk.Result{result("r", "S1", 1)}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := ledger.Open(ctx, b.fresh(t)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if done, err := l.Done(t.Context(), "r"); len(done) != 0 || err != nil {
			t.Errorf("recorded %v, %v", done, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "ledger.db")
	l := mustOpen(f, path)
	mustBegin(f, l, "r")
	record(f, l, "r", result("r", "S1", 2))
	l.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint(0), []byte{}, uint(len(whole)))
	f.Add(uint(0), []byte{}, uint(4096))
	f.Add(uint(0), []byte("id,text"), uint(7))
	f.Add(uint(60), []byte{0xff}, uint(len(whole)))   // the version of the schema
	f.Add(uint(4096), []byte{0xff}, uint(len(whole))) // the head of a page
	f.Add(uint(18), []byte{9, 9}, uint(len(whole)))   // the version of the format

	f.Fuzz(func(t *testing.T, at uint, patch []byte, length uint) {
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			os.Remove(path + suffix)
		}
		content := slices.Clone(whole)
		copy(content[at%uint(len(content)):], patch)
		os.WriteFile(path, content[:min(length, uint(len(content)))], 0o600)

		l, err := ledger.Open(t.Context(), path)
		if err == nil {
			_, err = l.Proposals(t.Context(), "r")
			l.Runs(t.Context())
			l.Close()
		}

		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%v does not name the file", err)
		}
	})
}
