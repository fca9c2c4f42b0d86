package convention_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/convention"
)

// tokens is what examples take by four bytes a token.
func tokens(t interface{ Fatal(...any) }, examples []convention.Example) (n int) {
	for _, e := range examples {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		n += len(b)/4 + 1
	}
	return n
}

func question(id, text string) corpus.Element { return corpus.Element{ID: id, Text: text} }

func TestTheNearestOfEachRelationComesFirst(t *testing.T) {
	s := convention.NewSelector(learn(t, decided()...))
	keys := question("X-1", "Spare keys are locked away and their number is written down.")
	list := question("Y-1", "Keep a list of every key and of who holds it.")

	got := pairs(s.Select(keys, []corpus.Element{question("Y-2", "Feed the cat."), list}, 300))

	want := []string{"R-1 subset_of T-1", "R-2 intersects_with T-1", "R-2 superset_of T-2", "R-7 equal T-7", "R-9 no_relationship T-10"}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q lacks %q", got, w)
		}
	}
}

func TestTheBudgetIsKeptAndTheRareRelationHasItsPlace(t *testing.T) {
	var rows []convention.Row
	for s := range 10 {
		for g := range 10 {
			rows = append(rows, convention.Row{Source: fmt.Sprintf("R-%d", s+1), Target: fmt.Sprintf("T-%d", g+1), Relation: crosswalk.IntersectsWith})
		}
	}
	rows[57].Relation = crosswalk.Equal
	s := convention.NewSelector(learn(t, rows...))
	asked := question("X", "Keys are counted, and lost keys are reported.")

	small, usual := s.Select(asked, nil, 200), s.Select(asked, nil, 0)

	if n := tokens(t, small); n > 200 || len(small) < 2 || !slices.Contains(pairs(small), "R-6 equal T-8") {
		t.Errorf("%d tokens: %q", n, pairs(small))
	}
	if n := tokens(t, usual); n > convention.DefaultBudget || n < convention.DefaultBudget/2 {
		t.Errorf("%d tokens of %d", n, convention.DefaultBudget)
	}
	if none := s.Select(asked, nil, 1); len(none) != 0 {
		t.Errorf("one token buys %q", pairs(none))
	}
}

func TestWhatIsAskedIsNeverShown(t *testing.T) {
	c := learn(t, decided()...)
	source, target := house(t)
	s := convention.NewSelector(c)
	for name, asked := range map[string]corpus.Element{
		"itself":       source.Elements[1],
		"another id":   question("X-9", "LOST KEYS are reported - within a day - and the lock is replaced!"),
		"a word more":  question("X-9", "All lost keys are reported within a day and the lock is replaced."),
		"made longer":  question("X-9", "Lost keys are reported within a day and the lock is replaced, by the owner."),
		"a part of it": question("X-9", "Lost keys are reported within a day and the lock is replaced"),
		"the same id":  question("R-2", "Something else stands here in the next edition of the rules."),
	} {
		for _, e := range s.Select(asked, target.Elements, 0) {
			if e.Source.ID == "R-2" {
				t.Errorf("%s: shown %s to %s", name, e.Source.ID, e.Target.ID)
			}
		}
		if knows := c.Sources().Has(convention.TextOf(asked)); !knows {
			t.Errorf("%s: not known", name)
		}
	}
	if unlike := question("X-9", "Locks are replaced every ten years."); c.Sources().Has(convention.TextOf(unlike)) {
		t.Error("two words in common make no twin")
	}
}

func TestWhatIsShownIsInTheOrderOfTheConvention(t *testing.T) {
	c := learn(t, decided()...)
	s := convention.NewSelector(c)
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom(strings.Fields("key lock stove window path tool ladder guest book test"))
		asked := question("X", strings.Join(rapid.SliceOfN(word, 0, 9).Draw(rt, "words"), " "))
		targets := []corpus.Element{question("Y-1", word.Draw(rt, "one")), question("Y-2", word.Draw(rt, "two"))}
		budget := rapid.IntRange(1, 600).Draw(rt, "budget")

		got := s.Select(asked, targets, budget)
		slices.Reverse(targets)
		again := convention.NewSelector(c).Select(asked, targets, budget)

		if !reflect.DeepEqual(got, again) {
			rt.Fatalf("%q, then %q", pairs(got), pairs(again))
		}
		if tokens(rt, got) > budget {
			rt.Fatalf("%d tokens of %d", tokens(rt, got), budget)
		}
		at := -1
		for _, e := range got {
			i := slices.IndexFunc(c.Examples, func(x convention.Example) bool { return reflect.DeepEqual(x, e) })
			if i <= at {
				rt.Fatalf("%q is out of order", pairs(got))
			}
			at = i
		}
	})
}

func TestWhatAModelSeesHasTheSummary(t *testing.T) {
	c := learn(t, decided()[:1]...)
	s := convention.NewSelector(c)

	got, err := json.Marshal(s.For(question("X", "Keys"), nil))

	want := `{"summary":"` + c.Summary + `","decided":[{"source":{"id":"R-4","text":"Smoke detectors are tested in spring and autumn."},` +
		`"target":{"id":"T-4","text":"Test smoke detectors, replace their batteries, and keep a log of every test."},"relation":"subset_of","rationale_type":"semantic"}]}`
	if err != nil || string(got) != want || s.Label() != c.Label() {
		t.Errorf("%s, %v", got, err)
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	s := convention.NewSelector(learn(t, decided()...))
	want := pairs(s.Select(question("X", "Keys are counted"), nil, 300))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if got := pairs(s.Select(question("X", "Keys are counted"), nil, 300)); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
	group.Wait()
}
