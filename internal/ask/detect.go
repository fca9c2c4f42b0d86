package ask

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sashabaranov/go-openai"

	"concord/internal/endpoint"
)

// Auto is for a [Detector] to find out which form a model answers in.
const Auto = "auto"

// Detect returns the strictest form that a model answers in: [JSONSchema],
// [JSONObject] or [Prompt]. It asks one tiny question a form, and goes on to the
// next if the endpoint refuses the form or does not keep to it. An error is that
// of an endpoint which answers no question at all.
func Detect(ctx context.Context, chat Chatter, model string) (string, error) {
	form, _, err := detect(ctx, chat, model)
	return form, err
}

// A Detector knows the form in which a model at an endpoint is asked. It detects
// it once, and remembers.
type Detector struct {
	Chat       Chatter
	Host       string // of the endpoint
	Model      string
	Structured string // the form to use, or Auto
	Memory     Memory // none if nil
}

// Ready asks the model one tiny question, so that a wrong address, key or model
// name shows before a run begins, and so does a form that the endpoint refuses.
// Where the form is not known yet, it takes as many questions as [Detect].
func (d Detector) Ready(ctx context.Context) error {
	form, known, err := d.recall(ctx)
	switch {
	case err != nil:
		return err
	case !known:
		_, err = d.detect(ctx)
		return err
	}
	_, _, err = ping(ctx, d.Chat, d.Model, form)
	if form != Prompt && refusesForm(err) {
		return fmt.Errorf("%w (asked for an answer in the form %s)", err, form)
	}
	return err
}

// Form returns the form to use: the one that is set, the one remembered, or the
// one that [Detect] finds.
func (d Detector) Form(ctx context.Context) (string, error) {
	form, known, err := d.recall(ctx)
	if known || err != nil {
		return form, err
	}
	return d.detect(ctx)
}

// A detection is what is remembered of one: the last answer, and what follows
// from it.
type detection struct {
	reply
	Structured string `json:"structured"`
}

func (d Detector) recall(ctx context.Context) (form string, known bool, err error) {
	if d.Structured != Auto || d.Memory == nil {
		return d.Structured, d.Structured != Auto, nil
	}
	answer, ok, err := d.Memory.Recall(ctx, d.key())
	if err != nil {
		return "", false, fmt.Errorf("recall how %s answers: %w", d.Model, err)
	}
	var was detection
	if !ok || json.Unmarshal([]byte(answer), &was) != nil {
		return "", false, nil
	}
	switch was.Structured {
	case JSONSchema, JSONObject, Prompt:
		return was.Structured, true, nil
	}
	return "", false, nil
}

func (d Detector) detect(ctx context.Context) (string, error) {
	form, call, err := detect(ctx, d.Chat, d.Model)
	if err != nil || d.Memory == nil {
		return form, err
	}
	found := detection{Structured: form}
	if err := json.Unmarshal([]byte(call.Answer), &found.reply); err != nil {
		return "", fmt.Errorf("decode answer: %w", err)
	}
	answer, err := json.Marshal(found)
	if err != nil {
		return "", fmt.Errorf("encode answer: %w", err)
	}
	call.Answer = string(answer)
	err = d.Memory.Remember(context.WithoutCancel(ctx), d.key(), call)
	if errors.Is(err, ErrKnown) { // one form for all: it is a part of what a question is known by
		if known, ok, err := d.recall(ctx); ok || err != nil {
			return known, err
		}
		return form, nil
	}
	if err != nil {
		return "", fmt.Errorf("remember how %s answers: %w", d.Model, err)
	}
	return form, nil
}

// key names the detection among other calls: no question has the same.
func (d Detector) key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "form of answers, 1\n%q %q", d.Host, d.Model))
	return hex.EncodeToString(sum[:])
}

// detect returns the form and the call that showed it.
func detect(ctx context.Context, chat Chatter, model string) (form string, call Call, err error) {
	answered := false
	for _, form = range []string{JSONSchema, JSONObject, Prompt} {
		if form == Prompt && answered {
			break // the endpoint answers, if in no form
		}
		r, c, err := ping(ctx, chat, model, form)
		switch {
		case err == nil:
		case form != Prompt && refusesForm(err):
			continue
		default:
			return "", Call{}, err
		}
		answered, call = true, c
		if inForm(r.Content, form) {
			break
		}
	}
	return form, call, nil
}

// ping asks a tiny question in a form. For a schema, it does not say what the
// answer looks like: only a server that enforces the schema can know.
func ping(ctx context.Context, chat Chatter, model, form string) (reply, Call, error) {
	text := "Are you ready to answer questions?"
	if form != JSONSchema {
		text += ` Answer with the JSON object {"state": "ready"} and nothing else.`
	}
	var m latest
	a := Asker{chat: chat, options: Options{Model: model, Structured: form, Memory: &m}}
	r, err := a.call(ctx, "", []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: text}}, Question{
		Name:   "readiness",
		Schema: json.RawMessage(`{"type":"object","properties":{"state":{"type":"string","enum":["ready"]}},"required":["state"],"additionalProperties":false}`),
	})
	return r, m.call, err
}

// latest keeps the latest call.
type latest struct{ call Call }

func (*latest) Recall(context.Context, string) (string, bool, error) { return "", false, nil }

func (l *latest) Remember(_ context.Context, _ string, c Call) error {
	l.call = c
	return nil
}

// inForm reports whether a content is what a server that enforces a form lets
// through. What a model thinks aloud comes before.
func inForm(content, form string) bool {
	if form == Prompt {
		return true
	}
	if i := strings.LastIndex(content, "</think>"); i >= 0 {
		content = content[i+len("</think>"):]
	}
	var members map[string]any
	if json.Unmarshal([]byte(content), &members) != nil || members == nil {
		return false
	}
	return form == JSONObject || len(members) == 1 && members["state"] == "ready"
}

// refusesForm reports whether an endpoint refused a request for the form of
// answer that it asked for. Many say so with a message that names nothing, but
// then with one of two statuses.
func refusesForm(err error) bool {
	var e *endpoint.Error
	if !errors.As(err, &e) || e.Status < 400 {
		return false
	}
	if e.Status == 400 || e.Status == 422 {
		return true
	}
	said := strings.ToLower(e.Message)
	for _, name := range []string{"response_format", "response format", "json_schema", "json_object", "json mode", "schema", "structured output"} {
		if strings.Contains(said, name) {
			return true
		}
	}
	return false
}
