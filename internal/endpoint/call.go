package endpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sashabaranov/go-openai"
)

// Chat asks for a completion. A temperature of zero in the request means zero,
// not the server's default. Models that reason take no sampling parameters;
// for them these are left out. A response without a choice is an error; what
// the choice says, and why it ended, is for the caller to look at.
//
// Errors are [*Error], except where ctx ended.
func (c *Client) Chat(ctx context.Context, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	size := 0
	for _, m := range req.Messages {
		size += len(m.Content)
	}
	once := func(ctx context.Context) (openai.ChatCompletionResponse, openai.Usage, error) {
		res, err := c.api.CreateChatCompletion(ctx, fit(req, c.plain.Load()))
		if err == nil && len(res.Choices) == 0 {
			err = &Error{Host: c.host, Status: 200, Message: "answered without a choice", retry: true}
		}
		return res, res.Usage, err
	}
	tokens := size/4 + req.MaxCompletionTokens
	res, err := call(ctx, c, tokens, once)
	if e := (*Error)(nil); errors.As(err, &e) && e.Status == 400 && !c.plain.Load() &&
		strings.Contains(strings.ToLower(e.Message), "temperature") {
		// A model newer than this program that reasons: remember, and ask again.
		c.plain.Store(true)
		return call(ctx, c, tokens, once)
	}
	return res, err
}

// Embeddings asks for the vectors of texts. They come in the order of the
// server, each with the index of its text, and are not checked.
//
// Errors are [*Error], except where ctx ended.
func (c *Client) Embeddings(ctx context.Context, req openai.EmbeddingRequestStrings) (*openai.EmbeddingResponse, error) {
	size := 0
	for _, text := range req.Input {
		size += len(text)
	}
	return call(ctx, c, size/4, func(ctx context.Context) (openai.EmbeddingResponse, openai.Usage, error) {
		res, err := c.api.CreateEmbeddings(ctx, req)
		return res, res.Usage, err
	})
}

// fit adapts a request to what its model takes.
func fit(req openai.ChatCompletionRequest, plain bool) openai.ChatCompletionRequest {
	if !plain && !reasons(req.Model) {
		if req.Temperature == 0 {
			req.Temperature = tiny
		}
		return req
	}
	req.Temperature, req.TopP, req.N = 0, 0, 0
	req.PresencePenalty, req.FrequencyPenalty = 0, 0
	req.LogProbs, req.TopLogProbs = false, 0
	if req.MaxTokens > 0 {
		req.MaxTokens, req.MaxCompletionTokens = 0, req.MaxTokens
	}
	return req
}

// reasons reports whether a model refuses sampling parameters. Gateways put
// the name of the maker before that of the model.
func reasons(model string) bool {
	short := model[strings.LastIndexByte(model, '/')+1:]
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) || strings.HasPrefix(short, prefix) {
			return true
		}
	}
	return false
}

// call makes one request, and more where that may help. It is the only place
// that does: nothing below it retries.
func call[T any](ctx context.Context, c *Client, tokens int, once func(context.Context) (T, openai.Usage, error)) (*T, error) {
	var last *Error
	tries := 0
	attempt := func() (T, error) {
		var none T
		if err := c.pace.enter(ctx, tokens); err != nil {
			return none, backoff.Permanent(err)
		}
		defer c.pace.leave()
		tries++
		limited, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		res, used, err := once(limited)
		if err == nil {
			last = nil
			c.pace.charge(used.TotalTokens - tokens)
			return res, nil
		}
		if ctx.Err() != nil {
			return none, backoff.Permanent(context.Cause(ctx))
		}
		switch last = c.classify(err); {
		case !last.retry:
			return none, backoff.Permanent(last)
		case last.asked:
			return none, &backoff.RetryAfterError{Duration: max(last.wait, c.backoff)}
		}
		return none, last
	}
	wait := func(_ error, next time.Duration) {
		if last.Status == 429 || last.asked {
			c.pace.pause(next)
		}
		c.log.Warn("asking again", "endpoint", c.host, "because", last.Message, "attempt", tries, "of", c.attempts, "wait", next.Round(time.Millisecond))
	}
	// With a factor of one the wait is drawn from zero to twice the interval:
	// full jitter, so that workers which failed together do not come back
	// together.
	growing := &backoff.ExponentialBackOff{InitialInterval: c.backoff, RandomizationFactor: 1, Multiplier: 2, MaxInterval: 30 * time.Second}
	res, err := backoff.Retry(ctx, attempt,
		backoff.WithBackOff(growing), backoff.WithMaxTries(uint(c.attempts)), backoff.WithMaxElapsedTime(0), backoff.WithNotify(wait))
	switch {
	case err == nil:
		return &res, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("ask %s: %w", c.host, context.Cause(ctx))
	case last == nil: // the pace could not be kept, as before a deadline
		return nil, fmt.Errorf("ask %s: %w", c.host, err)
	case tries > 1:
		return nil, fmt.Errorf("%w (attempt %d of %d)", last, tries, c.attempts)
	}
	return nil, last
}

// classify turns what an attempt ended with into an Error. What the exchange
// did not say comes from the client library, which refuses some requests and
// decodes the answers; asking again would not change either.
func (c *Client) classify(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	said := oneLine(err.Error(), 300)
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		return &Error{Host: c.host, Status: 200, Fatal: true, Err: err, Message: "answered JSON that is not in the form of this API: " + said}
	}
	return &Error{Host: c.host, Fatal: true, Err: err, Message: "cannot be used like this: " + said}
}
