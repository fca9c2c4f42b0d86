package eval_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
)

func listed(source, target string) eval.Label {
	return eval.Label{Source: source, Target: target, Strength: -1}
}

func framework(t *testing.T, name string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func task(t *testing.T) eval.Task {
	return eval.Task{
		Fold: true,
		Source: framework(t, "s",
			corpus.Element{ID: "GV", Kind: corpus.KindFunction, Title: "Govern"},
			corpus.Element{ID: "PR", Kind: corpus.KindFunction, Title: "Protect"},
			corpus.Element{ID: "GV-1", Kind: corpus.KindSubcategory, Parent: "GV", Text: "Encrypt stored records"},
			corpus.Element{ID: "PR-1", Kind: corpus.KindSubcategory, Parent: "PR", Text: "Train staff"}),
		Target: framework(t, "t",
			corpus.Element{ID: "A", Kind: corpus.KindControl, Text: "Encrypt records"},
			corpus.Element{ID: "A(1)", Kind: corpus.KindEnhancement, Parent: "A", Text: "Hardware"},
			corpus.Element{ID: "B", Kind: corpus.KindControl, Text: "Train all staff yearly"},
			corpus.Element{ID: "C", Kind: corpus.KindControl, Text: "Escort visitors"},
			corpus.Element{ID: "D", Kind: corpus.KindControl, Text: "Gone", Withdrawn: true}),
		Name:   "set",
		Labels: []eval.Label{listed("GV-1", "A"), listed("GV-1", "A(1)"), listed("GV-1", "D"), listed("PR-1", "C")},
	}
}

type judgeFunc func(crosswalk.Candidate) bool

func (f judgeFunc) Judge(_ context.Context, _ corpus.Element, candidates []crosswalk.Candidate) (out []crosswalk.Verdict, _ error) {
	for _, c := range candidates {
		v := crosswalk.Verdict{Target: c.Element.ID, Outcome: crosswalk.Unrelated}
		if f(c) {
			v.Outcome = crosswalk.Mapped
		}
		out = append(out, v)
	}
	return out, nil
}

func bm25(tk eval.Task, kinds ...string) eval.System {
	return eval.System{Name: "bm25", Ranker: eval.NewPlainBM25(tk.Target, kinds...), Depth: 3}
}

func observe(t *testing.T, tk eval.Task, s eval.System) eval.Observation {
	t.Helper()
	o, err := eval.Observe(t.Context(), tk, s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestObserveFoldsEnhancementsAndLeavesOutWithdrawn(t *testing.T) {
	tk := task(t)
	system := bm25(tk, corpus.KindControl)
	system.Judge = judgeFunc(func(c crosswalk.Candidate) bool { return c.Rank == 1 })

	s := eval.ScoreOf("bm25", observe(t, tk, system))

	if s.Sources != 2 || s.Labels != 2 || s.LeftOut != 1 || s.Targets != 3 {
		t.Errorf("%d sources, %d labels, %d left out, %d targets", s.Sources, s.Labels, s.LeftOut, s.Targets)
	}
	// GV-1 finds A first; PR-1 finds B first, where C is listed.
	if s.Metrics["top1"] != 0.5 || s.Metrics["precision"] != 0.5 || s.Metrics["recall"] != 0.5 {
		t.Errorf("%v", s.Metrics)
	}
	var functions []string
	for _, slice := range s.Slices {
		if slice.By == "function" {
			functions = append(functions, slice.Name)
			if want := map[string]float64{"GV": 1, "PR": 0}[slice.Name]; slice.Metrics["top1"] != want || slice.Sources != 1 {
				t.Errorf("%+v", slice)
			}
		}
	}
	if !reflect.DeepEqual(functions, []string{"GV", "PR"}) {
		t.Errorf("functions %v", functions)
	}
	if r := s.Requirements[1]; r.ID != "PR-1" || *r.Pairs != (eval.Pairs{Extra: 1, Missed: 1}) {
		t.Errorf("%+v", r)
	}
}

func TestLabelsThatNameNothingHereAreAnError(t *testing.T) {
	tk := task(t)
	tk.Labels = []eval.Label{listed("X", "Y")}
	if _, err := eval.Observe(t.Context(), tk, bm25(tk)); err == nil || !strings.Contains(err.Error(), "label set set") {
		t.Errorf("error %v", err)
	}
}

func TestAComprehensiveListMakesGapsAndNegativesOfWhatItLeavesOut(t *testing.T) {
	tk := task(t)
	tk.Comprehensive = true
	tk.Labels = tk.Labels[:1] // GV-1 to A, nothing for PR-1
	system := bm25(tk, corpus.KindControl)
	system.Judge = judgeFunc(func(c crosswalk.Candidate) bool { return c.Element.ID == "A" })

	s := eval.ScoreOf("bm25", observe(t, tk, system))

	if s.Gaps != 1 || s.Sources != 1 {
		t.Errorf("%d gaps, %d sources", s.Gaps, s.Sources)
	}
	if s.Metrics["unjudged10"] != 0 {
		t.Errorf("%v of a comprehensive list is unjudged", s.Metrics["unjudged10"])
	}
	if _, ok := s.Views[eval.Condensed]; !ok {
		t.Error("no condensed view, though everything is judged")
	}
}

func TestAFailingJudgeFailsTheEvaluation(t *testing.T) {
	tk := task(t)
	system := bm25(tk)
	broken := errors.New("broken")
	system.Judge = failing{broken}
	system.Workers = 4
	if _, err := eval.Observe(t.Context(), tk, system); !errors.Is(err, broken) || !strings.Contains(err.Error(), "judge ") {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Judge(context.Context, corpus.Element, []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	return nil, f.err
}

// silent answers for no candidate.
type silent struct{}

func (silent) Judge(context.Context, corpus.Element, []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	return nil, nil
}

func TestWhatAJudgeLeavesOutHasFailed(t *testing.T) {
	tk := task(t)
	system := bm25(tk, corpus.KindControl)
	system.Judge = silent{}
	told := 0
	system.Progress = func(done, total int) { told = done * 10 / total }

	m := eval.Values(observe(t, tk, system).Cases)

	if m["failed"] != 1 || told != 10 {
		t.Errorf("failed %v, progress %d", m["failed"], told)
	}
}

// TestACellStandsWhereItsSubcategoryDoes looks at where cases are put in the
// hierarchy of a profile.
func TestACellStandsWhereItsSubcategoryDoes(t *testing.T) {
	source := framework(t, "s",
		corpus.Element{ID: "GV", Kind: corpus.KindFunction}, corpus.Element{ID: "GV.OC", Kind: corpus.KindCategory, Parent: "GV"},
		corpus.Element{ID: "GV.OC-01", Kind: corpus.KindSubcategory, Parent: "GV.OC", Text: "Encrypt records"},
		corpus.Element{ID: "GV.OC-01#defend", Kind: corpus.KindCell, Parent: "GV.OC-01", Focus: "defend", Priority: 2, Text: "Encrypt models"})
	target := framework(t, "t", corpus.Element{ID: "A", Kind: corpus.KindControl, Text: "Encrypt records"})
	tk := eval.Task{Source: source, Target: target, Labels: []eval.Label{listed("GV.OC-01", "A"), listed("GV.OC-01#defend", "A")}}

	cases := observe(t, tk, bm25(tk)).Cases

	for _, c := range cases {
		if c.Function != "GV" || c.Category != "GV.OC" {
			t.Errorf("%s is in %q, %q", c.Source.ID, c.Function, c.Category)
		}
	}
	if len(cases) != 2 || len(eval.SliceBy("kind", cases)) != 2 || eval.SliceBy("focus", cases) != nil {
		t.Errorf("%d cases, by kind %v", len(cases), eval.SliceBy("kind", cases))
	}
}
