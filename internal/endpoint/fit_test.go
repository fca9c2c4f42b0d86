package endpoint_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sashabaranov/go-openai"

	"concord/internal/mockapi"
)

// picky refuses a request that holds one of these parameters, as servers do.
func picky(requests *int, says string, parameters ...string) http.Handler {
	api := &mockapi.Server{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		body, _ := io.ReadAll(r.Body)
		var sent map[string]json.RawMessage
		json.Unmarshal(body, &sent)
		for _, p := range parameters {
			if _, ok := sent[p]; ok {
				w.WriteHeader(http.StatusBadRequest)
				json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": fmt.Sprintf(says, p)}})
				return
			}
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		api.ServeHTTP(w, r)
	})
}

func TestAParameterThatIsRefusedIsLeftOutFromThenOn(t *testing.T) {
	seed := 7
	full := hello("new-model")
	full.Seed, full.LogProbs, full.TopP, full.MaxTokens = &seed, true, .5, 100
	for name, c := range map[string]struct {
		refuses  []string
		says     string
		requests int
	}{
		"temperature":  {[]string{"temperature"}, "Unsupported value: '%s' does not support 0 with this model", 4},
		"top_p":        {[]string{"top_p"}, "`%s` is deprecated for this model", 4},
		"seed":         {[]string{"seed"}, "body -> %s: extra inputs are not permitted", 4},
		"logprobs":     {[]string{"logprobs"}, "this model does not support %s", 4},
		"max_tokens":   {[]string{"max_tokens"}, "Unsupported parameter: '%s' is not supported with this model. Use 'max_completion_tokens' instead.", 4},
		"two of them":  {[]string{"seed", "temperature"}, "unknown field %s", 5},
		"all of them":  {[]string{"seed", "temperature", "max_tokens", "logprobs"}, "no %s", 7},
		"none of them": {nil, "", 3},
	} {
		requests := 0
		client := serve(t, picky(&requests, c.says, c.refuses...), nil)
		for range 3 {
			if _, err := client.Chat(t.Context(), full); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if requests != c.requests {
			t.Errorf("%s: %d requests for 3 calls, want %d", name, requests, c.requests)
		}
	}
}

func TestTheOlderLimitIsSentWhereOnlyThatIsKnown(t *testing.T) {
	requests := 0
	client := serve(t, picky(&requests, "unrecognized argument: %s", "max_completion_tokens"), nil)
	req := hello("m")
	req.MaxCompletionTokens = 50

	_, err := client.Chat(t.Context(), req)

	if err != nil || requests != 2 {
		t.Errorf("%v after %d requests", err, requests)
	}
}

func TestWhatWasNotSentCannotBeLeftOut(t *testing.T) {
	requests := 0
	client := serve(t, picky(&requests, "%s is wrong, as are seed, max_tokens, logprobs and response_format", "messages"), nil)
	req := hello("m")
	req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}

	_, err := client.Chat(t.Context(), req)

	if err == nil || requests != 1 {
		t.Errorf("%v after %d requests", err, requests)
	}
}

// TestTheClientLibraryRefusesNoRequestThatFits asks with everything set that
// the library knows rules for.
func TestTheClientLibraryRefusesNoRequestThatFits(t *testing.T) {
	for _, model := range []string{"o1", "o1-mini", "o3-pro", "o4-mini", "gpt-5", "gpt-5-chat-latest", openai.GPT6Astra, openai.GPT6Sol, openai.GPT6Luna, openai.GPT6Dot1Sol, "maker/gpt-5"} {
		client := serve(t, &mockapi.Server{}, nil)
		req := hello(model)
		req.Temperature, req.TopP, req.N, req.PresencePenalty, req.FrequencyPenalty = .5, .5, 2, .1, .1
		req.LogProbs, req.TopLogProbs, req.MaxTokens = true, 3, 100

		if _, err := client.Chat(t.Context(), req); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
}
