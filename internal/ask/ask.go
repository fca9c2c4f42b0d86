// Package ask puts questions to a model and pays for no answer twice.
//
// A question wants one JSON object. An answer in another form is sent back once
// with what is wrong with it; every answer is remembered before anything is made
// of it. What is asked, and what the answer means, is for the caller.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/sashabaranov/go-openai"
	"golang.org/x/sync/singleflight"

	"concord/internal/endpoint"
)

// Ways to make a model answer in JSON. Servers differ in which they know;
// answers are checked by [Question.Read] in every case.
const (
	JSONSchema = "json_schema" // the server enforces the schema
	JSONObject = "json_object" // the server enforces some JSON
	Prompt     = "prompt"      // nothing but the request to do so
)

// longestReason is how much is kept of why an answer cannot be used, in bytes.
const longestReason = 2000

// A Chatter asks a model; [endpoint.Client] does. It takes a temperature of
// zero to mean zero.
type Chatter interface {
	Chat(ctx context.Context, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error)
}

// A keyed chatter is one that needs to know a question by its key, as one that
// puts questions down for somebody else to answer.
type keyed interface {
	ChatAs(ctx context.Context, key string, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error)
}

// ErrPending says that a question was put down and awaits its answer.
var ErrPending = errors.New("the answer is awaited")

// Pending reports whether an error of [Asker.Ask] is that the answer is awaited.
func Pending(err error) bool { return errors.Is(err, ErrPending) }

// Options say whom to ask and how. Model must be set.
type Options struct {
	Model      string
	Prompt     string  // SHA-256 of the prompt file, hexadecimal
	Structured string  // JSONSchema if empty
	Attempt    int     // how often an unusable answer is asked for again, across runs
	Budget     *Budget // no limit if nil. Remembered answers cost nothing
	Memory     Memory  // none if nil
}

// An Asker asks one model. It is safe for concurrent use. Use [New] to make
// one.
type Asker struct {
	chat    Chatter
	options Options
	calls   atomic.Int64
	asking  singleflight.Group
}

// New returns an asker that asks through chat. Options that make no sense are
// an error.
func New(chat Chatter, o Options) (*Asker, error) {
	if o.Model == "" {
		return nil, errors.New("no model named to ask")
	}
	switch o.Structured {
	case "":
		o.Structured = JSONSchema
	case JSONSchema, JSONObject, Prompt:
	default:
		return nil, fmt.Errorf("unknown way to structure answers %q: want %s, %s or %s", o.Structured, JSONSchema, JSONObject, Prompt)
	}
	if o.Attempt < 0 {
		return nil, errors.New("attempt must not be negative")
	}
	if err := o.Budget.check(o.Model); err != nil {
		return nil, err
	}
	return &Asker{chat: chat, options: o}, nil
}

// Calls returns how many calls were made. Remembered answers are none.
func (a *Asker) Calls() int { return int(a.calls.Load()) }

// A Question is what a model is asked, and how its answer is read.
type Question struct {
	System, User string          // messages
	Name         string          // of the schema, a word
	Schema       json.RawMessage // JSON Schema of the answer
	Again        string          // what to say after "That answer cannot be used: … ."
	Sample       int             // tells the same question put once more from one that was answered; 0 for the first

	// Read takes the content of an answer. Its error says what is wrong in
	// words that the model can act on, the same ones for the same content.
	Read func(content string) error
}

// Ask puts a question until its answer is read, and returns "" or the reason
// why none can be: that one question failed. Each attempt before the last one is
// remembered from an earlier run, if there was one. An error means that there is
// no answer for now (see [Away]), or that the next question would fare no
// better: a refused key, a server that is not one, a budget that is spent, a
// memory that does not keep, an ended context.
func (a *Asker) Ask(ctx context.Context, q Question) (why string, err error) {
	messages := []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: q.System},
		{Role: openai.ChatMessageRoleUser, Content: q.User},
	}
	for attempt := range a.options.Attempt + 1 {
		why, err = a.exchange(ctx, attempt, slices.Clone(messages), q)
		if why == "" || err != nil {
			break
		}
	}
	return why, err
}

// Away reports whether an error of [Asker.Ask] is one that another time may
// cure: the endpoint was overloaded, out of reach or cut short.
func Away(err error) bool {
	var refused *endpoint.Error
	return errors.As(err, &refused) && !refused.Fatal && refused.Temporary()
}

// exchange asks once, and sends an answer that is not in the form asked for
// back once.
func (a *Asker) exchange(ctx context.Context, attempt int, messages []openai.ChatCompletionMessage, q Question) (why string, err error) {
	for range 2 {
		r, err := a.settled(ctx, attempt, messages, q)
		if err != nil {
			return "", err
		}
		if why := r.unusable(); why != "" {
			return endpoint.Clip(why, longestReason), nil
		}
		err = q.Read(r.Content)
		if err == nil {
			return "", nil
		}
		why = endpoint.Clip("the answer cannot be used, nor can the second: "+err.Error(), longestReason)
		if r.Content != "" {
			messages = append(messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: endpoint.Clip(r.Content, 40_000)})
		}
		messages = append(messages, openai.ChatCompletionMessage{
			Role:    openai.ChatMessageRoleUser,
			Content: "That answer cannot be used: " + err.Error() + ". " + q.Again,
		})
	}
	return why, nil
}
