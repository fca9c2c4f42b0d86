package endpoint_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// serve starts a server and returns a client of it that is quick to retry.
func serve(t *testing.T, h http.Handler, change func(*endpoint.Config)) *endpoint.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second}
	if change != nil {
		change(&c)
	}
	client, err := endpoint.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func hello(model string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{Model: model, Messages: []openai.ChatCompletionMessage{{Role: "user", Content: "hello"}}}
}

func TestNewRefusesBaseURLsThatAreUnsafeOrUnusable(t *testing.T) {
	for url, want := range map[string]string{
		"":                                "no base URL",
		"api.example.com/v1":              "not a URL with a host",
		"http://api.example.com/v1":       "must be reached by https",
		"http://192.168.1.5:8000/v1":      "must be reached by https",
		"http://localhost.example.com/v1": "must be reached by https",
		"ftp://api.example.com/v1":        "want https",
		"https://me:pw@api.example.com":   "user or a password",
		"https://api.example.com?key=pw1": "must end before",
		"https://api.example.com:port/v1": "not a URL with a host",
	} {
		_, err := endpoint.New(endpoint.Config{BaseURL: url})

		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", url, err, want)
		} else if strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: error shows a secret: %v", url, err)
		}
	}
}

func TestLoopbackIsThisMachineOnly(t *testing.T) {
	for url, want := range map[string]bool{
		"http://localhost:11434/v1":         true,
		"http://LOCALHOST/v1":               true,
		"http://127.0.0.1:1/v1":             true,
		"http://127.9.9.9/v1":               true,
		"http://[::1]:8080/v1":              true,
		"http://[::ffff:127.0.0.1]:8080/v1": true,
		"https://api.example.com/v1":        false,
		"https://localhost.example.com/v1":  false,
		"https://10.0.0.1/v1":               false,
	} {
		c, err := endpoint.New(endpoint.Config{BaseURL: url})

		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if c.Loopback() != want {
			t.Errorf("%s: loopback %v", url, c.Loopback())
		}
	}
}

func TestFaultsThatPassAreRetried(t *testing.T) {
	for _, f := range []mockapi.Fault{
		mockapi.RateLimited, mockapi.Unavailable, mockapi.Reset, mockapi.Empty, mockapi.Truncated,
		mockapi.ErrorIn200, mockapi.NoChoices, mockapi.Stall,
	} {
		api := &mockapi.Server{Fault: mockapi.First(f, f)}
		c := serve(t, api, func(c *endpoint.Config) { c.Timeout = 200 * time.Millisecond })

		res, err := c.Chat(t.Context(), hello("m"))

		if err != nil || res.Choices[0].Message.Content != "hello" {
			t.Errorf("%s: %v", f, err)
		}
		if n := api.Stats().Requests; n != 3 {
			t.Errorf("%s: %d requests, want 3", f, n)
		}
	}
}

func TestFaultsThatStayAreNotRetried(t *testing.T) {
	for f, want := range map[mockapi.Fault]struct {
		fatal bool
		say   string
	}{
		mockapi.HTML:       {true, "answered text/html, not JSON: is the base URL right? it usually ends in /v1"},
		mockapi.NoModel:    {true, "answered 404: is the model name right"},
		mockapi.NoQuota:    {true, "quota of this key is used up"},
		mockapi.Redirect:   {true, "sending us to http://elsewhere.example, which is not followed"},
		mockapi.BadRequest: {false, "answered 400 bad request: this request is too long"},
	} {
		api := &mockapi.Server{Fault: mockapi.Always(f)}
		c := serve(t, api, nil)

		_, err := c.Chat(t.Context(), hello("m"))

		var e *endpoint.Error
		if !errors.As(err, &e) || e.Fatal != want.fatal || !strings.Contains(err.Error(), want.say) {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), "127.0.0.1:") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q is not one line that begins with the host", f, err)
		}
		if n := api.Stats().Requests; n != 1 {
			t.Errorf("%s: %d requests", f, n)
		}
	}
}

func TestRetriesEndAfterTheGivenAttempts(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.Always(mockapi.Unavailable)}
	c := serve(t, api, func(c *endpoint.Config) { c.Attempts = 4 })

	_, err := c.Chat(t.Context(), hello("m"))

	var e *endpoint.Error
	if !errors.As(err, &e) || e.Status != 503 || e.Fatal || !strings.Contains(err.Error(), "(attempt 4 of 4)") {
		t.Errorf("got %v", err)
	}
	if n := api.Stats().Requests; n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestAServerThatIsNotThereIsFatal(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := endpoint.New(endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}

	_, err = c.Chat(t.Context(), hello("m"))

	var e *endpoint.Error
	if !errors.As(err, &e) || !e.Fatal || !strings.Contains(err.Error(), "could not be reached") {
		t.Errorf("got %v", err)
	}
}

func TestAHostWithoutAddressIsNotAskedTwice(t *testing.T) {
	c, err := endpoint.New(endpoint.Config{BaseURL: "https://nowhere.invalid/v1", Backoff: time.Minute, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	_, err = c.Chat(ctx, hello("m"))

	var e *endpoint.Error
	if errors.Is(err, context.DeadlineExceeded) {
		t.Skip("the resolver here does not say that a name does not exist")
	}
	if !errors.As(err, &e) || !e.Fatal || !strings.Contains(err.Error(), "nowhere.invalid has no address") {
		t.Errorf("%v", err)
	}
}

func TestARefusedKeyIsFatalAndNeverShown(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	var log bytes.Buffer
	for name, api := range map[string]*mockapi.Server{
		"wrong key":                {Key: "sk-another-key"},
		"server that repeats it":   {Fault: mockapi.Always(mockapi.EchoKey)},
		"server that then goes on": {Fault: mockapi.First(mockapi.Unavailable, mockapi.EchoKey)},
	} {
		c := serve(t, api, func(c *endpoint.Config) {
			c.Key, c.KeyVariable = key+"\n", "MY_KEY"
			c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})

		_, err := c.Chat(t.Context(), hello("m"))

		var e *endpoint.Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "very-secret") || strings.Contains(log.String(), "very-secret") {
			t.Errorf("%s: the key shows:\n%v\n%s", name, err, log.String())
		}
		if name == "wrong key" && (!e.Fatal || !strings.Contains(err.Error(), "refused the key (set it in $MY_KEY)")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(log.String(), "asking again") {
		t.Error("the retry was not logged, so the log proves nothing")
	}
}

func TestAnAnswerThatRepeatsTheKeyComesWithoutIt(t *testing.T) {
	const key = "sk-very/secret-0123456789"
	for name, spelled := range map[string]string{
		"plain":    key,
		"escaped":  `sk\u002dvery/secret-0123456789`,
		"slash":    `sk-very\/secret-0123456789`,
		"whole":    `\u0073k-very/secret-\u0030123456789`,
		"and more": `<\u003c ` + key,
	} {
		c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"choices":[{"message":{"content":"your key is `+spelled+`"}}]}`)
		}), func(c *endpoint.Config) { c.Key = key })

		res, err := c.Chat(t.Context(), hello("m"))

		if err != nil || !strings.HasSuffix(res.Choices[0].Message.Content, "[key]") {
			t.Errorf("%s: %v %+v", name, err, res)
		}
	}
}

func TestAKeyWithALineBreakInsideIsRefusedUnseen(t *testing.T) {
	_, err := endpoint.New(endpoint.Config{BaseURL: "https://api.example.com/v1", Key: "sk-abc\nX-Evil: 1"})

	if err == nil || strings.Contains(err.Error(), "sk-abc") {
		t.Errorf("got %v", err)
	}
}

func TestTemperatureZeroIsSentAsZeroExceptToModelsThatReason(t *testing.T) {
	for model, want := range map[string]string{
		"llama3.1":       `"temperature":0`,
		"o200k-base":     `"temperature":0`,
		"gpt-5-mini":     "",
		"openai/gpt-5.2": "",
		"o3":             "",
		"gpt-6-astra":    "",
	} {
		api := &mockapi.Server{}
		c := serve(t, api, nil)
		req := hello(model)
		req.MaxTokens = 100

		if _, err := c.Chat(t.Context(), req); err != nil {
			t.Fatalf("%s: %v", model, err)
		}

		body := string(api.LastBody())
		if has := strings.Contains(body, `"temperature":0,`); has != (want != "") || !has && strings.Contains(body, "temperature") {
			t.Errorf("%s: sent %s", model, body)
		}
		if limit := `"max_tokens":100`; strings.Contains(body, limit) != (want != "") {
			t.Errorf("%s: sent %s", model, body)
		}
	}
}

func TestAModelThatRefusesATemperatureIsAskedWithoutFromThenOn(t *testing.T) {
	requests := 0
	api := &mockapi.Server{}
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(`"temperature"`)) {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":{"message":"Unsupported value: 'temperature' does not support 0","type":"invalid_request_error"}}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		api.ServeHTTP(w, r)
	}), nil)

	for range 3 {
		if _, err := c.Chat(t.Context(), hello("new-model")); err != nil {
			t.Fatal(err)
		}
	}

	if requests != 4 {
		t.Errorf("%d requests for 3 calls, want 4", requests)
	}
}

func TestACancelledCallStopsAtOnce(t *testing.T) {
	for _, f := range []mockapi.Fault{mockapi.Stall, mockapi.RateLimited} {
		api := &mockapi.Server{Fault: mockapi.Always(f), RetryAfter: "60"}
		c := serve(t, api, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()

		_, err := c.Chat(ctx, hello("m"))

		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
			t.Errorf("%s: %v after %v", f, err, time.Since(start))
		}
	}
}

func TestJSONThatIsNotOfThisAPIIsFatal(t *testing.T) {
	for name, body := range map[string]string{
		"other shape": `{"choices": "none"}`,
		"array":       `[1, 2]`,
		"text":        `Ollama is running`,
	} {
		c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }), nil)

		_, err := c.Chat(t.Context(), hello("m"))

		var e *endpoint.Error
		if !errors.As(err, &e) || !e.Fatal || !strings.Contains(err.Error(), "JSON") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsAreFitForATerminal(t *testing.T) {
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"error":{"message":"no\u001b[2J\n\u202egood `+strings.Repeat("long ", 500)+`"}}`)
	}), nil)

	_, err := c.Chat(t.Context(), hello("m"))

	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n\u202e") || len(err.Error()) > 400 {
		t.Errorf("%q", err)
	}
}

func TestClipCutsAtAWord(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 10, "short"},
		{"one two three", 12, "one two…"},
		{"one two three", 10, "one two…"},
		{"unbreakable", 8, "unbre…"},
		{"ééééé", 6, "é…"},
		{"", 0, ""},
		{"abc", 1, "…"},
	} {
		if got := endpoint.Clip(c.in, c.limit); got != c.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

// The zero that stands for a temperature must survive the library's encoder as
// the bytes that are looked for.
func TestSmallestTemperatureIsTheOneTheLibraryDocuments(t *testing.T) {
	var tiny float32 = 1e-45
	if tiny != math.SmallestNonzeroFloat32 {
		t.Errorf("%g", tiny)
	}
}

func TestWhatManyRequestsMeetIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	c := serve(t, &mockapi.Server{Fault: mockapi.Always(mockapi.Unavailable)}, func(c *endpoint.Config) {
		c.Attempts, c.Log = 3, slog.New(slog.NewTextHandler(&log, nil))
	})

	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := c.Chat(t.Context(), hello("m")); err == nil {
				t.Error("answered")
			}
		})
	}
	all.Wait()

	said := log.String()
	if strings.Count(said, "asking again") != 2 || !strings.Contains(said, "attempt=1 of=3") || !strings.Contains(said, "attempt=2 of=3") {
		t.Error(said)
	}
}
