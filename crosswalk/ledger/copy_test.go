package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/ledger"
	"concord/crosswalk/register"
)

// fill puts something into every table, and what is odd where it may be.
func fill(t testing.TB, l *ledger.Ledger) {
	t.Helper()
	ctx := t.Context()
	var errs []error
	check := func(err error) { errs = append(errs, err) }
	check(l.Keep(ctx, aFramework(t)))
	for i, id := range []string{"z", "a", "m"} { // begun in an order of their own
		run := aRun(id)
		run.Started = noon.Add(time.Duration(i) * time.Second)
		_, err := l.Begin(ctx, run)
		check(err)
	}
	check(l.Finish(ctx, "a", noon.Add(time.Hour)))
	some := result("a", "S2", 5)
	some.Missed = 0.1 + 0.2
	check(l.Record(ctx, "a", []crosswalk.Result{some, result("a", "S1", 3), {Source: "S0", Outcome: crosswalk.Unrelated, Judged: 7}}))
	_, err := l.Remember(ctx, "k2", ledger.Call{Run: "a", Model: "m", Prompt: "p", Request: "\x00\xff ünï", Answer: "\\x41 '\x00", PromptTokens: 1 << 40,
		CachedTokens: 3, CompletionTokens: 2, Latency: time.Second, At: noon})
	check(err)
	_, err = l.Remember(ctx, "K1", ledger.Call{})
	check(err)
	proposals, err := l.Proposals(ctx, "a")
	check(err)
	_, err = l.Decide(ctx, "a", []crosswalk.Decision{accept(proposals[4], "grace"), accept(proposals[0], "ädä")})
	check(err)
	keep(t, l, version("house-rules", `{"n":"\u0000 \ud800"}`, noon))
	keep(t, l, version("garden", `{"n":2.50}`, noon))
	check(l.ChangeRegister(ctx, func([]register.Event) ([]register.Event, error) {
		return []register.Event{event("T-2"), event("T-1")}, nil
	}))
	p := packOf(t, "June")
	c := comment.Bind(comment.Entry{Reference: "1", Text: "=cmd|' \x1b[31m"}, "June", p, p, noon)
	_, err = l.AddComments(ctx, []*comment.Pack{p}, []comment.Comment{c})
	check(err)
	_, err = l.AddCommentEvents(ctx, comment.Event{Comment: c.ID, Time: noon, By: "ada", Disposition: comment.Partly, Reason: "half"}.Identified())
	check(err)
	for range 2 {
		_, err = l.Reserve(ctx, "a", "ada", "p1", time.Hour)
		check(err)
	}
	check(l.Release(ctx, "a", "ada", "p2"))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// rows returns all that a table holds but the numbers of its rows, in order.
func (b backend) rows(t testing.TB, at, table string) []map[string]any {
	t.Helper()
	order := map[string]string{"runs": "rowid", "frameworks": "digest", "calls": "key"}[table]
	if order == "" {
		order = "seq"
	}
	found, err := b.raw(t, at).Query(`SELECT * FROM ` + table + ` ORDER BY ` + order)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, _ := found.Columns()
	var all []map[string]any
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]any{}
		for i, name := range columns {
			if text, ok := values[i].([]byte); ok {
				values[i] = string(text)
			}
			if name != "seq" && name != "rowid" {
				row[name] = values[i]
			}
		}
		all = append(all, row)
	}
	return all
}

// tablesOf lists the tables of the record by what the engine says of itself.
func tablesOf(t testing.TB, at string) []string {
	t.Helper()
	b, query := inFiles(), `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'reservations' ORDER BY name`
	if ledger.IsURL(at) {
		b, query = inServer(t), `SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT IN ('concord_ledger', 'reservations') ORDER BY 1`
	}
	found, err := b.raw(t, at).Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// eachWay runs a test for every way in which a ledger can be copied.
func eachWay(t *testing.T, test func(t *testing.T, from, to backend)) {
	onBoth(t, func(t *testing.T, from backend) {
		onBoth(t, func(t *testing.T, to backend) { test(t, from, to) })
	})
}

func TestACopyHoldsAllThatTheLedgerHolds(t *testing.T) {
	eachWay(t, func(t *testing.T, from, to backend) {
		at, there := from.fresh(t), to.fresh(t)
		source, target := mustOpen(t, at), mustOpen(t, there)
		fill(t, source)

		copied, err := ledger.Copy(t.Context(), source, target)

		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]ledger.Copied{}
		for _, c := range copied {
			sums[c.Table] = c
		}
		tables := tablesOf(t, at)
		if len(sums) != len(tables) || !reflect.DeepEqual(tables, tablesOf(t, there)) {
			t.Errorf("%d tables are copied of %v to %v", len(sums), tables, tablesOf(t, there))
		}
		for _, table := range tables {
			want, got := from.rows(t, at, table), to.rows(t, there, table)
			if len(want) == 0 || !reflect.DeepEqual(got, want) || sums[table].Rows != len(want) || len(sums[table].SHA256) != 64 {
				t.Errorf("%s: copied as %+v\n%v\nwant\n%v", table, sums[table], got, want)
			}
		}
		if list, err := target.Reservations(t.Context(), "a"); err != nil || len(list) > 0 {
			t.Errorf("reservations are copied: %v, %v", list, err)
		}
		// It is a ledger like any other.
		if resumed, err := target.Begin(t.Context(), aRun("a")); err != nil || !resumed {
			t.Error(resumed, err)
		}
		record(t, target, "a", result("a", "S1", 3), result("a", "S9", 2))
		if got, err := target.Results(t.Context(), "a"); err != nil || len(got) != 4 || got[3].Source != "S9" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestTheSameLedgerHasTheSameHashesInBothEngines(t *testing.T) {
	server, file := inServer(t).open(t), inFiles().open(t)
	fill(t, file)
	there, err := ledger.Copy(t.Context(), file, server)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ledger.Copy(t.Context(), server, inFiles().open(t))
	if err != nil || !reflect.DeepEqual(there, back) {
		t.Errorf("%v\n%+v\n%+v", err, there, back)
	}
}

func TestOnlyAnEmptyLedgerIsCopiedInto(t *testing.T) {
	eachWay(t, func(t *testing.T, from, to backend) {
		source, target := from.open(t), to.open(t)
		fill(t, source)
		keep(t, target, version("mine", `{}`, noon))

		_, err := ledger.Copy(t.Context(), source, target)

		wantError(t, err, "not empty", "conventions", to.named)
		if runs, err := target.Runs(t.Context()); err != nil || len(runs) > 0 {
			t.Errorf("%d runs, %v", len(runs), err)
		}
	})
}

func TestACopyThatIsInterruptedLeavesNothing(t *testing.T) {
	eachWay(t, func(t *testing.T, from, to backend) {
		source := from.open(t)
		mustBegin(t, source, "r")
		record(t, source, "r", draft("r", 60, 20)...)
		there := to.fresh(t)
		target := mustOpen(t, there)
		interrupted := 0
		random := rand.New(rand.NewPCG(3, 4))
		for range 12 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(25_000))*time.Microsecond)
			_, err := ledger.Copy(ctx, source, target)
			cancel()
			if err == nil {
				break
			}
			interrupted++
			for _, table := range tablesOf(t, there) {
				if left := to.rows(t, there, table); len(left) > 0 {
					t.Fatalf("after %v %d rows are left in %s", err, len(left), table)
				}
			}
		}
		if interrupted == 0 {
			t.Skip("the copy was always faster")
		}
		if runs, err := target.Runs(t.Context()); err != nil {
			t.Fatal(err)
		} else if len(runs) == 0 {
			if _, err := ledger.Copy(t.Context(), source, target); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestWhatAnEngineCannotKeepIsNamedByItsRows(t *testing.T) {
	server, file := inServer(t).open(t), inFiles().open(t)
	for i, title := range []string{"good", "bad\x00"} {
		run := aRun(fmt.Sprint("r", i))
		run.Source.Title = title
		if _, err := file.Begin(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}

	_, err := ledger.Copy(t.Context(), file, server)

	wantError(t, err, "table runs", "rows 1 to 2", "UTF-8 without NUL")
	if strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
