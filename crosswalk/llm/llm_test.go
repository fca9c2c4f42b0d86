package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/llm"
	"concord/internal/ask"
	"concord/internal/batch"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

var (
	_ crosswalk.Judge = (*llm.Judge)(nil)
	_ llm.Chatter     = (*endpoint.Client)(nil)
)

// frameworks are two small ones: a profile cell as source, controls as targets.
func frameworks(t testing.TB) (source, target *corpus.Framework) {
	t.Helper()
	source = &corpus.Framework{Name: "house", Edition: "1", Title: "House Rules", Elements: []corpus.Element{
		{ID: "H", Kind: corpus.KindCategory, Title: "Locks and keys"},
		{ID: "H-1", Kind: corpus.KindSubcategory, Parent: "H", Text: "Keys to the house are counted every month and lost keys are reported."},
		{ID: "H-1#secure", Kind: corpus.KindCell, Parent: "H-1", Focus: "secure", Text: "Keys that open the robot are counted every month <weekly> & lost keys are reported."},
	}}
	target = &corpus.Framework{Name: "yard", Edition: "2", Title: "Yard Code", Elements: []corpus.Element{
		{ID: "Y", Kind: corpus.KindFamily, Title: "Yard family"},
		{ID: "Y-0", Kind: corpus.KindControl, Parent: "Y", Title: "Key counts", Text: "Keys to the house are counted every month and lost keys are reported."},
		{ID: "Y-0(1)", Kind: corpus.KindEnhancement, Parent: "Y-0", Title: "Lost keys", Text: "Lost keys are reported within a day to the owner of the yard.", Related: []string{"Y-7"}},
	}}
	for i := 1; i <= 44; i++ {
		target.Elements = append(target.Elements, corpus.Element{
			ID: fmt.Sprintf("Y-%d", i), Kind: corpus.KindControl, Parent: "Y", Title: fmt.Sprintf("Rule %d", i),
			Text: fmt.Sprintf("Gardeners water bed number %d when it looks dry in summer.", i),
		})
	}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return source, target
}

func candidates(f *corpus.Framework, n int) []crosswalk.Candidate {
	var out []crosswalk.Candidate
	for i, e := range f.Mappable()[:n] {
		out = append(out, crosswalk.Candidate{Element: e, Rank: i + 1, Score: 9.87654 - float64(i)})
	}
	return out
}

func client(t testing.TB, api *mockapi.Server, change func(*endpoint.Config)) *endpoint.Client {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	c := endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second, Attempts: 3}
	if change != nil {
		change(&c)
	}
	client, err := endpoint.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func judge(t testing.TB, api *mockapi.Server, change func(*llm.Options)) *llm.Judge {
	t.Helper()
	source, target := frameworks(t)
	o := llm.Options{Models: []string{"mock-1"}, Source: source, Target: target, Stop: -1, Unasked: true}
	if change != nil {
		change(&o)
	}
	j, err := llm.New(client(t, api, nil), o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func element(t testing.TB, f *corpus.Framework, id string) corpus.Element {
	t.Helper()
	e, ok := f.Element(id)
	if !ok {
		t.Fatalf("no element %s", id)
	}
	return e
}

// memory keeps calls in a map and can be told to forget how.
type memory struct {
	mu    sync.Mutex
	calls map[string]llm.Call
	err   error
}

func (m *memory) Recall(_ context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	call, ok := m.calls[key]
	return call.Answer, ok, nil
}

func (m *memory) Remember(ctx context.Context, key string, call llm.Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	if m.calls == nil {
		m.calls = map[string]llm.Call{}
	}
	m.calls[key] = call
	return ctx.Err()
}

func TestJudgeGivesOneVerdictForEachCandidateInOrder(t *testing.T) {
	source, target := frameworks(t)
	for _, structured := range []string{"", llm.JSONSchema, llm.JSONObject, llm.Prompt} {
		api := &mockapi.Server{}
		j := judge(t, api, func(o *llm.Options) { o.Structured = structured })
		asked := candidates(target, 45)

		verdicts, err := j.Judge(t.Context(), element(t, source, "H-1"), asked)

		if err != nil || len(verdicts) != 45 {
			t.Fatalf("%q: %d verdicts, %v", structured, len(verdicts), err)
		}
		for i, v := range verdicts {
			if v.Target != asked[i].Element.ID || v.Strength != -1 || v.Origin != crosswalk.OriginLLM || v.Model != "mock-1" || len(v.Prompt) != 64 || v.Calibrated != v.Probability {
				t.Errorf("%q: verdict %d: %+v", structured, i, v)
			}
		}
		if v := verdicts[0]; v.Outcome != crosswalk.Mapped || v.Relation != crosswalk.SubsetOf || len(v.Quotes) != 2 || len(v.Flags) != 0 {
			t.Errorf("%q: first verdict %+v", structured, v)
		}
		if v := verdicts[44]; v.Outcome != crosswalk.Unrelated || v.Convention != llm.Strict || v.Agreement != nil || v.Relation != crosswalk.NoRelationship || v.Quotes != nil {
			t.Errorf("%q: last verdict %+v", structured, v)
		}
		if n := api.Stats().Requests; n != 3 || j.Calls() != 3 {
			t.Errorf("%q: %d requests for 45 candidates in blocks of 20", structured, n)
		}
	}
}

func TestQuotesPointIntoTheStoredTexts(t *testing.T) {
	source, target := frameworks(t)
	from := element(t, source, "H-1")

	verdicts, err := judge(t, &mockapi.Server{}, nil).Judge(t.Context(), from, candidates(target, 2))
	if err != nil {
		t.Fatal(err)
	}

	for _, v := range verdicts {
		text := map[crosswalk.Side]string{crosswalk.SourceSide: crosswalk.Judged(from), crosswalk.TargetSide: crosswalk.Judged(element(t, target, v.Target))}
		for _, q := range v.Quotes {
			if got := text[q.Side][q.Start:q.End]; got != q.Text || got == "" {
				t.Errorf("%s %s: %q, stored %q", v.Target, q.Side, q.Text, got)
			}
		}
	}
}

func TestTheModelSeesTextsAndContextAndNothingThatGivesTheAnswerAway(t *testing.T) {
	source, target := frameworks(t)
	source.References = []corpus.Reference{{Element: "H-1", Scheme: "yard", ID: "Y-0", Printed: "see Yard Code Y-0 SECRET"}}
	api := &mockapi.Server{}
	if _, err := judge(t, api, nil).Judge(t.Context(), element(t, source, "H-1#secure"), candidates(target, 3)); err != nil {
		t.Fatal(err)
	}
	var req struct {
		Temperature *float64
		Messages    []struct{ Role, Content string }
		Format      struct {
			Schema struct {
				Strict bool
				Schema json.RawMessage
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(api.LastBody(), &req); err != nil {
		t.Fatal(err)
	}

	if len(req.Messages) != 2 || req.Messages[0].Role != "system" || req.Messages[1].Role != "user" {
		t.Fatalf("messages %+v", req.Messages)
	}
	user := req.Messages[1].Content
	for _, want := range []string{
		`"context":["Locks and keys","Keys to the house are counted every month and lost keys are reported."]`,
		`"focus_area":"secure"`, `<weekly> & lost`, `"context":["Key counts"]`, `"target_framework":"Yard Code"`, `"source_framework":"House Rules"`,
	} {
		if !strings.Contains(user, want) {
			t.Errorf("the user message has no %s:\n%s", want, user)
		}
	}
	for _, never := range []string{"SECRET", "9.87654", "Y-7", "Yard family", `"rank"`, `"score"`} {
		if strings.Contains(user, never) {
			t.Errorf("the user message shows %s", never)
		}
	}
	if strings.Index(user, `"candidates"`) > strings.Index(user, `"source"`) {
		t.Error("the source stands before the candidates")
	}
	if req.Temperature == nil || *req.Temperature != 0 {
		t.Error("temperature is not zero")
	}
	if !req.Format.Schema.Strict || !strings.Contains(string(req.Format.Schema.Schema), `"Y-0(1)"`) || strings.Contains(string(req.Format.Schema.Schema), "CANDIDATES") {
		t.Errorf("schema %s", req.Format.Schema.Schema)
	}
	if !strings.Contains(req.Messages[0].Content, "Focus areas of the Cyber AI Profile") {
		t.Error("the rules do not explain focus areas, though the source has one")
	}
}

func TestTheOrderOfCandidatesDependsOnSeedAndSourceOnly(t *testing.T) {
	source, target := frameworks(t)
	order := func(seed int64, id string, reverse bool) []string {
		api := &mockapi.Server{}
		asked := candidates(target, 20)
		if reverse {
			slices.Reverse(asked)
		}
		j := judge(t, api, func(o *llm.Options) { o.Seed = seed })
		if _, err := j.Judge(t.Context(), element(t, source, id), asked); err != nil {
			t.Fatal(err)
		}
		var req struct{ Messages []struct{ Content string } }
		var task struct{ Candidates []struct{ ID string } }
		if err := errors.Join(json.Unmarshal(api.LastBody(), &req), json.Unmarshal([]byte(req.Messages[1].Content), &task)); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, c := range task.Candidates {
			ids = append(ids, c.ID)
		}
		return ids
	}
	first := order(1, "H-1", false)

	if !reflect.DeepEqual(first, order(1, "H-1", true)) {
		t.Error("the order depends on the ranks")
	}
	if reflect.DeepEqual(first, order(2, "H-1", false)) || reflect.DeepEqual(first, order(1, "H-1#secure", false)) {
		t.Error("the order does not depend on seed and source")
	}
}

func TestLongTextsAreShownInPart(t *testing.T) {
	source, target := frameworks(t)
	long := crosswalk.Candidate{Element: corpus.Element{ID: "L-1", Text: strings.Repeat("statement ", 100), Guide: strings.Repeat("discussion ", 5000)}}
	api := &mockapi.Server{}
	j := judge(t, api, nil)

	if _, err := j.Judge(t.Context(), element(t, source, "H-1"), append(candidates(target, 1), long)); err != nil {
		t.Fatal(err)
	}

	if n := strings.Count(string(api.LastBody()), "statement"); n < 100 {
		t.Errorf("the statement was cut: %d words", n)
	}
	if n := len(api.LastBody()); n > 15_000 {
		t.Errorf("%d bytes sent", n)
	}
}

func TestAFrameworkThatMustStayHereIsNotSentElsewhere(t *testing.T) {
	source, target := frameworks(t)
	target.Local = true
	far, err := endpoint.New(endpoint.Config{BaseURL: "https://api.example.com/v1"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := batch.New() // which somebody carries anywhere
	if err != nil {
		t.Fatal(err)
	}
	o := llm.Options{Models: []string{"m"}, Source: source, Target: target}

	for name, chat := range map[string]llm.Chatter{"hosted": far, "unknown": chatFunc(nil), "file of requests": file} {
		if _, err := llm.New(chat, o); err == nil || !strings.Contains(err.Error(), "yard@2 must not leave this machine") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := llm.New(client(t, &mockapi.Server{}, nil), o); err != nil {
		t.Errorf("localhost: %v", err)
	}
}

type chatFunc func(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error)

func (f chatFunc) Chat(ctx context.Context, r openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	return f(ctx, r)
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	source, target := frameworks(t)
	for want, o := range map[string]llm.Options{
		"no model named":     {Source: source, Target: target},
		"both frameworks":    {Models: []string{"m"}, Source: source},
		"m is named twice":   {Models: []string{"m", "n", "m"}, Source: source, Target: target},
		"unknown way":        {Models: []string{"m"}, Source: source, Target: target, Structured: "yaml"},
		"must not be negati": {Models: []string{"m"}, Source: source, Target: target, Block: -1},
		"needs the price of": {Models: []string{"m"}, Source: source, Target: target, Budget: &ask.Budget{MaxCost: 1}},
	} {
		if _, err := llm.New(chatFunc(nil), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The judge's own cost of a block of 20, with a server that answers at once.
func BenchmarkJudge(b *testing.B) {
	source, target := frameworks(b)
	j := judge(b, &mockapi.Server{}, nil)
	from, asked := element(b, source, "H-1"), candidates(target, 20)
	for b.Loop() {
		if _, err := j.Judge(b.Context(), from, asked); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWhatThePublisherMapsAnElementToIsNotInTheQuestion hides answers where a
// careless prompt would find them.
func TestWhatThePublisherMapsAnElementToIsNotInTheQuestion(t *testing.T) {
	api := &mockapi.Server{}
	var source, target *corpus.Framework
	j := judge(t, api, func(o *llm.Options) {
		source, target = o.Source, o.Target
		source.References = []corpus.Reference{{Element: "H-1", Scheme: "yard", ID: "Y-31415", Printed: "Yard Code Y-31415"}}
		target.References = []corpus.Reference{{Element: "Y-0", Scheme: "house", ID: "H-27182", Printed: "House Rules H-27182"}}
		for i := range target.Elements {
			target.Elements[i].Related = []string{"Y-16180"}
			target.Elements[i].Replaced = []string{"Y-14142"}
		}
	})
	ranked := candidates(target, 3)
	for i := range ranked {
		ranked[i].Evidence = []crosswalk.Evidence{{Source: source.Ref("H-17320"), Similarity: 1, Set: "set-22360"}}
	}

	if _, err := j.Judge(t.Context(), element(t, source, "H-1"), ranked); err != nil {
		t.Fatal(err)
	}

	body := string(api.LastBody())
	if !strings.Contains(body, "counted every month") {
		t.Fatal("the question does not hold the source")
	}
	for _, answer := range []string{"31415", "27182", "16180", "14142", "17320", "22360"} {
		if strings.Contains(body, answer) {
			t.Errorf("the question holds %s", answer)
		}
	}
}
