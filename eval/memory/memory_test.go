package memory_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/eval/memory"
	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// remembered keeps calls in a map.
type remembered struct {
	mu    sync.Mutex
	calls map[string]ask.Call
}

func (m *remembered) Recall(_ context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	call, ok := m.calls[key]
	return call.Answer, ok, nil
}

func (m *remembered) Remember(_ context.Context, key string, call ask.Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[key] = call
	return nil
}

// A crosswalk is two frameworks and what is mapped to what.
type crosswalk struct {
	source, target *corpus.Framework
	set            corpus.LabelSet
}

func headline(t *testing.T) crosswalk {
	t.Helper()
	sets, err := builtin.LabelSets()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(sets, func(s corpus.LabelSet) bool { return s.Name == "csf-2.0-to-sp800-53-5.2.0" })
	source, err := builtin.Open(sets[i].Source)
	if err != nil {
		t.Fatal(err)
	}
	target, err := builtin.Open(sets[i].Target)
	if err != nil {
		t.Fatal(err)
	}
	return crosswalk{source, target, sets[i]}
}

func probe(t *testing.T, api *mockapi.Server, x crosswalk, change func(*memory.Options)) *memory.Probe {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	client, err := endpoint.New(endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second, Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}
	o := memory.Options{Model: "mock-1", Workers: 4, Source: x.source, Target: x.target}
	if change != nil {
		change(&o)
	}
	p, err := memory.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// names makes a model that names targets for the source it is asked about.
func names(say func(source string) []string) func(body []byte) string {
	return func(body []byte) string {
		var req struct{ Messages []struct{ Content string } }
		var asked struct {
			Source string `json:"source_id"`
		}
		if json.Unmarshal(body, &req) != nil || json.Unmarshal([]byte(req.Messages[1].Content), &asked) != nil {
			return "what?"
		}
		answer, err := json.Marshal(map[string]any{"targets": append([]string{}, say(asked.Source)...)})
		if err != nil {
			return err.Error()
		}
		return string(answer)
	}
}

func run(t *testing.T, api *mockapi.Server, x crosswalk) memory.Report {
	t.Helper()
	recollections, err := probe(t, api, x, nil).Run(t.Context(), x.set)
	if err != nil {
		t.Fatal(err)
	}
	return memory.Score(recollections, rand.New(rand.NewPCG(1, 2)))
}

func TestAModelThatKnowsEverythingIsFoundOut(t *testing.T) {
	x := headline(t)
	labels := x.set.BySource()

	r := run(t, &mockapi.Server{Reply: names(func(s string) []string {
		return append([]string{strings.Replace(labels[s][0], "-", "-0", 1) + ": a title"}, labels[s]...) // another spelling, and twice
	})}, x)

	if r.Asked != 106 || r.Failed != 0 || r.Invented != 0 || r.Hits != r.Labels || r.Named != r.Labels {
		t.Errorf("%d asked, %d failed, %+v", r.Asked, r.Failed, r.Counts)
	}
	for name, m := range map[string]memory.Measure{"recall": r.Recall, "precision": r.Precision, "F1": r.F1} {
		if m.Value != 1 || m.Low != 1 || m.High != 1 || m.Floor <= 0 || m.Floor > .5 {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if r.Above.Low <= .5 || r.Above.Value != 1-r.F1.Floor {
		t.Errorf("above the floor: %+v", r.Above)
	}
}

func TestAModelThatKnowsNothingIsAtTheFloor(t *testing.T) {
	x := headline(t)

	for name, c := range map[string]struct {
		say   func(string) []string
		above float64 // at most
	}{
		"says nothing":               {func(string) []string { return nil }, 0},
		"guesses what others map to": {func(s string) []string { return popular(x.set.Pairs, s, 8) }, .008},
		// Leaving a source out makes its own labels rarer than they are.
		"says the same of all": {func(string) []string { return popular(x.set.Pairs, "", 8) }, .05},
	} {
		r := run(t, &mockapi.Server{Reply: names(c.say)}, x)

		if math.Abs(r.Above.Value) > c.above || r.Above.Low > c.above {
			t.Errorf("%s: %+v above the floor, %+v", name, r.Above, r.F1)
		}
	}
}

// popular returns the targets that the other sources are mapped to most often,
// as many; equally frequent ones in an order of their own for each source.
func popular(pairs []corpus.Pair, source string, n int) []string {
	times := map[string]int{}
	for _, p := range pairs {
		if p.Source != source {
			times[p.Target]++
		}
	}
	place := func(id string) string {
		sum := sha256.Sum256([]byte(source + " " + id))
		return string(sum[:])
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(place(a), place(b)))
	})[:n]
}

func TestInventedIDsAreCountedAndDisarmed(t *testing.T) {
	x := headline(t)

	r := run(t, &mockapi.Server{Reply: names(func(s string) []string {
		return []string{"AC-99", "AC-99", "\x1b[31mXX-1\u202e", "ac-02(03)", strings.Repeat("long ", 5000), "", "SC-7 Boundary Protection"}
	})}, x)

	first := r.Sources[0]
	if want := []string{"AC-2(3)", "SC-7"}; !reflect.DeepEqual(first.Named, want) {
		t.Errorf("named %q", first.Named)
	}
	if len(first.Invented) != 3 || first.Invented[0] != "AC-99" || first.Invented[1] != "[31mXX-1" || len(first.Invented[2]) > 80 {
		t.Errorf("invented %q", first.Invented)
	}
	if r.Invented != 3*106 || r.Named != 5*106 || r.Precision.Value != float64(r.Hits)/float64(r.Named) {
		t.Errorf("%+v", r.Counts)
	}
}

func TestRubbishIsCountedAsFailedAndNothingElse(t *testing.T) {
	x := headline(t)
	for name, api := range map[string]*mockapi.Server{
		"prose":       {Fault: mockapi.Always(mockapi.Prose)},
		"refusal":     {Fault: mockapi.Always(mockapi.Refusal)},
		"wrong form":  {Reply: func([]byte) string { return `{"targets": "AC-1"}` }},
		"null":        {Reply: func([]byte) string { return `{"targets": null}` }},
		"bad request": {Fault: mockapi.Always(mockapi.BadRequest)},
	} {
		r := run(t, api, x)

		if r.Failed != 106 || r.Asked != 106 || r.Counts != (memory.Counts{}) || r.F1 != (memory.Measure{}) {
			t.Errorf("%s: %d of %d failed, %+v", name, r.Failed, r.Asked, r.Counts)
		}
		if r.Sources[0].Failed == "" {
			t.Errorf("%s: no reason", name)
		}
	}
}

func TestFailedSourcesDoNotSpoilTheOthers(t *testing.T) {
	x := headline(t)
	labels := x.set.BySource()
	know := names(func(s string) []string { return labels[s] })

	r := run(t, &mockapi.Server{Reply: func(body []byte) string {
		if strings.Contains(string(body), "GV.") {
			return "I would rather not."
		}
		return know(body)
	}}, x)

	if r.Failed != 31 || r.Recall.Value != 1 || r.Labels >= len(x.set.Pairs) {
		t.Errorf("%d failed, recall %+v of %d", r.Failed, r.Recall, r.Labels)
	}
}

func TestAnEndpointThatWasDownIsResumedWithoutPayingTwice(t *testing.T) {
	x := headline(t)
	labels := x.set.BySource()
	kept := &remembered{calls: map[string]ask.Call{}}
	api := &mockapi.Server{
		Reply: names(func(s string) []string { return labels[s] }),
		Fault: func(n int) mockapi.Fault {
			if n > 40 && n <= 60 {
				return mockapi.Unavailable
			}
			return mockapi.None
		},
	}
	remember := func(o *memory.Options) { o.Memory = kept }

	_, err := probe(t, api, x, remember).Run(t.Context(), x.set)

	if !ask.Away(err) || !strings.Contains(err.Error(), "ask about ") {
		t.Fatalf("%v", err)
	}
	if n := api.Stats().Requests; n > 60 {
		t.Errorf("%d requests to an endpoint that is down", n)
	}
	for range 5 { // until it is up again
		var recollections []memory.Recollection
		if recollections, err = probe(t, api, x, remember).Run(t.Context(), x.set); err == nil {
			if r := memory.Score(recollections, rand.New(rand.NewPCG(1, 2))); r.Recall.Value != 1 || r.Failed != 0 {
				t.Errorf("%+v", r.Recall)
			}
			break
		}
	}
	if s := api.Stats(); err != nil || s.Answered != 106 || s.Repeats != 0 {
		t.Errorf("%v; %+v", err, s)
	}
	p := probe(t, api, x, remember)
	if _, err := p.Run(t.Context(), x.set); err != nil || p.Calls() != 0 {
		t.Errorf("%v, %d more calls", err, p.Calls())
	}
}

func TestARunEndsAtTheLimitOfCallsAndGoesOnFromThere(t *testing.T) {
	x := headline(t)
	kept := &remembered{calls: map[string]ask.Call{}}
	api := &mockapi.Server{Reply: names(func(string) []string { return nil })}
	for want := range 2 {
		_, err := probe(t, api, x, func(o *memory.Options) { o.Memory, o.Budget = kept, &ask.Budget{MaxCalls: 60} }).Run(t.Context(), x.set)
		if errors.Is(err, ask.ErrSpent) != (want == 0) {
			t.Errorf("run %d: %v", want+1, err)
		}
	}
	if s := api.Stats(); s.Requests != 106 {
		t.Errorf("%d requests", s.Requests)
	}
}

// A framework whose text may not leave the machine can be probed: none does.
func TestNoTextIsInTheQuestion(t *testing.T) {
	source := &corpus.Framework{Name: "house", Edition: "1", Title: "House Rules", Local: true, Elements: []corpus.Element{
		{ID: "H", Kind: corpus.KindCategory, Title: "Locks"},
		{ID: "H-1", Kind: corpus.KindSubcategory, Parent: "H", Title: "Keys", Text: "Keys are counted.", Guide: "By hand.", Related: []string{"H-2"}},
		{ID: "H-2", Kind: corpus.KindSubcategory, Parent: "H", Text: "Doors are shut."},
	}, References: []corpus.Reference{{Element: "H-1", ID: "Y-7"}}}
	target := &corpus.Framework{Name: "yard", Edition: "2", Local: true, Elements: []corpus.Element{
		{ID: "Y-7", Kind: corpus.KindControl, Title: "Gates", Text: "Gates are latched."}, {ID: "Y-8", Kind: corpus.KindControl, Text: "Withdrawn text.", Withdrawn: true}}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	x := crosswalk{source, target, corpus.LabelSet{Name: "s", Pairs: []corpus.Pair{{Source: "H-1", Target: "Y-7"}, {Source: "H-2", Target: "Y-8"}}}}
	api := &mockapi.Server{Reply: names(func(string) []string { return []string{"Y-8"} })}

	recollections, err := probe(t, api, x, func(o *memory.Options) { o.Workers = 1 }).Run(t.Context(), x.set)

	r := memory.Score(recollections, rand.New(rand.NewPCG(1, 2)))
	if err != nil || r.Asked != 2 || r.Labels != 2 || r.Invented != 0 || r.Hits != 1 {
		t.Errorf("%v, %+v", err, r)
	}
	var req struct {
		Messages       []struct{ Content string }
		ResponseFormat struct{ Type string } `json:"response_format"`
	}
	if err := json.Unmarshal(api.LastBody(), &req); err != nil {
		t.Fatal(err)
	}
	if got, want := req.Messages[1].Content, `{"source_framework":"House Rules","target_framework":"yard@2","source_id":"H-2"}`; got != want || req.ResponseFormat.Type != "json_schema" {
		t.Errorf("%s as %s", got, req.ResponseFormat.Type)
	}
	for _, secret := range []string{"Keys", "counted", "hand", "Locks", "Gates", "latched", "Y-7", "Y-8", "H-1"} {
		if strings.Contains(string(api.LastBody()), secret) {
			t.Errorf("the question holds %q", secret)
		}
	}
}

func TestLabelsThatDoNotFitAreRefused(t *testing.T) {
	x := headline(t)
	p := probe(t, &mockapi.Server{}, x, nil)
	for want, set := range map[string]corpus.LabelSet{
		"has no pair":              {Name: "s"},
		`has no element "nowhere"`: {Name: "s", Pairs: []corpus.Pair{{Source: "GV.OC-01", Target: "nowhere"}}},
		"stands twice":             {Name: "s", Pairs: []corpus.Pair{{Source: "GV.OC-01", Target: "AC-1"}, {Source: "GV.OC-01", Target: "AC-1"}}},
	} {
		if _, err := p.Run(t.Context(), set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for want, o := range map[string]memory.Options{
		"no model named":      {Source: x.source, Target: x.target},
		"both frameworks":     {Model: "m", Source: x.source},
		"unknown way":         {Model: "m", Source: x.source, Target: x.target, Structured: "yaml"},
		"number of workers":   {Model: "m", Source: x.source, Target: x.target, Workers: -1},
		"must not be negativ": {Model: "m", Source: x.source, Target: x.target, Budget: &ask.Budget{MaxCalls: -1}},
	} {
		if _, err := memory.New(nil, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestAWrongKeyEndsTheRun(t *testing.T) {
	x := headline(t)
	api := &mockapi.Server{Key: "another"}

	_, err := probe(t, api, x, nil).Run(t.Context(), x.set)

	if err == nil || ask.Away(err) || api.Stats().Requests > 4 {
		t.Errorf("%v after %d requests", err, api.Stats().Requests)
	}
}

func TestTheSameSeedGivesTheSameReport(t *testing.T) {
	x := headline(t)
	api := &mockapi.Server{Reply: names(func(s string) []string { return []string{"PM-9", "AC-" + fmt.Sprint(len(s)%3+1)} })}

	a, b := run(t, api, x), run(t, api, x)

	if !reflect.DeepEqual(a, b) {
		t.Error("two reports differ")
	}
}
