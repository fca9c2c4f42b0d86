package ask_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/ask"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// client returns a client of a handler that gives up soon.
func client(t *testing.T, h http.Handler, change func(*endpoint.Config)) *endpoint.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second, Attempts: 2}
	if change != nil {
		change(&c)
	}
	e, err := endpoint.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func says(content string) func([]byte) string { return func([]byte) string { return content } }

func TestTheStrictestFormThatAModelKeepsToIsFound(t *testing.T) {
	schema, object := "json_schema", "json_object"
	for name, c := range map[string]struct {
		api      *mockapi.Server
		want     string
		requests int
	}{
		"enforces schemas":          {&mockapi.Server{}, ask.JSONSchema, 1},
		"thinks aloud":              {&mockapi.Server{Reply: says(`<think>{"state"?}</think> {"state": "ready"}`)}, ask.JSONSchema, 1},
		"refuses schemas":           {&mockapi.Server{Refuses: []string{schema}}, ask.JSONObject, 2},
		"ignores schemas":           {&mockapi.Server{Ignores: []string{schema}}, ask.JSONObject, 2},
		"some other JSON":           {&mockapi.Server{Reply: says(`{"answer": "yes"}`)}, ask.JSONObject, 2},
		"more than was asked for":   {&mockapi.Server{Reply: says(`{"state": "ready", "why": ""}`)}, ask.JSONObject, 2},
		"refuses both":              {&mockapi.Server{Refuses: []string{schema, object}}, ask.Prompt, 3},
		"ignores both":              {&mockapi.Server{Ignores: []string{schema, object}}, ask.Prompt, 2},
		"refuses one, ignores one":  {&mockapi.Server{Refuses: []string{schema}, Ignores: []string{object}}, ask.Prompt, 2},
		"fences":                    {&mockapi.Server{Fault: mockapi.Always(mockapi.Fenced)}, ask.Prompt, 2},
		"null":                      {&mockapi.Server{Reply: says(`null`)}, ask.Prompt, 2},
		"nothing":                   {&mockapi.Server{Reply: says(``)}, ask.Prompt, 2},
		"refuses to answer":         {&mockapi.Server{Fault: mockapi.Always(mockapi.Refusal)}, ask.Prompt, 2},
		"overloaded to begin with":  {&mockapi.Server{Fault: mockapi.First(mockapi.Unavailable)}, ask.JSONSchema, 2},
		"one vague 400, then plain": {&mockapi.Server{Fault: mockapi.First(mockapi.BadRequest)}, ask.JSONObject, 2},
	} {
		got, err := ask.Detect(t.Context(), client(t, c.api, nil), "m")

		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
		if n := c.api.Stats().Requests; n != c.requests {
			t.Errorf("%s: %d requests, want %d", name, n, c.requests)
		}
	}
}

func TestAnEndpointMayRefuseAFormWithAnyStatus(t *testing.T) {
	for status, says := range map[int]string{
		404: "No endpoints found that support response_format",
		422: "extra inputs are not permitted",
		500: "json_schema: not implemented",
		501: "structured outputs are not implemented",
	} {
		api := &mockapi.Server{}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if bytes.Contains(body, []byte(`"json_schema"`)) {
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"error":{"message":%q}}`, says)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			api.ServeHTTP(w, r)
		})

		if got, err := ask.Detect(t.Context(), client(t, h, nil), "m"); err != nil || got != ask.JSONObject {
			t.Errorf("%d: %q, %v", status, got, err)
		}
	}
}

func TestAnEndpointThatCannotBeUsedIsNoQuestionOfForms(t *testing.T) {
	for fault, c := range map[mockapi.Fault]struct {
		says     string
		requests int
	}{
		mockapi.NoModel:     {"is the model name right", 1},
		mockapi.NoQuota:     {"quota", 1},
		mockapi.HTML:        {"is the base URL right", 1},
		mockapi.Unavailable: {"overloaded (attempt 2 of 2)", 2},
		mockapi.BadRequest:  {"this request is too long", 3},
	} {
		m := &memory{calls: map[string]ask.Call{}}
		api := &mockapi.Server{Fault: mockapi.Always(fault)}
		d := ask.Detector{Chat: client(t, api, nil), Host: "h", Model: "m", Structured: ask.Auto, Memory: m}

		err := d.Ready(t.Context())

		if err == nil || !strings.Contains(err.Error(), c.says) || api.Stats().Requests != c.requests {
			t.Errorf("%s: %v after %d requests", fault, err, api.Stats().Requests)
		}
		if len(m.calls) != 0 {
			t.Errorf("%s: %v was remembered", fault, m.calls)
		}
	}
}

func TestAFormIsDetectedOnceAHostAndModel(t *testing.T) {
	m := &memory{calls: map[string]ask.Call{}}
	api := &mockapi.Server{Refuses: []string{"json_schema"}}
	d := ask.Detector{Chat: client(t, api, nil), Host: "h", Model: "m", Structured: ask.Auto, Memory: m}

	if err := d.Ready(t.Context()); err != nil || api.Stats().Requests != 2 {
		t.Fatalf("%v after %d requests", err, api.Stats().Requests)
	}
	for range 2 {
		if form, err := d.Form(t.Context()); form != ask.JSONObject || err != nil || api.Stats().Requests != 2 {
			t.Errorf("%q, %v after %d requests", form, err, api.Stats().Requests)
		}
	}
	if err := d.Ready(t.Context()); err != nil || api.Stats().Requests != 3 {
		t.Errorf("%v: asked %d times, want once more whether the model is there", err, api.Stats().Requests)
	}
	for _, other := range []ask.Detector{
		{Chat: d.Chat, Host: "h2", Model: "m", Structured: ask.Auto, Memory: m},
		{Chat: d.Chat, Host: "h", Model: "m2", Structured: ask.Auto, Memory: m},
	} {
		before := api.Stats().Requests
		if form, err := other.Form(t.Context()); form != ask.JSONObject || err != nil || api.Stats().Requests != before+2 {
			t.Errorf("%q, %v after %d more requests", form, err, api.Stats().Requests-before)
		}
	}
	for _, call := range m.calls {
		if call.Model == "" || !strings.Contains(call.Request, `"json_object"`) || !strings.Contains(call.Answer, `"structured":"json_object"`) || call.PromptTokens == 0 {
			t.Errorf("remembered %+v", call)
		}
	}
}

// TestADetectionKeepsItsKey keeps the detections in people's ledgers.
func TestADetectionKeepsItsKey(t *testing.T) {
	m := &memory{calls: map[string]ask.Call{}}
	d := ask.Detector{Chat: client(t, &mockapi.Server{}, nil), Host: "api.example.com", Model: "m", Structured: ask.Auto, Memory: m}
	if _, err := d.Form(t.Context()); err != nil {
		t.Fatal(err)
	}
	const want = "89036b136cb1250a861ebe626da9ec18547aec408c7838cef6b2dbbac6ecccdb"
	if _, ok := m.calls[want]; !ok {
		t.Errorf("the keys are %v", m.calls)
	}
}

func TestAFormThatIsSetIsNotDetectedButTried(t *testing.T) {
	for form, c := range map[string]struct {
		api  *mockapi.Server
		says string
	}{
		ask.Prompt:     {&mockapi.Server{}, ""},
		ask.JSONObject: {&mockapi.Server{Ignores: []string{"json_object"}}, ""},
		ask.JSONSchema: {&mockapi.Server{Refuses: []string{"json_schema"}}, `"json_schema" is not supported (asked for an answer in the form json_schema)`},
	} {
		d := ask.Detector{Chat: client(t, c.api, nil), Host: "h", Model: "m", Structured: form}

		err := d.Ready(t.Context())
		got, formErr := d.Form(t.Context())

		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", form, err)
		}
		if got != form || formErr != nil || c.api.Stats().Requests != 1 {
			t.Errorf("%s: %q, %v after %d requests", form, got, formErr, c.api.Stats().Requests)
		}
	}
}

func TestADetectionThatCannotBeReadIsMadeAgain(t *testing.T) {
	for _, answer := range []string{"", "{}", `{"structured":"yaml"}`, `{"structured":`} {
		api := &mockapi.Server{}
		d := ask.Detector{Chat: client(t, api, nil), Model: "m", Structured: ask.Auto, Memory: stuck{answer: answer}}

		if form, err := d.Form(t.Context()); form != ask.JSONSchema || err != nil || api.Stats().Requests != 1 {
			t.Errorf("%q: %q, %v", answer, form, err)
		}
	}
}

// A stuck memory always recalls the same, or fails.
type stuck struct {
	answer           string
	recall, remember error
}

func (s stuck) Recall(context.Context, string) (string, bool, error) { return s.answer, true, s.recall }
func (s stuck) Remember(context.Context, string, ask.Call) error     { return s.remember }

func TestAMemoryThatDoesNotKeepStopsADetection(t *testing.T) {
	full := errors.New("disk full")
	for _, m := range []stuck{{recall: full}, {remember: full}} {
		d := ask.Detector{Chat: client(t, &mockapi.Server{}, nil), Model: "m", Structured: ask.Auto, Memory: m}
		_, err := d.Form(t.Context())
		if ready := d.Ready(t.Context()); !errors.Is(err, full) || !errors.Is(ready, full) {
			t.Errorf("%v, %v", err, ready)
		}
	}
}

// TestTheKeyIsInNoLogErrorOrRememberedCall asks an endpoint that repeats the key
// wherever it can.
func TestTheKeyIsInNoLogErrorOrRememberedCall(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	var log bytes.Buffer
	m := &memory{calls: map[string]ask.Call{}}
	var all []string
	for _, fault := range []mockapi.Fault{mockapi.None, mockapi.Unavailable, mockapi.EchoKey, mockapi.Reset, mockapi.Truncated} {
		api := &mockapi.Server{Key: key, Fault: mockapi.First(fault, fault), Reply: says(`{"colour": "` + key + `"}`)}
		c := client(t, api, func(c *endpoint.Config) {
			c.Key, c.Attempts = key, 3
			c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		d := ask.Detector{Chat: c, Host: c.Host(), Model: "m", Structured: ask.Auto, Memory: m}
		all = append(all, fmt.Sprint(d.Ready(t.Context())))
		a, err := ask.New(c, ask.Options{Model: "m", Memory: m, Prompt: string(fault)})
		if err != nil {
			t.Fatal(err)
		}
		colour := ""
		why, err := a.Ask(t.Context(), question(&colour))
		all = append(all, why, fmt.Sprint(err), colour)
	}
	remembered := 0
	for k, call := range m.calls {
		remembered++
		all = append(all, k, fmt.Sprintf("%+v", call))
	}
	all = append(all, log.String())

	for _, text := range all {
		if strings.Contains(text, "very-secret") {
			t.Errorf("the key shows: %s", text)
		}
	}
	if remembered < 6 || !strings.Contains(log.String(), "asking again") || !strings.Contains(strings.Join(all, "\n"), "[key]") {
		t.Errorf("%d calls and a log of %d bytes prove little", remembered, log.Len())
	}
}

func TestCachedTokensAreCounted(t *testing.T) {
	m := &memory{calls: map[string]ask.Call{}}
	api := &mockapi.Server{Reply: blue}
	a := asker(t, api, ask.Options{Memory: m, Prompt: "abc"})
	colour := ""
	q := question(&colour)
	q.System = strings.Repeat("rules ", 100)
	for _, user := range []string{"one", "two"} {
		q.User = user
		if _, err := a.Ask(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	var cached []int
	for _, call := range m.calls {
		cached = append(cached, call.CachedTokens)
	}
	if len(cached) != 2 || cached[0]+cached[1] != 150 {
		t.Errorf("%v cached tokens", cached)
	}
}

// A parrot answers everything in the same words.
type parrot string

func (p parrot) Chat(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	return &openai.ChatCompletionResponse{Choices: []openai.ChatCompletionChoice{{Message: openai.ChatCompletionMessage{Content: string(p)}}}}, nil
}

func FuzzDetect(f *testing.F) {
	f.Add(`{"state":"ready"}`)
	f.Add("<think>{</think>\n{\"state\": \"ready\"}\n")
	f.Add("```json\n{\"state\":\"ready\"}\n```")
	f.Add(`{"state":"ready"} {}`)
	f.Add(`[{"state":"ready"}]`)
	f.Fuzz(func(t *testing.T, content string) {
		form, err := ask.Detect(t.Context(), parrot(content), "m")

		_, read := ask.Object(content, "state")
		if err != nil || form == ask.JSONSchema && read != nil || form != ask.JSONSchema && form != ask.JSONObject && form != ask.Prompt {
			t.Errorf("%q: %q, %v, %v", content, form, err, read)
		}
	})
}
