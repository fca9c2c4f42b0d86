// Package batch puts questions to a model into a file, and takes the answers
// from one, in the form of OpenAI's Batch API: one JSON object a line.
//
// Who answers, and when, is left open: a batch service at half the price, a
// model on a machine without a network, a person. Answers may be few, in any
// order and in several files.
package batch

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/sashabaranov/go-openai"

	"concord/internal/ask"
	"concord/internal/endpoint"
)

// A request is one line of a file of requests.
type request struct {
	CustomID string          `json:"custom_id"`
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
}

// A line is one line of a file of answers. The Batch API has the answer in
// response; one made otherwise may have it in content, as text or as the JSON
// object that was asked for.
type line struct {
	CustomID string `json:"custom_id"`
	Response *struct {
		Status int             `json:"status_code"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
	Error   json.RawMessage `json:"error"`
	Content json.RawMessage `json:"content"`
}

// A Desk takes questions and has some of the answers. It is safe for concurrent
// use.
type Desk struct {
	answers map[string]answer

	mu       sync.Mutex
	asked    map[string]bool
	requests bytes.Buffer
}

type answer struct {
	response openai.ChatCompletionResponse
	err      error
	used     bool
}

// New returns a desk with the answers of some files; the first usable answer to
// a question counts. A line that is not one names itself in the error.
func New(files ...io.Reader) (*Desk, error) {
	d := &Desk{answers: map[string]answer{}, asked: map[string]bool{}}
	for _, f := range files {
		if err := d.Read(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// longestLine is more than any answer needs, in bytes.
const longestLine = 16 << 20

// Read takes the answers of one more file.
func (d *Desk) Read(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), longestLine)
	n := 0
	for lines.Scan() {
		n++
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d is no JSON object of an answer: %w", n, err)
		}
		if l.CustomID == "" {
			return fmt.Errorf("line %d has no custom_id: copy it from the request", n)
		}
		a, there, err := l.answer()
		if err != nil {
			return fmt.Errorf("line %d, answer to %.12s: %w", n, l.CustomID, err)
		}
		if known, twice := d.answers[l.CustomID]; there && (!twice || known.err != nil && a.err == nil) {
			d.answers[l.CustomID] = a
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// answer returns what a line says, and whether it says anything: what failed for
// now is no answer, and is asked again.
func (l line) answer() (a answer, there bool, err error) {
	switch {
	case l.Response != nil && l.Response.Status != 0 && l.Response.Status != 200:
		if s := l.Response.Status; s == 408 || s == 409 || s == 429 || s >= 500 {
			return a, false, nil
		}
		a.err = &endpoint.Error{Host: "the batch", Status: l.Response.Status, Message: fmt.Sprintf("answered %d: %s", l.Response.Status, said(l.Response.Body))}
		return a, true, nil
	case l.Response != nil:
		if err := json.Unmarshal(l.Response.Body, &a.response); err != nil {
			return a, false, fmt.Errorf("response.body is no chat completion: %w", err)
		}
		if len(a.response.Choices) == 0 {
			return a, false, errors.New("response.body has no choice")
		}
		return a, true, nil
	case len(l.Content) > 0 && string(l.Content) != "null":
		text := string(l.Content)
		if l.Content[0] == '"' {
			if err := json.Unmarshal(l.Content, &text); err != nil {
				return a, false, err
			}
		}
		a.response.Choices = []openai.ChatCompletionChoice{{FinishReason: openai.FinishReasonStop, Message: openai.ChatCompletionMessage{Role: "assistant", Content: text}}}
		return a, true, nil
	case len(l.Error) > 0 && string(l.Error) != "null":
		return a, false, nil // such as an expired batch
	}
	return a, false, errors.New("has neither response nor content nor error")
}

// said returns the message of an API error, or the beginning of what came.
func said(body []byte) string {
	var report struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	json.Unmarshal(body, &report) // what is no report is shown as it is
	return endpoint.Clip(cmp.Or(report.Error.Message, string(body)), 300)
}

// Chat implements [ask.Chatter]; it is not called, since a desk needs the key of
// a question.
func (d *Desk) Chat(context.Context, openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	return nil, errors.New("a question without a key cannot be put down")
}

// ChatAs returns the answer to the question of this key or, if there is none,
// puts the question down and returns [ask.ErrPending].
func (d *Desk) ChatAs(_ context.Context, key string, req openai.ChatCompletionRequest) (*openai.ChatCompletionResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a, ok := d.answers[key]; ok {
		a.used = true
		d.answers[key] = a
		if a.err != nil {
			return nil, a.err
		}
		return &a.response, nil
	}
	if d.asked[key] {
		return nil, ask.ErrPending
	}
	body, err := endpoint.Body(req)
	if err != nil {
		return nil, fmt.Errorf("encode a request: %w", err)
	}
	enc := json.NewEncoder(&d.requests)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(request{CustomID: key, Method: "POST", URL: "/v1/chat/completions", Body: body}); err != nil {
		return nil, fmt.Errorf("encode a request: %w", err)
	}
	d.asked[key] = true
	return nil, ask.ErrPending
}

// Requests returns the questions without an answer, a line each, and their
// number.
func (d *Desk) Requests() (lines []byte, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.requests.Bytes()), len(d.asked)
}

// Unused returns the keys of the answers that no question was put for, in order.
func (d *Desk) Unused() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var keys []string
	for key, a := range d.answers {
		if !a.used {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
