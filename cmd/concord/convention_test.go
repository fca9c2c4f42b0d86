package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/convention"
	"concord/crosswalk/llm"
	"concord/eval"
	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// shop returns two frameworks of n elements, no two of which read alike, and
// their convention: element i of the source is typed with element i of the
// target, and with the one after it.
func shop(t *testing.T, n int) (source, target *corpus.Framework, c *convention.Convention) {
	t.Helper()
	source, target = &corpus.Framework{Name: "s", Edition: "1"}, &corpus.Framework{Name: "t", Edition: "1"}
	var rows []convention.Row
	for i := range n {
		text := fmt.Sprintf("word%da word%db word%dc word%dd", i, i, i, i)
		source.Elements = append(source.Elements, corpus.Element{ID: fmt.Sprintf("S-%d", i), Kind: corpus.KindControl, Text: text})
		target.Elements = append(target.Elements, corpus.Element{ID: fmt.Sprintf("T-%d", i), Kind: corpus.KindControl, Text: text})
		rows = append(rows, convention.Row{Source: fmt.Sprintf("S-%d", i), Target: fmt.Sprintf("T-%d", i), Relation: crosswalk.SubsetOf},
			convention.Row{Source: fmt.Sprintf("S-%d", i), Target: fmt.Sprintf("T-%d", (i+1)%n), Relation: crosswalk.IntersectsWith})
	}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	c, _, err := convention.Learn("shop", "", rows, source, target)
	if err != nil {
		t.Fatal(err)
	}
	return source, target, c
}

type typerFunc func(source corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error)

func (f typerFunc) Type(_ context.Context, source corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error) {
	return f(source, targets)
}

// always types every pair by one relation.
func always(r crosswalk.Relation) typerFunc {
	return func(_ corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error) {
		out := map[string]crosswalk.Relation{}
		for _, t := range targets {
			out[t.ID] = r
		}
		return out, nil
	}
}

func quiet(int, int) {}

// TestNoPartIsTypedByWhatItHolds has one who follows the convention look for the
// sources under question in it.
func TestNoPartIsTypedByWhatItHolds(t *testing.T) {
	source, target, c := shop(t, 11)
	exam := typingExam{source: source, target: target, workers: 3, progress: quiet}
	result := tested{Folds: 4, Seed: 7}
	if err := exam.fold(&result, c); err != nil {
		t.Fatal(err)
	}
	exam.typer = func(c *convention.Convention) (typer, error) {
		if c == nil {
			return always(crosswalk.Equal), nil
		}
		return typerFunc(func(s corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error) {
			for _, e := range c.Examples {
				if e.Source.ID == s.ID {
					t.Errorf("%s is typed by its own answer", s.ID)
				}
			}
			if n := len(c.Examples); n < 2*8 || n > 2*9 || !strings.Contains(c.Summary, fmt.Sprintf("of %d decided pairs", n)) {
				t.Errorf("%d examples, summary %q", n, c.Summary)
			}
			return always(crosswalk.SubsetOf)(s, targets)
		}), nil
	}

	typed, unanswered, err := exam.run(t.Context())

	if err != nil || unanswered != 0 || len(typed) != 11 {
		t.Fatalf("%d sources, %d unanswered, %v", len(typed), unanswered, err)
	}
	for _, s := range typed {
		base, _ := s.Base.Accuracy()
		next, _ := s.New.Accuracy()
		if base != 0 || next != .5 || s.New.Pairs() != 2 {
			t.Errorf("%s: %v, then %v of %d", s.ID, base, next, s.New.Pairs())
		}
	}
}

func TestPairsWithoutAnAnswerOnBothSidesAreLeftOut(t *testing.T) {
	source, target, c := shop(t, 3)
	exam := typingExam{source: source, target: target, progress: quiet}
	if err := exam.fold(&tested{Folds: 3}, c); err != nil {
		t.Fatal(err)
	}
	exam.typer = func(c *convention.Convention) (typer, error) {
		return typerFunc(func(s corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error) {
			out, _ := always(crosswalk.SubsetOf)(s, targets)
			if s.ID == "S-0" || c == nil {
				delete(out, "T-1")
			}
			return out, nil
		}), nil
	}

	typed, unanswered, err := exam.run(t.Context())

	pairs := 0
	for _, s := range typed {
		pairs += s.Base.Pairs()
	}
	if err != nil || unanswered != 2 || pairs != 4 { // T-1 stands in two of the six
		t.Errorf("%d pairs, %d unanswered, %v", pairs, unanswered, err)
	}
}

func TestAnExamEndsWithItsFirstError(t *testing.T) {
	source, target, c := shop(t, 3)
	exam := typingExam{source: source, target: target, progress: quiet}
	if err := exam.fold(&tested{Folds: 2}, c); err != nil {
		t.Fatal(err)
	}
	away := errors.New("the endpoint is away")
	exam.typer = func(*convention.Convention) (typer, error) {
		return typerFunc(func(corpus.Element, []corpus.Element) (map[string]crosswalk.Relation, error) { return nil, away }), nil
	}

	if _, _, err := exam.run(t.Context()); !errors.Is(err, away) {
		t.Error(err)
	}
}

func TestATestOfAConventionSaysWhatItCameTo(t *testing.T) {
	pair := func(expert, said crosswalk.Relation) (m eval.Confusion) { m.Add(expert, said); return m }
	var better []eval.TypedSource
	for i := range 20 {
		better = append(better, eval.TypedSource{ID: fmt.Sprint(i), Base: pair(crosswalk.SubsetOf, crosswalk.IntersectsWith), New: pair(crosswalk.SubsetOf, crosswalk.SubsetOf)})
	}
	worse := make([]eval.TypedSource, len(better))
	for i, s := range better {
		worse[i] = eval.TypedSource{ID: s.ID, Base: s.New, New: s.Base}
	}
	for want, sources := range map[string][]eval.TypedSource{
		"agrees more with the people who made it.":                     better,
		"agrees less with the people who made it: do not use it as it": worse,
		"No difference is significant.":                                better[:3:3],
		"Nothing can be said: there are too few sources.":              better[:2],
	} {
		if want == "No difference is significant." {
			sources = append(sources, worse[4:8]...)
		}
		r := tested{Convention: "shop (0123456789ab)", Model: "m\x1b[2J", Folds: 5, Unanswered: 3, TypingComparison: eval.CompareTyping(sources, rand.New(rand.NewPCG(1, 0)))}
		var b strings.Builder
		if err := r.print(&b); err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{want, "3 pairs left out: there is no usable answer", "strict IR 8477"} {
			if !strings.Contains(b.String(), w) {
				t.Errorf("lacks %q:\n%s", w, b.String())
			}
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Error("the name of the model moves the cursor")
		}
	}
}

// library writes two tables and the pairs that somebody decided.
func library(t *testing.T) {
	t.Helper()
	policy, checklist, decided := "id,text\n", "id,text\n", "source_id,target_id,relationship\n"
	for i, words := range []string{"loans register desk", "late items charge", "rare books supervision", "card photograph borrower", "damaged shelf repair",
		"closing windows locked", "keys numbered signed", "water food stacks", "fire drill staff", "catalogue backup night"} {
		policy += fmt.Sprintf("P-%d,%s %s.\n", i, []string{"Write down whatever happens to", "Somebody looks every morning at"}[i%2], words)
		checklist += fmt.Sprintf("C-%d,Look after %s.\n", i, words)
		decided += fmt.Sprintf("P-%d,C-%d,%s\n", i, i, []crosswalk.Relation{crosswalk.SubsetOf, crosswalk.SupersetOf}[i%2])
	}
	for name, content := range map[string]string{"policy.csv": policy, "checklist.csv": checklist, "decided.csv": decided} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var learnLibrary = []string{"convention", "learn", "--name", "library", "--from", "policy.csv", "--to", "checklist.csv", "--labels", "decided.csv"}

func TestTheModelOfTheSettingsDraftsTheSummary(t *testing.T) {
	api := &mockapi.Server{Key: secret, Reply: func(body []byte) string {
		if !strings.Contains(string(body), `\"decided\"`) {
			return `{"state": "ready"}`
		}
		return `{"summary": "They call every task a part."}`
	}}
	model(t, api)
	library(t)

	code, stdout, stderr := call(t, learnLibrary...)

	if code != exitOK || !strings.Contains(stdout, "Summary, drafted by judge-model:\n  They call every task a part.\n") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := call(t, learnLibrary...); code != exitOK || !strings.Contains(stderr, "nothing changed") || api.Stats().Requests != 2 {
		t.Errorf("again: exit code %d after %d requests: %s", code, api.Stats().Requests, stderr)
	}
	if code, stdout, _ := call(t, append(learnLibrary, "--judge", "local")...); code != exitOK || !strings.Contains(stdout, "Summary, counted:") || api.Stats().Requests != 2 {
		t.Errorf("declined: exit code %d after %d requests: %s", code, api.Stats().Requests, stdout)
	}
}

func TestASummaryThatNobodyCanReadIsCounted(t *testing.T) {
	model(t, &mockapi.Server{Key: secret, Fault: mockapi.Always(mockapi.Prose)})
	library(t)

	code, stdout, stderr := call(t, learnLibrary...)

	if code != exitOK || !strings.Contains(stdout, "Summary, counted:") || !strings.Contains(stderr, "the model drafted no summary of library") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestAnEndpointThatIsAwayLearnsNothing(t *testing.T) {
	model(t, &mockapi.Server{Key: secret, Fault: mockapi.Always(mockapi.Unavailable)})
	library(t)

	if code, _, stderr := call(t, learnLibrary...); code != exitFailed || !strings.Contains(stderr, "503") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, "convention", "show"); code != exitUsage || !strings.Contains(stderr, "there is no convention yet") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestTooFewSourcesEndATestBeforeAnythingIsAsked(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	library(t)
	if code, _, stderr := call(t, append(learnLibrary, "--judge", "local", "--hold-out", "0.5")...); code != exitOK {
		t.Fatal(stderr)
	}

	code, _, stderr := call(t, "convention", "test", "library", "--from", "policy.csv", "--to", "checklist.csv")

	if code != exitTooFew || !strings.Contains(stderr, "5 sources to type") || api.Stats().Requests != 0 {
		t.Errorf("exit code %d after %d requests: %s", code, api.Stats().Requests, stderr)
	}
}

// A parrot plays a model that types pairs as the decided pair with the most words
// of the source is typed, and intersects_with without a convention.
func parrot(t *testing.T) func(body []byte) string {
	return func(body []byte) string {
		var req struct {
			Messages []struct{ Role, Content string }
		}
		var task struct {
			Candidates []struct{ ID string }
			Source     convention.Text
			Convention *convention.Shown
		}
		if err := json.Unmarshal(body, &req); err != nil || len(req.Messages) != 2 || json.Unmarshal([]byte(req.Messages[1].Content), &task) != nil {
			return `{"state": "ready"}`
		}
		relation, most := crosswalk.IntersectsWith, 0
		if c := task.Convention; c != nil {
			if !strings.Contains(req.Messages[0].Content, "convention") || c.Summary == "" {
				t.Error("the model is not told what a convention is")
			}
			for _, e := range c.Decided {
				if e.Source.ID == task.Source.ID {
					t.Errorf("%s is shown its answer", e.Source.ID)
				}
				n := 0
				for _, w := range strings.Fields(e.Source.Text) {
					if strings.Contains(task.Source.Text, w) {
						n++
					}
				}
				if n > most {
					relation, most = e.Relation, n
				}
			}
		}
		var related []string
		for _, c := range task.Candidates {
			related = append(related, fmt.Sprintf(`{"id":%q,"source_only":"","target_only":"","relation":%q,"rationale_type":"semantic",`+
				`"rationale":"r","source_quote":"","target_quote":"","probability":0.9}`, c.ID, relation))
		}
		return `{"related":[` + strings.Join(related, ",") + `],"unrelated":[],"cannot_tell":[]}`
	}
}

func TestAConventionMakesAModelAgreeWithThoseWhoMadeIt(t *testing.T) {
	api := &mockapi.Server{Key: secret, Reply: parrot(t)}
	model(t, api)
	library(t)
	if code, _, stderr := call(t, append(learnLibrary, "--judge", "local")...); code != exitOK {
		t.Fatal(stderr)
	}
	test := []string{"convention", "test", "library", "--from", "policy.csv", "--to", "checklist.csv"}

	code, stdout, stderr := call(t, append(test, "--json")...)

	var r tested
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	if r.Pairs != 10 || r.Sources != 10 || r.Folds != 5 || r.Model != "judge-model" || !strings.HasPrefix(r.Convention, "library (") {
		t.Errorf("%+v", r)
	}
	for _, m := range r.Measures {
		if m.Base.Value != 0 || m.New.Value != 1 || m.Holm > eval.Significant {
			t.Errorf("%+v", m)
		}
	}
	before := api.Stats().Requests
	code, stdout, stderr = call(t, test...)
	if code != exitOK || !strings.Contains(stdout, "agrees more with the people who made it") || !strings.Contains(stdout, "in 5 parts, each typed with what the others hold") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if again := api.Stats().Requests - before; again != 1 { // whether the model answers
		t.Errorf("%d requests for what was answered before", again)
	}
}

func TestAConventionThatAModelSummedUpIsSummedUpAnewForEachPart(t *testing.T) {
	summaries := 0
	typing := parrot(t)
	api := &mockapi.Server{Key: secret, Reply: func(body []byte) string {
		if strings.Contains(string(body), `\"decided\"`) && !strings.Contains(string(body), `\"candidates\"`) {
			summaries++
			return `{"summary": "They write down what is a part."}`
		}
		return typing(body)
	}}
	model(t, api)
	t.Setenv("CONCORD_ENDPOINT_CONCURRENCY", "1")
	library(t)
	if code, _, stderr := call(t, learnLibrary...); code != exitOK || summaries != 1 {
		t.Fatalf("%d summaries: %s", summaries, stderr)
	}

	code, stdout, stderr := call(t, "convention", "test", "library", "--from", "policy.csv", "--to", "checklist.csv", "--folds", "2")

	if code != exitOK || summaries != 3 {
		t.Errorf("exit code %d, %d summaries: %s%s", code, summaries, stdout, stderr)
	}
}

func TestHeldOutPairsAreTypedUnderTheConventionAsItIs(t *testing.T) {
	api := &mockapi.Server{Key: secret, Reply: parrot(t)}
	model(t, api)
	library(t)
	if code, _, stderr := call(t, append(learnLibrary, "--judge", "local", "--hold-out", "0.7")...); code != exitOK {
		t.Fatal(stderr)
	}

	code, stdout, stderr := call(t, "convention", "test", "library", "--from", "policy.csv", "--to", "checklist.csv", "--labels", "decided.csv", "--json")

	var r tested
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || r.Pairs != 7 || r.Known != 3 || r.Labels != "decided.csv" || r.Folds != 0 {
		t.Errorf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
}

// elsewhere is an endpoint that is not on this machine.
type elsewhere struct{ ask.Chatter }

func (elsewhere) Loopback() bool { return false }

func TestTextsThatMustStayAreShownToNoModelElsewhere(t *testing.T) {
	_, _, c := shop(t, 3)
	if err := mayLeave(c, elsewhere{}); err != nil {
		t.Error(err)
	}
	c.Local = true
	if err := mayLeave(c, elsewhere{}); err == nil || !strings.Contains(err.Error(), "must not leave this machine") {
		t.Error(err)
	}
	here, err := endpoint.New(endpoint.Config{BaseURL: "http://127.0.0.1:1/v1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := mayLeave(c, here); err != nil {
		t.Error(err)
	}
}

func TestNoModelElsewhereSumsUpTextsThatMustStay(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	t.Setenv("CONCORD_ENDPOINT_URL", "https://models.invalid/v1")
	library(t)
	if code, _, stderr := call(t, "corpus", "import", "policy.csv", "--local"); code != exitOK {
		t.Fatal(stderr)
	}
	learn := []string{"convention", "learn", "--name", "library", "--from", "policy", "--to", "checklist.csv", "--labels", "decided.csv"}

	code, stdout, stderr := call(t, learn...)

	if code != exitOK || !strings.Contains(stdout, "Summary, counted:") || !strings.Contains(stderr, "must not leave this machine: use a model on localhost: the summary is counted") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := call(t, append(learn, "--judge", "llm")...); code != exitUsage || !strings.Contains(stderr, "must not leave this machine") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, "convention", "test", "library", "--to", "checklist.csv"); code != exitUsage || !strings.Contains(stderr, "must not leave this machine") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, stdout, _ := call(t, "convention", "show", "library"); !strings.Contains(stdout, "its texts must not leave this machine") {
		t.Error(stdout)
	}
}

func TestStrictSetTheoryHasOneName(t *testing.T) {
	if convention.Strict != llm.Strict {
		t.Errorf("%q and %q", convention.Strict, llm.Strict)
	}
}

// TestTypedLabelsOfDifferentMakersAreNeverPooled evaluates two label sets whose
// makers type the same pairs differently: the figures of each are the same
// beside the other as alone, and there is none over both.
func TestTypedLabelsOfDifferentMakersAreNeverPooled(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	library(t)
	one, other := "source_id,target_id,relationship\n", "source_id,target_id,relationship\n"
	for i := range 10 {
		one += fmt.Sprintf("P-%d,C-%d,intersects_with\n", i, i)
		other += fmt.Sprintf("P-%d,C-%d,superset_of\n", i, i)
	}
	set := "  - {name: %[1]s, from: policy.csv, to: checklist.csv, labels: %[1]s.csv}\n"
	for name, content := range map[string]string{
		"one.csv": one, "other.csv": other, "sets.yaml": "sets:\n" + fmt.Sprintf(set, "one") + fmt.Sprintf(set, "other"),
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	measure := func(more ...string) eval.Results {
		code, stdout, stderr := call(t, append([]string{"eval", "--sets", "sets.yaml", "--json"}, more...)...)
		if code != exitOK {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		return resultsOf(t, stdout)
	}

	both := measure()

	if len(both.Sets) != 2 {
		t.Fatalf("%d sets, want the two and none over both", len(both.Sets))
	}
	accuracy := map[string]float64{}
	for i, name := range []string{"one", "other"} {
		together, _ := both.Sets[i].Score(systemConcord)
		alone, _ := measure("--set", name).Sets[0].Score(systemConcord)
		for _, metric := range []string{"relation_accuracy", "relation_macro_f1", "relation_credit", "overclaim"} {
			a, says := together.Value(metric)
			if b, _ := alone.Value(metric); a != b || !says {
				t.Errorf("%s of %s: %v beside the other, %v alone", metric, name, a, b)
			}
		}
		accuracy[name], _ = together.Value("relation_accuracy")
	}
	if accuracy["one"] == accuracy["other"] {
		t.Errorf("both makers are agreed with alike, %v: the test cannot tell whether they were pooled", accuracy["one"])
	}
}
