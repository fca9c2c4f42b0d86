package batch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sashabaranov/go-openai"

	"concord/internal/ask"
	"concord/internal/batch"
	"concord/internal/endpoint"
)

func request(text string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{Model: "m", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: text}}}
}

func desk(t *testing.T, answers string) *batch.Desk {
	t.Helper()
	d, err := batch.New(strings.NewReader(answers))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAQuestionIsPutDownOnceAsItWouldBeSent(t *testing.T) {
	d := desk(t, "")
	for range 2 {
		if _, err := d.ChatAs(t.Context(), "key-1", request("which <colour>?")); !ask.Pending(err) {
			t.Fatal(err)
		}
	}

	lines, n := d.Requests()

	const want = `{"custom_id":"key-1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"which \u003ccolour\u003e?"}],"temperature":0,"stream":false}}` + "\n"
	if n != 1 || string(lines) != want {
		t.Errorf("%d: %s", n, lines)
	}
}

func TestAnswersComeInAnyOrderAndForm(t *testing.T) {
	d := desk(t, "\ufeff"+strings.Join([]string{
		`{"custom_id":"late","response":{"status_code":200,"body":{"choices":[{"message":{"content":"blue"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7}}}}`,
		``,
		`{"custom_id":"text","content":"red"}`,
		`{"custom_id":"object","content":{"colour":"green"}}`,
		`{"custom_id":"expired","response":null,"error":{"code":"batch_expired","message":"too late"}}`,
		`{"custom_id":"busy","response":{"status_code":429,"body":{}}}`,
		`{"custom_id":"refused","response":{"status_code":400,"body":{"error":{"message":"too long"}}}}`,
		`{"custom_id":"twice","response":{"status_code":400,"body":{}}}`,
		`{"custom_id":"twice","content":"white"}`,
		`{"custom_id":"twice","content":"black"}`,
		`{"custom_id":"nobody's","content":"grey"}`,
	}, "\n"))

	for key, want := range map[string]string{"late": "blue", "text": "red", "object": `{"colour":"green"}`, "twice": "white"} {
		res, err := d.ChatAs(t.Context(), key, request(key))
		if err != nil || res.Choices[0].Message.Content != want {
			t.Errorf("%s: %v, %v", key, res, err)
		}
	}
	for _, key := range []string{"expired", "busy", "never asked"} {
		if _, err := d.ChatAs(t.Context(), key, request(key)); !ask.Pending(err) {
			t.Errorf("%s: %v, want that the answer is awaited", key, err)
		}
	}
	var e *endpoint.Error
	if _, err := d.ChatAs(t.Context(), "refused", request("x")); !errors.As(err, &e) || e.Temporary() || e.Fatal || !strings.Contains(err.Error(), "too long") {
		t.Errorf("refused: %v", err)
	}
	if got := d.Unused(); len(got) != 1 || got[0] != "nobody's" {
		t.Errorf("answers without a question: %v", got)
	}
}

func TestALineThatIsNoAnswerNamesItself(t *testing.T) {
	const good = `{"custom_id":"a","content":"x"}` + "\n"
	for want, lines := range map[string]string{
		"line 2 is no JSON object":                      good + "{",
		"line 2 has no custom_id":                       good + `{"content":"x"}`,
		"line 1, answer to a: has neither":              `{"custom_id":"a"}`,
		"line 1, answer to a: response.body has no cho": `{"custom_id":"a","response":{"status_code":200,"body":{}}}`,
		"line 1, answer to a: response.body is no chat": `{"custom_id":"a","response":{"status_code":200,"body":[1]}}`,
	} {
		if _, err := batch.New(strings.NewReader(lines)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"custom_id":"a","response":{"status_code":200,"body":{"choices":[{"message":{"content":"blue"}}]}}}`))
	f.Add([]byte(`{"custom_id":"a","content":null,"error":{}}` + "\n\n" + `{"custom_id":"a","content":["x"]}`))
	f.Add([]byte("\xef\xbb\xbf{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := batch.New(bytes.NewReader(data))
		if err != nil {
			return
		}
		res, err := d.ChatAs(t.Context(), "a", request("x"))
		if err == nil && len(res.Choices) == 0 {
			t.Error("an answer without a choice")
		}
		if lines, n := d.Requests(); n > 0 && !json.Valid(lines) {
			t.Errorf("%q", lines)
		}
	})
}
