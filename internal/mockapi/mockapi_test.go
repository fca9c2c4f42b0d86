package mockapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"concord/internal/mockapi"
)

// post sends a chat request past the network and returns what came back.
func post(s *mockapi.Server, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/v1/chat/completions", strings.NewReader(body)))
	return w
}

const hello = `{"model":"m","messages":[{"role":"system","content":"be brief and kind"},{"role":"user","content":"hello"}]`

// content returns the content of a completion and its cached tokens.
func content(t *testing.T, w *httptest.ResponseRecorder) (string, int) {
	t.Helper()
	var r struct {
		Choices []struct{ Message struct{ Content string } }
		Usage   struct {
			Details struct {
				Cached int `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || len(r.Choices) != 1 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return r.Choices[0].Message.Content, r.Usage.Details.Cached
}

func TestAnswersTakeTheirLatencyAndTheTimeOfTheirTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &mockapi.Server{Latency: 200 * time.Millisecond, PerToken: 10 * time.Millisecond, Reply: func([]byte) string { return strings.Repeat("word", 30) }}
		start := time.Now()

		post(s, hello+"}")

		if took := time.Since(start); took != 500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestMoreThanTheAllowedRateIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &mockapi.Server{RequestsPerMinute: 60}
		refused := 0
		for range 10 {
			w := post(s, hello+"}")
			if w.Code == 429 {
				refused++
				if after := w.Header().Get("Retry-After"); after != "1" {
					t.Errorf("Retry-After %q", after)
				}
			}
		}

		if refused != 4 || s.Stats().Refused != 4 {
			t.Errorf("%d of 10 refused where 6 may come at once; %+v", refused, s.Stats())
		}
		time.Sleep(time.Second)
		if w := post(s, hello+"}"); w.Code != 200 {
			t.Errorf("%d after the wait that was asked for", w.Code)
		}
	})
}

func TestFormsOfAnswersAreKeptIgnoredOrRefused(t *testing.T) {
	const schema = `,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object",` +
		`"properties":{"a":{"enum":["one"]},"b":{"type":"array"},"c":{"type":"string"},"d":{"type":"integer"},"e":{"type":"boolean"},"f":{"type":"object"}}}}}}`
	const object = `,"response_format":{"type":"json_object"}}`
	for _, c := range []struct {
		s    *mockapi.Server
		form string
		code int
		want string
	}{
		{&mockapi.Server{}, "}", 200, "hello"},
		{&mockapi.Server{}, schema, 200, `{"a":"one","b":[],"c":"hello","d":0,"e":true,"f":{}}`},
		{&mockapi.Server{}, object, 200, `{"hello": "hello"}`},
		{&mockapi.Server{Ignores: []string{"json_schema"}}, schema, 200, "hello"},
		{&mockapi.Server{Refuses: []string{"json_schema"}}, schema, 400, "response_format"},
		{&mockapi.Server{Refuses: []string{"json_schema"}}, object, 200, `{"hello": "hello"}`},
	} {
		w := post(c.s, hello+c.form)
		if w.Code != c.code {
			t.Errorf("%d for %s", w.Code, c.form)
		} else if c.code != 200 {
			if !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s", w.Body)
			}
		} else if got, _ := content(t, w); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestASystemMessageIsCachedOnceItWasSeen(t *testing.T) {
	s := &mockapi.Server{}

	_, first := content(t, post(s, hello+"}"))
	_, second := content(t, post(s, hello+"}"))

	if first != 0 || second != len("be brief and kind")/4 {
		t.Errorf("%d cached tokens, then %d", first, second)
	}
}

func TestConnectionsAreCountedOnce(t *testing.T) {
	s := &mockapi.Server{}
	for i := range 6 {
		r := httptest.NewRequest("POST", "/v1/chat/completions", strings.NewReader(hello+"}"))
		r.RemoteAddr = fmt.Sprintf("127.0.0.1:%d", i%2)
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := s.Stats(); got.Connections != 2 || got.Requests != 6 || got.Repeats != 5 {
		t.Errorf("%+v", got)
	}
}

func TestFaultsComeInTheirShares(t *testing.T) {
	fault := mockapi.Mixed(7, mockapi.Share{Fault: mockapi.RateLimited, Of: .1}, mockapi.Share{Fault: mockapi.Broken, Of: .2})
	again := mockapi.Mixed(7, mockapi.Share{Fault: mockapi.RateLimited, Of: .1}, mockapi.Share{Fault: mockapi.Broken, Of: .2})
	counts := map[mockapi.Fault]int{}
	for n := range 10_000 {
		f := fault(n)
		counts[f]++
		if f != again(n) {
			t.Fatalf("request %d fails in another way with the same seed", n)
		}
	}
	if a, b := counts[mockapi.RateLimited], counts[mockapi.Broken]; a < 900 || a > 1100 || b < 1850 || b > 2150 {
		t.Errorf("%v", counts)
	}
}

// TestFaultsAreListedWhole reads the source, so that no new fault is left out.
func TestFaultsAreListedWhole(t *testing.T) {
	source, err := os.ReadFile("fault.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, f := range mockapi.Faults() {
		listed[string(f)] = true
	}
	declared := regexp.MustCompile(`(?m)^\t\w+ +Fault = "(.+?)"`).FindAllStringSubmatch(string(source), -1)
	for _, d := range declared {
		if !listed[d[1]] {
			t.Errorf("%q is not listed", d[1])
		}
	}
	if len(declared) != len(listed) || len(listed) != len(mockapi.Faults()) {
		t.Errorf("%d declared, %d listed", len(declared), len(mockapi.Faults()))
	}
}
