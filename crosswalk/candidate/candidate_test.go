package candidate_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/dense"
	"concord/embed/vectors"
)

var _ crosswalk.Retriever = (*candidate.Ranker)(nil)

func framework(t *testing.T, name, edition string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: edition, Elements: elements}
	for i, e := range f.Elements {
		if e.Kind == "" {
			f.Elements[i].Kind = corpus.KindControl
		}
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// target has a control for encryption, one that only its enhancement makes
// relevant, one that is merely related, and some that are none of it.
func target(t *testing.T) *corpus.Framework {
	return framework(t, "own", "1",
		corpus.Element{ID: "CR-1", Title: "Encryption", Text: "Encrypt stored records with approved ciphers.", Related: []string{"KM-1"}},
		corpus.Element{ID: "BK-1", Title: "Backup", Text: "Copy data every night to another site."},
		corpus.Element{ID: "BK-1(1)", Kind: corpus.KindEnhancement, Parent: "BK-1", Title: "Cryptographic protection", Text: "Encrypt stored records in backups."},
		corpus.Element{ID: "KM-1", Title: "Key management", Text: "Issue and revoke keys.", Related: []string{"CR-1"}},
		corpus.Element{ID: "TR-1", Title: "Training", Text: "Teach staff to recognise phishing mail."},
		corpus.Element{ID: "VI-1", Title: "Visitors", Text: "Escort visitors in the building."},
		corpus.Element{ID: "OLD-1", Title: "Encryption", Text: "Encrypt stored records.", Withdrawn: true},
	)
}

func source(t *testing.T) *corpus.Framework {
	return framework(t, "mine", "1", corpus.Element{ID: "A", Text: "Stored records are encrypted."})
}

func rank(t *testing.T, in candidate.Input) []crosswalk.Candidate {
	t.Helper()
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}
	return r.Rank(in.Source.Mappable()[0])
}

func ids(ranked []crosswalk.Candidate) (out []string) {
	for _, c := range ranked {
		out = append(out, c.Element.ID)
	}
	return out
}

func place(ranked []crosswalk.Candidate, id string) int { return slices.Index(ids(ranked), id) }

func TestEveryActiveTargetIsRankedOnceAndNoOther(t *testing.T) {
	got := ids(rank(t, candidate.Input{Source: source(t), Target: target(t)}))
	slices.Sort(got)
	if want := []string{"BK-1", "BK-1(1)", "CR-1", "KM-1", "TR-1", "VI-1"}; !slices.Equal(got, want) {
		t.Errorf("ranked %v, want %v", got, want)
	}
}

func TestContextBringsInWhatStandsAboveTheSource(t *testing.T) {
	f := framework(t, "mine", "1",
		corpus.Element{ID: "G", Kind: corpus.KindCategory, Text: "Visitors are escorted in the building."},
		corpus.Element{ID: "G.A", Parent: "G", Text: "Staff are taught."})
	in := candidate.Input{Source: f, Target: target(t), Weights: &candidate.Weights{Lexical: 1}}
	at := func(context *float64) float64 {
		in.Context = context
		r, err := candidate.New(in)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := f.Element("G.A")
		ranked := r.Rank(a)
		return ranked[place(ranked, "VI-1")].Score
	}
	none, usual, heavy := 0.0, embed.Context, 2.0

	if !(at(&none) < at(&usual) && at(&usual) < at(&heavy)) {
		t.Errorf("the visitors score %v, %v and %v with contexts of %v, %v and %v, want them to rise",
			at(&none), at(&usual), at(&heavy), none, usual, heavy)
	}
	if at(nil) != at(&usual) {
		t.Errorf("without a context they score %v, want %v", at(nil), at(&usual))
	}
}

func TestAnEnhancementSpeaksForItsControl(t *testing.T) {
	in := candidate.Input{Source: source(t), Target: target(t), Kinds: []string{corpus.KindControl}}
	with := rank(t, in)
	in.Weights = &candidate.Weights{Lexical: 1, Semantic: 0.7, Related: 1}
	without := rank(t, in)

	if with[0].Element.ID != "CR-1" || place(with, "BK-1") > 2 {
		t.Errorf("ranked %v: want CR-1 first and BK-1 close behind", ids(with))
	}
	if place(with, "BK-1(1)") >= 0 {
		t.Error("an enhancement was ranked among the controls")
	}
	if with[place(with, "BK-1")].Score <= without[place(without, "BK-1")].Score {
		t.Error("the enhancement did not raise the score of its control")
	}
}

func TestAnEnhancementGivesWayToAControlThatFitsAsWell(t *testing.T) {
	in := candidate.Input{Source: source(t), Target: framework(t, "own", "1",
		corpus.Element{ID: "A", Text: "Encrypt stored records."},
		corpus.Element{ID: "A(1)", Kind: corpus.KindEnhancement, Parent: "A", Text: "Encrypt stored records."},
		corpus.Element{ID: "B", Text: "Escort visitors."})}
	ranked := rank(t, in)
	if got := strings.Join(ids(ranked), " "); got != "A A(1) B" {
		t.Errorf("ranked %s", got)
	}
	if ranked[0].Signals[candidate.Detail] != 0 || ranked[1].Signals[candidate.Detail] != -1 {
		t.Errorf("signals %v and %v", ranked[0].Signals, ranked[1].Signals)
	}
}

func TestARelatedTargetIsPulledUp(t *testing.T) {
	ranked := rank(t, candidate.Input{Source: source(t), Target: target(t), Kinds: []string{corpus.KindControl}})
	for _, id := range []string{"TR-1", "VI-1"} {
		if place(ranked, "KM-1") > place(ranked, id) {
			t.Errorf("ranked %v: KM-1, related to the best, is below %s", ids(ranked), id)
		}
	}
}

// A vector of an element in two dimensions.
type vector struct {
	id   string
	x, y float32
}

func set(t *testing.T, list ...vector) vectors.Set {
	t.Helper()
	var s vectors.Set
	var data []float32
	for _, v := range list {
		s.IDs, data = append(s.IDs, v.id), append(data, v.x, v.y)
	}
	var err error
	if s.Matrix, err = dense.New(data, 2); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVectorsDecideWhereWordsDoNot(t *testing.T) {
	in := candidate.Input{
		Source:        framework(t, "mine", "1", corpus.Element{ID: "A", Text: "Unheard of."}),
		Target:        target(t),
		SourceVectors: set(t, vector{"A", 1, 0}),
		TargetVectors: set(t, vector{"TR-1", 1, 0}, vector{"CR-1", 0, 1}, vector{"no such control", 1, 0}),
	}
	ranked := rank(t, in)
	if ranked[0].Element.ID != "TR-1" {
		t.Errorf("ranked %v: want TR-1, whose vector is the source's", ids(ranked))
	}
	for _, c := range ranked {
		if math.IsNaN(c.Score) {
			t.Errorf("%s has no score", c.Element.ID)
		}
	}
}

func TestVectorsOfTwoEmbeddersAreRefused(t *testing.T) {
	sets := vectors.Set{IDs: []string{"A"}}
	var err error
	if sets.Matrix, err = dense.New([]float32{1, 0, 0}, 3); err != nil {
		t.Fatal(err)
	}

	_, err = candidate.New(candidate.Input{Source: source(t), Target: target(t), SourceVectors: sets, TargetVectors: set(t, vector{"TR-1", 1, 0})})

	if err == nil || !strings.Contains(err.Error(), "3 dimensions") {
		t.Errorf("error %v", err)
	}
}

func TestTiesAreInOrderOfIdsAndRanksAreDense(t *testing.T) {
	in := candidate.Input{
		Source: framework(t, "mine", "1", corpus.Element{ID: "A", Text: "Unheard of."}),
		Target: framework(t, "own", "1", corpus.Element{ID: "C", Text: "one"}, corpus.Element{ID: "A", Text: "two"}, corpus.Element{ID: "B", Text: "three"}),
	}
	ranked := rank(t, in)
	if got := strings.Join(ids(ranked), ""); got != "ABC" {
		t.Errorf("order %s, want ABC", got)
	}
	for i, c := range ranked {
		if c.Rank != i+1 {
			t.Errorf("%s has rank %d, want %d", c.Element.ID, c.Rank, i+1)
		}
	}
}

// published maps an element that reads like the source to the visitors.
func published(t *testing.T) candidate.Precedents {
	return candidate.Precedents{
		Set: "published", Target: "own",
		Framework: framework(t, "theirs", "1",
			corpus.Element{ID: "P", Text: "Stored records are encrypted."},
			corpus.Element{ID: "Q", Text: "Records are kept."},
			corpus.Element{ID: "R", Text: "Staff are trained."}),
		Pairs: map[string][]string{"P": {"VI-1", "gone"}, "Q": {"TR-1"}, "R": {"TR-1"}},
	}
}

func TestAPrecedentThatReadsAlikeVotesAndIsNamed(t *testing.T) {
	in := candidate.Input{Source: source(t), Target: target(t)}
	before := rank(t, in)
	in.Precedents = []candidate.Precedents{published(t)}
	after := rank(t, in)

	if place(after, "VI-1") >= place(before, "VI-1") {
		t.Errorf("VI-1 at %d before, %d after its precedent", place(before, "VI-1"), place(after, "VI-1"))
	}
	c := after[place(after, "VI-1")]
	if len(c.Evidence) != 1 || c.Evidence[0].Source.ID != "P" || c.Evidence[0].Set != "published" || c.Evidence[0].Similarity < 0.99 {
		t.Errorf("evidence %+v", c.Evidence)
	}
	if c := after[place(after, "TR-1")]; len(c.Evidence) != 0 || c.Signals[candidate.Precedent] != 0 {
		t.Errorf("an element that does not read alike spoke for TR-1: %+v", c.Evidence)
	}
}

func TestPrecedentsForAnotherTargetAreIgnored(t *testing.T) {
	p := published(t)
	p.Target = "another"
	for _, c := range rank(t, candidate.Input{Source: source(t), Target: target(t), Precedents: []candidate.Precedents{p}}) {
		if len(c.Evidence) > 0 {
			t.Errorf("evidence for %s: %+v", c.Element.ID, c.Evidence)
		}
	}
}

func TestAProfileFindsThePrecedentsOfItsOwnSubcategories(t *testing.T) {
	csf := framework(t, "csf", "2.0", corpus.Element{ID: "GV.OC-01", Kind: corpus.KindSubcategory, Text: "Nothing in common."})
	in := candidate.Input{
		Source: framework(t, "cyber-ai-profile", "iprd",
			corpus.Element{ID: "GV.OC-01", Kind: corpus.KindSubcategory, Text: "Other words."},
			corpus.Element{ID: "GV.OC-01#secure", Kind: corpus.KindCell, Parent: "GV.OC-01", Focus: "secure", Text: "More words."},
			corpus.Element{ID: "GV.OC-01#defend", Kind: corpus.KindCell, Parent: "GV.OC-01", Focus: "defend", Generic: "standard practices apply"}),
		Target: target(t),
		Precedents: []candidate.Precedents{{Set: "official", Target: "own", Framework: csf,
			Pairs: map[string][]string{"GV.OC-01": {"VI-1"}}}},
	}
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}

	for i, want := range []float64{1, 0.6, 1} {
		ranked := r.Rank(in.Source.Elements[i])
		c := ranked[place(ranked, "VI-1")]
		if len(c.Evidence) != 1 || c.Evidence[0].Similarity != want {
			t.Errorf("%s: evidence %+v, want similarity %v", in.Source.Elements[i].ID, c.Evidence, want)
		}
	}
}

func TestKindsThatDoNotExistAreNamed(t *testing.T) {
	_, err := candidate.New(candidate.Input{Source: source(t), Target: target(t), Kinds: []string{"mitigation"}})
	if err == nil || !strings.Contains(err.Error(), "mitigation") || !strings.Contains(err.Error(), "enhancement") {
		t.Errorf("error %v: want it to name the kind and those there are", err)
	}
}

func TestARankingRepeats(t *testing.T) {
	in := candidate.Input{Source: source(t), Target: target(t), Precedents: []candidate.Precedents{published(t)}}
	first := rank(t, in)
	for range 20 {
		again := rank(t, in)
		for i := range first {
			if first[i].Element.ID != again[i].Element.ID || first[i].Score != again[i].Score {
				t.Fatalf("place %d: %s %v, then %s %v", i, first[i].Element.ID, first[i].Score, again[i].Element.ID, again[i].Score)
			}
		}
	}
}

func TestSourcesMayBeRankedAtTheSameTime(t *testing.T) {
	mine := framework(t, "mine", "1",
		corpus.Element{ID: "A", Text: "Stored records are encrypted."},
		corpus.Element{ID: "B", Text: "Visitors are escorted."},
		corpus.Element{ID: "C", Text: "Backups exist."},
		corpus.Element{ID: "D", Text: "Staff know phishing."})
	precedents := candidate.Precedents{Set: "set", Framework: source(t), Target: "own", Pairs: map[string][]string{"A": {"CR-1"}}}
	r, err := candidate.New(candidate.Input{Source: mine, Target: target(t), Precedents: []candidate.Precedents{precedents}})
	if err != nil {
		t.Fatal(err)
	}
	var alone, together [4][]crosswalk.Candidate
	var ranking sync.WaitGroup
	for i, s := range mine.Elements {
		ranking.Go(func() { together[i] = r.Rank(s) })
		ranking.Go(func() { r.Explain(s) })
	}
	ranking.Wait()
	for i, s := range mine.Elements {
		alone[i] = r.Rank(s)
	}
	if !reflect.DeepEqual(alone, together) {
		t.Errorf("ranked %v together, %v alone", together, alone)
	}
}
