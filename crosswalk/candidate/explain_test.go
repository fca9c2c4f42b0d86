package candidate_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/vectors"
)

// anyInput draws two small frameworks of few words, so that much is shared,
// with children, relations, vectors, precedents and weights.
func anyInput(t *rapid.T) candidate.Input {
	word := rapid.SampledFrom(strings.Fields("encrypt backup record visitor key mail staff train model the"))
	vector := rapid.SliceOfN(rapid.Float32Range(0.1, 1), 2, 2)
	text := func(label string) string {
		return strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, label), " ")
	}
	f := &corpus.Framework{Name: "own", Edition: "1"}
	in := candidate.Input{Target: f}
	var embedded []string
	var drawn [][]float32
	for i := range rapid.IntRange(1, 12).Draw(t, "targets") {
		e := corpus.Element{ID: fmt.Sprint("T-", i), Kind: corpus.KindControl, Title: text("title"), Text: text("text")}
		if i > 0 && rapid.Bool().Draw(t, "child") {
			e.Kind, e.Parent = corpus.KindEnhancement, f.Elements[rapid.IntRange(0, i-1).Draw(t, "parent")].ID
		}
		if i > 0 && rapid.Bool().Draw(t, "related") {
			e.Related = []string{f.Elements[rapid.IntRange(0, i-1).Draw(t, "to")].ID}
		}
		if rapid.Bool().Draw(t, "has vector") {
			embedded, drawn = append(embedded, e.ID), append(drawn, vector.Draw(t, "vector"))
		}
		f.Elements = append(f.Elements, e)
	}
	var err error
	if in.TargetVectors, err = vectors.New(embedded, drawn); err != nil {
		t.Fatal(err)
	}
	if in.SourceVectors, err = vectors.New([]string{"A"}, [][]float32{vector.Draw(t, "source vector")}); err != nil {
		t.Fatal(err)
	}
	in.Source = &corpus.Framework{Name: "mine", Edition: "1", Elements: []corpus.Element{{ID: "A", Kind: corpus.KindControl, Text: text("source")}}}
	theirs := &corpus.Framework{Name: "theirs", Edition: "1", Elements: []corpus.Element{{ID: "P", Kind: corpus.KindControl, Text: text("precedent")}}}
	for _, f := range []*corpus.Framework{f, in.Source, theirs} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	in.Precedents = []candidate.Precedents{{Set: "published", Target: "own", Framework: theirs, Pairs: map[string][]string{"P": {"T-0"}}}}
	var w candidate.Weights
	for _, signal := range candidate.Signals() {
		var err error
		if w, err = w.With(signal, rapid.SampledFrom([]float64{0, 0.3, 1, 7, 1e6}).Draw(t, signal)); err != nil {
			t.Fatal(err)
		}
	}
	in.Weights = &w
	return in
}

func TestContributionsAddUpToTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		r, err := candidate.New(in)
		if err != nil {
			t.Fatal(err)
		}
		why := r.Explain(in.Source.Elements[0])
		for _, c := range r.Rank(in.Source.Elements[0]) {
			sum, size := 0.0, 1.0
			of := why.Of(c.Element.ID)
			for _, part := range of {
				sum += part.Amount
				size += math.Abs(part.Amount)
				if value, ok := c.Signals[part.Signal]; !ok || value != part.Value || part.Weight != in.Weights.Of(part.Signal) {
					t.Errorf("%s: %+v, the candidate's signals are %v, the weights %+v", c.Element.ID, part, c.Signals, *in.Weights)
				}
			}
			if math.Abs(sum-c.Score) > 1e-9*size {
				t.Errorf("%s: contributions %+v add up to %v, the score is %v", c.Element.ID, of, sum, c.Score)
			}
			if len(of) != len(c.Signals) {
				t.Errorf("%s: %d contributions, %d signals", c.Element.ID, len(of), len(c.Signals))
			}
		}
	})
}

// TestWordsInEvidenceAddUpToBM25 compares with an index of the same documents.
func TestWordsInEvidenceAddUpToBM25(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		in.Weights.Lexical = 1
		r, err := candidate.New(in)
		if err != nil {
			t.Fatal(err)
		}
		docs := embed.DescribeTargets(in.Target)
		index := embed.NewLexical(docs)
		want := index.Scores(index.Query(embed.DescribeSource(in.Source, in.Source.Elements[0], embed.Context).Parts...))
		why := r.Explain(in.Source.Elements[0])
		for i, d := range docs {
			var words, terms float64
			for _, reason := range contribution(why.Of(d.ID), candidate.Lexical).Evidence {
				words += reason.Value
			}
			for _, term := range why.Terms(d.ID) {
				terms += term.Weight
			}
			if math.Abs(words-want[i]) > 1e-9 || math.Abs(terms-want[i]) > 1e-9 {
				t.Errorf("%s: words add up to %v, terms to %v, BM25 is %v", d.ID, words, terms, want[i])
			}
		}
	})
}

func contribution(of []candidate.Contribution, signal string) candidate.Contribution {
	for _, c := range of {
		if c.Signal == signal {
			return c
		}
	}
	return candidate.Contribution{}
}

func TestTheEvidenceNamesWhatASignalWasReadFrom(t *testing.T) {
	in := lively(t)
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}
	why := r.Explain(in.Source.Mappable()[0])
	tests := []struct{ target, signal, want string }{
		{"CR-1", candidate.Lexical, "encrypted Protection Stored records"},
		{"TR-1", candidate.Lexical, ""},
		{"BK-1", candidate.Semantic, "cosine"},
		{"BK-1", candidate.Child, "BK-1(1)/lexical BK-1(1)/semantic"},
		{"CR-1", candidate.Child, "CR-1/lexical CR-1/semantic"},
		{"KM-1", candidate.Related, "CR-1"},
		{"BK-1", candidate.Related, ""},
		{"KM-1", candidate.Family, "DATA"},
		{"KM-1", candidate.Path, "DATA"},
		{"CR-1", candidate.Prior, "related from"},
		{"BK-1", candidate.Prior, ""},
		{"BK-1(1)", candidate.Detail, "BK-1"},
		{"BK-1", candidate.Detail, ""},
		{"VI-1", candidate.Precedent, "theirs@1:P/published"},
		{"TR-1", candidate.Precedent, ""},
	}
	for _, tt := range tests {
		var named []string
		for _, reason := range contribution(why.Of(tt.target), tt.signal).Evidence {
			name := reason.Name
			if reason.Of != "" {
				name += "/" + reason.Of
			}
			named = append(named, name)
		}
		if tt.signal == candidate.Lexical {
			slices.Sort(named)
			want := strings.Fields(tt.want)
			slices.Sort(want)
			tt.want = strings.Join(want, " ")
		}
		if got := strings.Join(named, " "); got != tt.want {
			t.Errorf("%s of %s: evidence %q, want %q", tt.signal, tt.target, got, tt.want)
		}
	}
	if why.Of("OLD-1") != nil || why.Terms("OLD-1") != nil {
		t.Error("a withdrawn element, which is no candidate, is explained")
	}
}

// TestARelatedTargetLiftsByItsScoreSoFar rests on KM-1 being related to CR-1
// alone: its signal is a third of what CR-1 scored by then.
func TestARelatedTargetLiftsByItsScoreSoFar(t *testing.T) {
	in := lively(t)
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}
	c := contribution(r.Explain(in.Source.Mappable()[0]).Of("KM-1"), candidate.Related)
	if len(c.Evidence) != 1 || math.Abs(c.Evidence[0].Value-3*c.Value) > 1e-9 {
		t.Errorf("%+v: want the evidence three times the value", c)
	}
}

func TestTargetsThatAreAllAlikeAreExplainedByNothing(t *testing.T) {
	in := candidate.Input{
		Source: framework(t, "mine", "1", corpus.Element{ID: "A", Text: "Unheard of."}),
		Target: framework(t, "own", "1", corpus.Element{ID: "B", Text: "one", Related: []string{"C"}}, corpus.Element{ID: "C", Text: "two", Related: []string{"B"}}),
	}
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Explain(in.Source.Elements[0]).Of("C") {
		if c.Amount != 0 || c.Signal == candidate.Related && len(c.Evidence) > 0 {
			t.Errorf("%+v", c)
		}
	}
}
