package endpoint

import (
	"strings"

	"github.com/sashabaranov/go-openai"
)

// A quirk is what a model or its server does not take of a request. The names
// of models tell some; what a server refuses tells the others.
type quirk uint32

const (
	noSampling quirk = 1 << iota // temperature, top_p, n and penalties
	noLogProbs
	noSeed
	newLimit // max_completion_tokens instead of max_tokens
	oldLimit // the other way round
)

// reasoning is what models that reason do not take: the client library refuses
// it for the names it knows, as their server does for the names to come.
const reasoning = noSampling | noLogProbs | newLimit

// quirksOf returns what follows from the name of a model. Gateways put the name
// of the maker before it.
func quirksOf(model string) quirk {
	short := model[strings.LastIndexByte(model, '/')+1:]
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) || strings.HasPrefix(short, prefix) {
			return reasoning
		}
	}
	return 0
}

// fit adapts a request to what its model takes.
func fit(req openai.ChatCompletionRequest, q quirk) openai.ChatCompletionRequest {
	if q&noSampling != 0 {
		req.Temperature, req.TopP, req.N = 0, 0, 0
		req.PresencePenalty, req.FrequencyPenalty = 0, 0
	} else if req.Temperature == 0 {
		req.Temperature = tiny
	}
	if q&noLogProbs != 0 {
		req.LogProbs, req.TopLogProbs = false, 0
	}
	if q&noSeed != 0 {
		req.Seed = nil
	}
	switch limit := max(req.MaxTokens, req.MaxCompletionTokens); {
	case q&newLimit != 0:
		req.MaxTokens, req.MaxCompletionTokens = 0, limit
	case q&oldLimit != 0:
		req.MaxTokens, req.MaxCompletionTokens = limit, 0
	}
	return req
}

// learn returns what an answer to a request refuses that the request held, if
// anything. A refused response_format is not among it: whoever asked for one
// has to know.
func learn(e *Error, sent openai.ChatCompletionRequest) quirk {
	if e == nil || e.Status != 400 && e.Status != 422 {
		return 0
	}
	said := strings.ToLower(e.Message)
	names := func(parameters ...string) bool {
		for _, p := range parameters {
			if strings.Contains(said, p) {
				return true
			}
		}
		return false
	}
	old, now := strings.Index(said, "max_tokens"), strings.Index(said, "max_completion_tokens")
	switch {
	case sent.Temperature != 0 && names("temperature"), sent.TopP != 0 && names("top_p"), sent.N != 0 && names("'n'", `"n"`),
		sent.PresencePenalty != 0 && names("presence_penalty"), sent.FrequencyPenalty != 0 && names("frequency_penalty"):
		return noSampling
	case sent.LogProbs && names("logprobs"):
		return noLogProbs
	case sent.Seed != nil && names("seed"):
		return noSeed
	case sent.MaxTokens > 0 && old >= 0 && (now < 0 || old < now): // "max_tokens: use max_completion_tokens"
		return newLimit
	case sent.MaxCompletionTokens > 0 && now >= 0 && (old < 0 || now < old):
		return oldLimit
	}
	return 0
}
