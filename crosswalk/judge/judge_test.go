package judge_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/judge"
)

var _ crosswalk.Judge = (*judge.Judge)(nil)

func framework(t *testing.T, name string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	short = "Encrypt backup tapes before couriers carry them offsite."
	long  = "Encrypt backup tapes before couriers carry them offsite. Rotate cipher keys yearly, label cartridges, " +
		"lock cabinets, log custody, destroy worn media, rehearse restoration and audit vault vendors."
	other = "Teach staff to recognise phishing mail and report suspicious attachments promptly."
)

// always maps everything, so that the relation can be looked at.
func always() judge.Model {
	return judge.Model{Name: "always", Fitted: judge.Fitted{Line: judge.Line{Intercept: 3}, Threshold: 0.5}}
}

func one(t *testing.T, m judge.Model, source, target string) crosswalk.Verdict {
	t.Helper()
	s := framework(t, "s", corpus.Element{ID: "S-1", Kind: corpus.KindControl, Text: source})
	g := framework(t, "t", corpus.Element{ID: "T-1", Kind: corpus.KindControl, Text: target})
	verdicts, err := judge.New(s, g, m).Judge(t.Context(), s.Elements[0],
		[]crosswalk.Candidate{{Element: g.Elements[0], Rank: 1, Score: 2}})
	if err != nil || len(verdicts) != 1 {
		t.Fatalf("%d verdicts, %v", len(verdicts), err)
	}
	return verdicts[0]
}

func TestRelationsFollowFromWhatEachTextCovers(t *testing.T) {
	tests := []struct {
		source, target string
		want           crosswalk.Relation
	}{
		{short, short, crosswalk.Equal},
		{short, long, crosswalk.SubsetOf},
		{long, short, crosswalk.SupersetOf},
		{short, other, crosswalk.NoRelationship}, // nothing to show for it
		{short, other + " Encrypt mail.", crosswalk.IntersectsWith},
		{"Encrypt tapes.", long, crosswalk.IntersectsWith}, // too short for a strong claim
	}
	for _, tt := range tests {
		there, back := one(t, always(), tt.source, tt.target), one(t, always(), tt.target, tt.source)
		if there.Relation != tt.want {
			t.Errorf("%.20q to %.20q: %s, want %s", tt.source, tt.target, there.Relation, tt.want)
		}
		if back.Relation != there.Relation.Inverse() {
			t.Errorf("%.20q to %.20q: %s, but backwards %s", tt.source, tt.target, there.Relation, back.Relation)
		}
		if there.Relation.Strong() != slices.Contains(there.Flags, "strong claim from words alone") {
			t.Errorf("%s is flagged %v", there.Relation, there.Flags)
		}
	}
}

func TestBelowTheThresholdIsNoRelationship(t *testing.T) {
	v := one(t, judge.Model{Name: "never", Fitted: judge.Fitted{Line: judge.Line{Intercept: -3}, Threshold: 0.5}}, short, long)
	if v.Outcome != crosswalk.Unrelated || v.Relation != crosswalk.NoRelationship || v.Strength != -1 || v.Quotes != nil {
		t.Errorf("verdict %+v", v)
	}
}

// TestEveryVerdictOnTheBuiltInsHoldsWater judges real pairs and checks what a
// proposal promises: quotes that are there, a rationale that names both ids.
func TestEveryVerdictOnTheBuiltInsHoldsWater(t *testing.T) {
	source, err := builtin.Open("cyber-ai-profile")
	if err != nil {
		t.Fatal(err)
	}
	target, err := builtin.Open("sp800-53")
	if err != nil {
		t.Fatal(err)
	}
	r, err := candidate.New(candidate.Input{Source: source, Target: target, Kinds: []string{corpus.KindControl}})
	if err != nil {
		t.Fatal(err)
	}
	model, err := judge.Default()
	if err != nil {
		t.Fatal(err)
	}
	j := judge.New(source, target, model)
	mapped, quotes := 0, 0
	for _, s := range append(source.Mappable()[:60], source.Generic()[:3]...) {
		candidates := r.Rank(s)[:20]
		verdicts, err := j.Judge(t.Context(), s, candidates)
		if err != nil {
			t.Fatal(err)
		}
		judged := s
		if s.Generic != "" {
			judged, _ = source.Element(s.Parent)
		}
		for i, v := range verdicts {
			if v.Target != candidates[i].Element.ID || v.Probability < 0 || v.Probability > 1 {
				t.Fatalf("%s: verdict %+v", s.ID, v)
			}
			shown := !strings.Contains(v.Rationale, "no telling word")
			if (v.Outcome == crosswalk.Mapped) != (v.Probability >= model.Threshold && shown) {
				t.Errorf("%s → %s: %s at probability %v: %s", s.ID, v.Target, v.Outcome, v.Probability, v.Rationale)
			}
			if !strings.Contains(v.Rationale, s.ID) || !strings.Contains(v.Rationale, v.Target) {
				t.Errorf("%s → %s: rationale %q names not both", s.ID, v.Target, v.Rationale)
			}
			if v.Outcome == crosswalk.Mapped {
				mapped++
			}
			for _, q := range v.Quotes {
				quotes++
				text := crosswalk.Judged(judged)
				if q.Side == crosswalk.TargetSide {
					text = crosswalk.Judged(candidates[i].Element)
				}
				if text[q.Start:q.End] != q.Text {
					t.Errorf("%s → %s: quote %q is not at %d", s.ID, v.Target, q.Text, q.Start)
				}
				if _, _, ok := crosswalk.FindQuote(text, q.Text); !ok {
					t.Errorf("%s → %s: quote %q cannot be found", s.ID, v.Target, q.Text)
				}
			}
		}
	}
	if mapped < 100 || quotes < mapped {
		t.Errorf("%d mapped pairs and %d quotes: too few to have tested anything", mapped, quotes)
	}
}

func TestAnEndedContextStopsTheJudge(t *testing.T) {
	s := framework(t, "s", corpus.Element{ID: "S-1", Text: short})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := judge.New(s, s, always()).Judge(ctx, s.Elements[0], nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestBetterCandidatesAreMoreProbable(t *testing.T) {
	m, err := judge.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := func(rank int, score, precedent float64) float64 {
		return m.Probability(judge.Features(crosswalk.Candidate{Rank: rank, Score: score, Signals: map[string]float64{candidate.Precedent: precedent}}))
	}
	if !(p(1, 4, 0) > p(2, 3, 0) && p(2, 3, 0) > p(40, 1, 0) && p(5, 2, 0.9) > p(5, 2, 0)) {
		t.Error("probability does not fall with rank, rise with score or rise with a precedent")
	}
	if x := p(1, math.Inf(1), 1); !(x >= 0 && x <= 1) {
		t.Errorf("probability %v", x)
	}
}

func TestAModelFileThatCannotDecideIsRefused(t *testing.T) {
	for _, bad := range []string{``, `{}`, `{"name":"x","threshold":0}`, `{"name":"x","threshold":1.5}`, `{"threshold":0.5}`, `[1]`,
		`{"name":"x","threshold":0.5,"without":{"csf":{"threshold":2}}}`} {
		if _, err := judge.ParseModel([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
