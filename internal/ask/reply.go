package ask

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/endpoint"
)

// A Memory keeps what a model said, so that nothing is paid for twice. It must
// be safe for concurrent use.
type Memory interface {
	// Recall returns the answer remembered under a key, and whether there is
	// one.
	Recall(ctx context.Context, key string) (answer string, ok bool, err error)
	// Remember keeps a call under a key for good. The error is [ErrKnown] if there is
	// one already, which stays.
	Remember(ctx context.Context, key string, call Call) error
}

// ErrKnown says that a question was answered before, to somebody else who asked it
// at the same time.
var ErrKnown = errors.New("there is an answer to this question already")

// A Call is one answer of a model, with what it takes to explain it later. It
// never holds the key of the endpoint.
type Call struct {
	Model   string // as asked for
	Prompt  string // SHA-256 of the prompt file, hexadecimal
	Request string // JSON, as given to the [Chatter]
	Answer  string // JSON: content, finish_reason, refusal, model as served and its fingerprint

	PromptTokens, CompletionTokens int // as the endpoint counts, or 0
	CachedTokens                   int // of the prompt tokens, those that the endpoint had read before
	Latency                        time.Duration
}

// A reply is what is remembered of a response.
type reply struct {
	Content     string `json:"content"`
	Finish      string `json:"finish_reason,omitempty"`
	Refusal     string `json:"refusal,omitempty"`
	Model       string `json:"model,omitempty"`
	Fingerprint string `json:"system_fingerprint,omitempty"`
	// Failure is why this question alone got no answer, such as that it is too
	// long. It is remembered too: asking the same again would end the same.
	Failure string `json:"failure,omitempty"`
}

// unusable returns why a reply holds no answer at all, or "".
func (r reply) unusable() string {
	switch {
	case r.Failure != "":
		return "no answer: " + r.Failure
	case r.Refusal != "":
		return "the model refused: " + r.Refusal
	case r.Finish == string(openai.FinishReasonLength):
		return "the answer was cut off at the model's limit of length (finish_reason length): ask for less at a time"
	case r.Finish == string(openai.FinishReasonContentFilter):
		return "a content filter stopped the answer (finish_reason content_filter)"
	}
	return ""
}

// reply returns the reply to messages: the remembered one, or a new one that is
// remembered before anything is made of it. Of several that ask the same at
// the same time one does, for all.
func (a *Asker) reply(ctx context.Context, attempt int, messages []openai.ChatCompletionMessage, q Question) (reply, error) {
	key, err := a.key(attempt, q.Sample, messages)
	if err != nil {
		return reply{}, err
	}
	r, err, _ := a.asking.Do(key, func() (any, error) {
		if r, ok, err := a.recall(ctx, key); ok || err != nil {
			return r, err
		}
		return a.call(ctx, key, messages, q)
	})
	return r.(reply), err
}

// settled returns the reply to messages, which may be that the endpoint does not
// answer this question: that is remembered as an answer is.
func (a *Asker) settled(ctx context.Context, attempt int, messages []openai.ChatCompletionMessage, q Question) (reply, error) {
	r, err := a.reply(ctx, attempt, messages, q)
	var refused *endpoint.Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &refused) || refused.Fatal || Away(err) {
		return r, err
	}
	key, keyErr := a.key(attempt, q.Sample, messages)
	if keyErr != nil {
		return r, keyErr
	}
	r.Failure = err.Error()
	req := openai.ChatCompletionRequest{Model: a.options.Model, Messages: messages}
	return a.remember(ctx, key, req, r, openai.Usage{}, 0)
}

// recall returns the remembered reply. One that cannot be read is none.
func (a *Asker) recall(ctx context.Context, key string) (r reply, ok bool, err error) {
	if a.options.Memory == nil {
		return r, false, nil
	}
	answer, ok, err := a.options.Memory.Recall(ctx, key)
	if err != nil {
		return r, false, fmt.Errorf("recall an answer: %w", err)
	}
	return r, ok && json.Unmarshal([]byte(answer), &r) == nil, nil
}

// call asks the model and remembers what it said.
func (a *Asker) call(ctx context.Context, key string, messages []openai.ChatCompletionMessage, q Question) (reply, error) {
	var r reply
	req := openai.ChatCompletionRequest{Model: a.options.Model, Messages: messages}
	switch a.options.Structured {
	case JSONSchema:
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: q.Name, Schema: q.Schema, Strict: true},
		}
	case JSONObject:
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	settle, err := a.options.Budget.take(a.options.Model, messages)
	if err != nil {
		return r, err
	}
	start := time.Now()
	res, err := a.put(ctx, key, req)
	if err != nil {
		settle(nil)
		return r, err
	}
	a.calls.Add(1)
	settle(&res.Usage)
	if len(res.Choices) == 0 {
		return r, errors.New("the endpoint answered without a choice")
	}
	choice := res.Choices[0]
	r = reply{
		Content: choice.Message.Content, Finish: string(choice.FinishReason), Refusal: choice.Message.Refusal,
		Model: res.Model, Fingerprint: res.SystemFingerprint,
	}
	for _, part := range choice.Message.MultiContent {
		r.Content += part.Text
	}
	return a.remember(ctx, key, req, r, res.Usage, time.Since(start))
}

// put sends a request, under its key where somebody wants to know it.
func (a *Asker) put(ctx context.Context, key string, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	if desk, ok := a.chat.(keyed); ok {
		return desk.ChatAs(ctx, key, req)
	}
	return a.chat.Chat(ctx, req)
}

// remember keeps a reply and returns the one that is kept: another process may have
// had an answer before, and what is made of one must follow from what is remembered.
func (a *Asker) remember(ctx context.Context, key string, req openai.ChatCompletionRequest, r reply, used openai.Usage, took time.Duration) (reply, error) {
	if a.options.Memory == nil {
		return r, nil
	}
	request, err := json.Marshal(req)
	if err != nil {
		return r, fmt.Errorf("encode request: %w", err)
	}
	answer, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("encode answer: %w", err)
	}
	// The answer is paid for: it is kept even if the run was cancelled while it
	// came in.
	call := Call{
		Model: a.options.Model, Prompt: a.options.Prompt, Request: string(request), Answer: string(answer),
		PromptTokens: used.PromptTokens, CompletionTokens: used.CompletionTokens, Latency: took,
	}
	if details := used.PromptTokensDetails; details != nil {
		call.CachedTokens = details.CachedTokens
	}
	lasting := context.WithoutCancel(ctx)
	err = a.options.Memory.Remember(lasting, key, call)
	if errors.Is(err, ErrKnown) {
		var kept reply
		var ok bool
		if kept, ok, err = a.recall(lasting, key); ok && err == nil {
			return kept, nil
		}
	}
	if err != nil {
		return r, fmt.Errorf("remember an answer: %w", err)
	}
	return r, nil
}

// key names a question: the SHA-256, in hexadecimal, of all that decides the
// answer.
func (a *Asker) key(attempt, sample int, messages []openai.ChatCompletionMessage) (string, error) {
	question, err := json.Marshal(struct {
		Model, Prompt, Structured string
		Attempt                   int
		Sample                    int `json:",omitempty"`
		Messages                  []openai.ChatCompletionMessage
	}{a.options.Model, a.options.Prompt, a.options.Structured, attempt, sample, messages})
	if err != nil {
		return "", fmt.Errorf("encode messages: %w", err)
	}
	sum := sha256.Sum256(question)
	return hex.EncodeToString(sum[:]), nil
}
