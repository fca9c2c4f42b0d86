package ledger_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/exchange"
	"concord/crosswalk/ledger"
)

// packOf makes up a pack of one row in a round.
func packOf(t testing.TB, round string) *comment.Pack {
	t.Helper()
	source := &corpus.Framework{Name: "made-up", Edition: "1", Elements: []corpus.Element{{ID: "S1", Kind: "control", Text: "Do <this> \u2028 now."}}}
	target := &corpus.Framework{Name: "other", Edition: "2", Elements: []corpus.Element{{ID: "T-1", Kind: "control", Text: "Done."}}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	p, err := comment.NewPack(&exchange.Crosswalk{
		Run: "r", Source: exchange.Framework{Name: "made-up", Edition: "1"}, Target: exchange.Framework{Name: "other", Edition: "2"},
		Rows: []exchange.Row{{Source: "S1", Target: "T-1", Relation: crosswalk.Equal, State: exchange.Accepted}},
	}, source, target, round, noon)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCommentsAreKeptInTheOrderInWhichTheyCame(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		p := packOf(t, "June")
		first := comment.Bind(comment.Entry{Reference: "1", Text: "=cmd|' \x1b[31m"}, "June", p, p, noon)
		second := comment.Bind(comment.Entry{Reference: "nonsense", Text: "two", Extra: []comment.Field{{Name: "a", Value: "b"}}}, "June", p, p, noon)
		for i, want := range []int{2, 0} {
			if added, err := l.AddComments(t.Context(), []*comment.Pack{p}, []comment.Comment{first, second, first}); err != nil || added != want {
				t.Errorf("time %d: %d added, %v", i+1, added, err)
			}
		}
		places, err := comment.Find(p, "1")
		if err != nil {
			t.Fatal(err)
		}
		bound := comment.Event{Comment: second.ID, Time: noon, By: "ada", Places: places, Pack: p.ID}.Identified()
		answer := comment.Event{Comment: first.ID, Time: noon.Add(time.Hour), By: "ada", Disposition: comment.Partly, Reason: "half of it"}.Identified()
		for i, want := range []int{2, 0} {
			if added, err := l.AddCommentEvents(t.Context(), bound, answer); err != nil || added != want {
				t.Errorf("time %d: %d events added, %v", i+1, added, err)
			}
		}
		l.Close()
		l = mustOpen(t, path)

		comments, events, err := l.Comments(t.Context())

		if err != nil || !reflect.DeepEqual(comments, []comment.Comment{first, second}) || !reflect.DeepEqual(events, []comment.Event{bound, answer}) {
			t.Errorf("%+v\n%+v, %v", comments, events, err)
		}
		packs, err := l.Packs(t.Context())
		if err != nil || len(packs) != 1 || packs[0].ID != p.ID || packs[0].Check() != nil {
			t.Errorf("%+v, %v", packs, err)
		}
		db := b.raw(t, path)
		for _, table := range []string{"comment_packs", "comments", "comment_events"} {
			for _, statement := range []string{`UPDATE ` + table + ` SET body = '{}'`, `DELETE FROM ` + table, b.replace(table)} {
				if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "never") {
					t.Errorf("%s: %v", statement, err)
				}
			}
		}
	})
}

func TestOneWrongCommentKeepsAllOut(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		p := packOf(t, "June")
		good := comment.Bind(comment.Entry{Reference: "1", Text: "one"}, "June", p, p, noon)
		silent := comment.Bind(comment.Entry{Reference: "1"}, "June", p, p, noon)
		forged := good
		forged.ID = "made up"
		for want, bad := range map[string]comment.Comment{"says nothing": silent, "its id is": forged} {
			_, err := l.AddComments(t.Context(), []*comment.Pack{p}, []comment.Comment{good, bad})
			wantError(t, err, "comment 2", want)
		}
		if _, err := l.AddComments(t.Context(), nil, []comment.Comment{good}); !errors.Is(err, ledger.ErrNoPack) {
			t.Error(err)
		}
		other := *p
		other.Run = "forged"
		if err := l.KeepPack(t.Context(), &other); err == nil {
			t.Error("a pack with the id of another is kept")
		}
		answer := comment.Event{Comment: good.ID, Time: noon, By: "ada", Disposition: comment.Noted, Reason: "x"}
		if _, err := l.AddCommentEvents(t.Context(), answer.Identified()); !errors.Is(err, ledger.ErrNoComment) {
			t.Error(err)
		}
		if _, err := l.AddCommentEvents(t.Context(), answer); err == nil || errors.Is(err, ledger.ErrNoComment) {
			t.Error(err)
		}
		if comments, events, err := l.Comments(t.Context()); err != nil || len(comments)+len(events) > 0 {
			t.Errorf("%d and %d kept, %v", len(comments), len(events), err)
		}
	})
}
