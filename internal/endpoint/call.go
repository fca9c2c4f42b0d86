package endpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sashabaranov/go-openai"

	"concord/internal/slots"
)

// Chat asks for a completion. A temperature of zero in the request means zero,
// not the server's default. What the model or its server does not take, such as
// a temperature or a seed, is left out. A response without a choice is an error;
// what the choice says, and why it ended, is for the caller to look at.
//
// Errors are [*Error], except where ctx ended.
func (c *Client) Chat(ctx context.Context, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	tokens := 4 * max(req.MaxTokens, req.MaxCompletionTokens)
	for _, m := range req.Messages {
		tokens += len(m.Content)
	}
	tokens /= 4
	for {
		known := c.quirks.Load()
		fitting := fit(req, quirksOf(req.Model)|quirk(known))
		res, err := call(ctx, c, tokens, func(ctx context.Context) (openai.ChatCompletionResponse, openai.Usage, error) {
			res, err := c.api.CreateChatCompletion(ctx, fitting)
			if err == nil && len(res.Choices) == 0 {
				err = &Error{Host: c.host, Status: 200, Message: "answered without a choice", retry: true}
			}
			return res, res.Usage, err
		})
		var refused *Error
		errors.As(err, &refused)
		learnt := uint32(learn(refused, fitting))
		if learnt&^known == 0 {
			return res, err
		}
		c.quirks.Or(learnt)
	}
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

// call makes one request, and more where that may help. It is the only place
// that does: nothing below it retries.
func call[T any](ctx context.Context, c *Client, tokens int, once func(context.Context) (T, openai.Usage, error)) (*T, error) {
	var last *Error
	var sent time.Time
	tries := 0
	attempt := func() (T, error) {
		var none T
		if err := c.pace.enter(ctx, tokens); err != nil {
			return none, backoff.Permanent(err)
		}
		outcome := slots.Unused
		sent = time.Now()
		defer func() { c.pace.leave(outcome, time.Since(sent)) }()
		tries++
		limited, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		res, used, err := once(limited)
		if err == nil {
			last, outcome = nil, slots.Answered
			if err := c.pace.charge(ctx, used.TotalTokens-tokens); err != nil {
				c.log.Warn("tokens are not booked", "endpoint", c.host, "because", err)
			}
			return res, nil
		}
		if ctx.Err() != nil {
			return none, backoff.Permanent(context.Cause(ctx))
		}
		last = c.classify(err)
		outcome = last.outcome()
		switch {
		case !last.retry:
			return none, backoff.Permanent(last)
		case last.asked:
			return none, &backoff.RetryAfterError{Duration: max(last.wait, c.backoff)}
		}
		return none, last
	}
	wait := func(_ error, next time.Duration) {
		if last.Status == 429 || last.asked {
			if err := c.pace.pause(ctx, sent, next); err != nil {
				c.log.Warn("others are not told to pause", "endpoint", c.host, "because", err)
			}
		}
		if c.said.lately(fmt.Sprint(tries, last.Message), time.Now()) {
			return
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
