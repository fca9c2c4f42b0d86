package ask_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

var _ ask.Chatter = (*endpoint.Client)(nil)

// memory keeps calls in a map.
type memory struct {
	mu    sync.Mutex
	calls map[string]ask.Call
}

func (m *memory) Recall(_ context.Context, key string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	call, ok := m.calls[key]
	return call.Answer, ok, nil
}

func (m *memory) Remember(_ context.Context, key string, call ask.Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[key] = call
	return nil
}

func asker(t *testing.T, api *mockapi.Server, o ask.Options) *ask.Asker {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	client, err := endpoint.New(endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second, Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}
	o.Model = "mock-1"
	a, err := ask.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// question asks for {"colour": ...} and keeps what it reads.
func question(colour *string) ask.Question {
	return ask.Question{
		System: "rules", User: "which colour?", Name: "colour", Schema: json.RawMessage(`{"type":"object"}`), Again: "Once more.",
		Read: func(content string) error {
			raw, err := ask.Object(content, "colour")
			if err != nil {
				return err
			}
			return json.Unmarshal(raw, &struct{ Colour *string }{colour})
		},
	}
}

func blue([]byte) string { return `Well: {"colour": "blue"}` }

func TestAnAnswerIsAskedForOnce(t *testing.T) {
	api := &mockapi.Server{Reply: blue}
	a := asker(t, api, ask.Options{Memory: &memory{calls: map[string]ask.Call{}}, Prompt: "abc"})

	for range 3 {
		colour := ""
		if why, err := a.Ask(t.Context(), question(&colour)); why != "" || err != nil || colour != "blue" {
			t.Fatalf("%q %q %v", colour, why, err)
		}
	}

	if n := api.Stats().Requests; n != 1 || a.Calls() != 1 {
		t.Errorf("%d requests, %d calls", n, a.Calls())
	}
}

// overtaken is a memory in which another process has put its answer since it was
// asked for one.
type overtaken struct{ memory }

func (o *overtaken) Remember(_ context.Context, key string, call ask.Call) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	call.Answer = strings.ReplaceAll(call.Answer, "blue", "grey")
	o.calls[key] = call
	return ask.ErrKnown
}

// TestWhatIsMadeOfAnAnswerFollowsFromTheOneThatIsKept has two processes ask the same
// at the same time.
func TestWhatIsMadeOfAnAnswerFollowsFromTheOneThatIsKept(t *testing.T) {
	a := asker(t, &mockapi.Server{Reply: blue}, ask.Options{Memory: &overtaken{memory{calls: map[string]ask.Call{}}}})

	colour := ""
	why, err := a.Ask(t.Context(), question(&colour))

	if why != "" || err != nil || colour != "grey" {
		t.Errorf("%q %q %v", colour, why, err)
	}
}

// TestAKeyStaysTheSame keeps the answers in people's ledgers: a key that
// changes has them paid for again.
func TestAKeyStaysTheSame(t *testing.T) {
	m := &memory{calls: map[string]ask.Call{}}
	a := asker(t, &mockapi.Server{Reply: blue}, ask.Options{Memory: m, Prompt: "abc"})
	colour := ""
	if _, err := a.Ask(t.Context(), question(&colour)); err != nil {
		t.Fatal(err)
	}
	const want = "5d008592a47a8b88097ed1212c5b1fb95ef3c16f1a337ed711d6fbf2a6746137"
	if _, ok := m.calls[want]; !ok {
		t.Errorf("the keys are %v", m.calls)
	}
}

func TestAnAnswerThatCannotBeReadIsSentBackOnce(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.First(mockapi.Prose), Reply: blue}
	colour := ""

	why, err := asker(t, api, ask.Options{}).Ask(t.Context(), question(&colour))

	if why != "" || err != nil || colour != "blue" {
		t.Errorf("%q %q %v", colour, why, err)
	}
	if body := string(api.LastBody()); !strings.Contains(body, `That answer cannot be used: the answer holds no complete JSON object with the member \"colour\". Once more.`) {
		t.Errorf("%s", body)
	}
}

func TestAQuestionFailsAloneOrTheRunDoes(t *testing.T) {
	for fault, c := range map[mockapi.Fault]struct {
		why, err string
		away     bool
	}{
		mockapi.Prose:       {why: "the answer cannot be used, nor can the second: "},
		mockapi.Refusal:     {why: "the model refused: "},
		mockapi.CutOff:      {why: "finish_reason length"},
		mockapi.BadRequest:  {why: "no answer: "},
		mockapi.NoModel:     {err: "the model does not exist"},
		mockapi.NoQuota:     {err: "quota"},
		mockapi.Unavailable: {err: "overloaded", away: true},
		mockapi.Reset:       {err: "attempt 2 of 2", away: true},
	} {
		colour := ""
		why, err := asker(t, &mockapi.Server{Fault: mockapi.Always(fault), Reply: blue}, ask.Options{}).Ask(t.Context(), question(&colour))

		switch {
		case c.why != "" && (err != nil || !strings.Contains(why, c.why)):
			t.Errorf("%s: %q, %v", fault, why, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || ask.Away(err) != c.away):
			t.Errorf("%s: %q, %v, away %v", fault, why, err, ask.Away(err))
		}
	}
}

func TestAnotherAttemptIsAnotherQuestion(t *testing.T) {
	m := &memory{calls: map[string]ask.Call{}}
	api := &mockapi.Server{Fault: mockapi.First(mockapi.Refusal), Reply: blue}
	colour := ""

	first, err := asker(t, api, ask.Options{Memory: m}).Ask(t.Context(), question(&colour))
	if first == "" || err != nil {
		t.Fatal(first, err)
	}
	why, err := asker(t, api, ask.Options{Memory: m, Attempt: 1}).Ask(t.Context(), question(&colour))

	if why != "" || err != nil || api.Stats().Requests != 2 {
		t.Errorf("%q, %v after %d requests", why, err, api.Stats().Requests)
	}
}

func TestCallsEndAtTheirLimit(t *testing.T) {
	a := asker(t, &mockapi.Server{Fault: mockapi.Always(mockapi.Prose)}, ask.Options{Budget: &ask.Budget{MaxCalls: 1}})
	colour := ""

	_, err := a.Ask(t.Context(), question(&colour))

	if !errors.Is(err, ask.ErrSpent) || a.Calls() != 1 {
		t.Errorf("%v after %d calls", err, a.Calls())
	}
}

// TestABudgetIsNotOverdrawnByCallsUnderWay has several calls at once want what is
// left of a budget.
func TestABudgetIsNotOverdrawnByCallsUnderWay(t *testing.T) {
	b := &ask.Budget{MaxCost: .01, Prices: []ask.Price{{Model: "mock-1", Input: 1, Output: 1}}}
	api := &mockapi.Server{Latency: 50 * time.Millisecond, Reply: blue}
	a := asker(t, api, ask.Options{Budget: b})
	var done sync.WaitGroup
	var mu sync.Mutex
	spent := 0
	for i := range 8 {
		done.Go(func() {
			q := question(new(string))
			q.User = strings.Repeat("?", i+1)
			if _, err := a.Ask(t.Context(), q); errors.Is(err, ask.ErrSpent) {
				mu.Lock()
				spent++
				mu.Unlock()
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()

	if spent != 5 || api.Stats().Requests != 3 { // a call may take .003
		t.Errorf("%d refused, %d made; want 5 and 3", spent, api.Stats().Requests)
	}
	if _, err := a.Ask(t.Context(), question(new(string))); err != nil {
		t.Errorf("what was held is not given back: %v", err)
	}
}

// TestABudgetCountsAnswersWhoseTokensNobodyCounted asks an endpoint that leaves
// usage out, as some do.
func TestABudgetCountsAnswersWhoseTokensNobodyCounted(t *testing.T) {
	answer := chatFunc(func(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
		return &openai.ChatCompletionResponse{Choices: []openai.ChatCompletionChoice{{Message: openai.ChatCompletionMessage{Content: `{"colour":"blue"}`}}}}, nil
	})
	for name, b := range map[string]*ask.Budget{
		"calls": {MaxCalls: 2},
		"cost":  {MaxCost: .007, Prices: []ask.Price{{Model: "m", Input: 1, Output: 1}}}, // a call may take .003
	} {
		a, err := ask.New(answer, ask.Options{Model: "m", Budget: b})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			_, err := a.Ask(t.Context(), question(new(string)))
			if spent := errors.Is(err, ask.ErrSpent); spent != (i == 2) {
				t.Errorf("%s: call %d: %v", name, i+1, err)
			}
		}
	}
}

type chatFunc func(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error)

func (f chatFunc) Chat(ctx context.Context, r openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	return f(ctx, r)
}

func TestPricesCountCachedTokensForThemselves(t *testing.T) {
	for _, c := range []struct {
		price ask.Price
		want  float64
	}{
		{ask.Price{Input: 2, Cached: .5, Output: 8}, (600*2 + 400*.5 + 100*8) / 1e6},
		{ask.Price{Input: 2, Output: 8}, (1000*2 + 100*8) / 1e6},
		{ask.Price{}, 0},
	} {
		if got := c.price.Of(1000, 400, 100); got != c.want {
			t.Errorf("%+v: %v, want %v", c.price, got, c.want)
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add(`{"colour":"blue"}`)
	f.Add("```json\n{\"a\":1} {\"colour\":null}\n```")
	f.Add(`<think>{"colour":1}</think>{{{"colour":[]}`)
	f.Add(strings.Repeat(`{"colour":[`, 300))
	f.Fuzz(func(t *testing.T, content string) {
		raw, err := ask.Object(content, "colour")
		if err != nil {
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil || members["colour"] == nil {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
