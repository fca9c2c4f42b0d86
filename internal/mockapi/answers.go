package mockapi

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
)

// An answer is what is sent back, and how many tokens of it a model had to
// write.
type answer struct {
	tokens int
	body   map[string]any
}

// complete answers a chat request: what [judge] says of the first user message
// that it knows, or else something in the form that was asked for.
func (s *Server) complete(body []byte, fault Fault) (*answer, error) {
	var req struct {
		Model    string `json:"model"`
		Messages []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
		Format *format `json:"response_format"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, malformed("chat request", err)
	}
	if len(req.Messages) == 0 {
		return nil, errors.New("messages is empty")
	}
	content, err := s.shaped(req.Format)
	if err != nil {
		return nil, err
	}
	cached := 0
	for _, m := range req.Messages {
		if m.Role == "system" && s.seen(m.Content) {
			cached += len(m.Content) / 4
		}
		if m.Role != "user" {
			continue
		}
		if answer, ok := judge([]byte(m.Content), fault); ok {
			content = answer
			break
		}
	}
	if s.Reply != nil {
		content = s.Reply(body)
	}
	finish, refusal := "stop", ""
	switch fault {
	case Fenced:
		content = "Here is what I found {as asked}:\n\n```json\n" + content + "\n```\nAnything else?"
	case Prose:
		content = "All of these look related to me."
	case Refusal:
		content, refusal = "", "I cannot help with that."
	case CutOff:
		content, finish = content[:len(content)/2], "length"
	case Filtered:
		content, finish = "", "content_filter"
	}
	choices := []any{map[string]any{
		"index": 0, "finish_reason": finish,
		"message": map[string]any{"role": "assistant", "content": content, "refusal": refusal},
	}}
	if fault == NoChoices {
		choices = []any{}
	}
	in, out := len(body)/4, len(content)/4
	return &answer{out, map[string]any{
		"id": "chat-1", "object": "chat.completion", "model": req.Model, "system_fingerprint": "mock", "choices": choices,
		"usage": map[string]any{
			"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out,
			"prompt_tokens_details": map[string]any{"cached_tokens": min(cached, in)},
		},
	}}, nil
}

// embed answers an embedding request with bags of hashed words, which are not
// of unit length.
func (s *Server) embed(body []byte, fault Fault) (*answer, error) {
	var req struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, malformed("embedding request", err)
	}
	dimensions := req.Dimensions
	if dimensions == 0 {
		dimensions = s.Dimensions
	}
	if dimensions == 0 {
		dimensions = 64
	}
	type item struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var data []item
	for i, text := range req.Input {
		if strings.TrimSpace(text) == "" {
			return nil, errors.New("input must not be empty")
		}
		data = append(data, item{"embedding", i, Vector(text, dimensions)})
	}
	if len(data) > 0 {
		switch last := len(data) - 1; fault {
		case Reversed:
			slices.Reverse(data)
		case WrongDimension:
			data[last].Embedding = data[last].Embedding[1:]
		case ZeroVector:
			clear(data[last].Embedding)
		case MissingVector:
			data = data[:last]
		case SameIndex:
			for i := range data {
				data[i].Index = 0
			}
		}
	}
	n := len(body) / 4
	return &answer{0, map[string]any{"object": "list", "model": req.Model, "data": data, "usage": map[string]any{"prompt_tokens": n, "total_tokens": n}}}, nil
}

// Vector returns what the server answers for a text: three for every word in
// the place that its hash names.
func Vector(text string, dimensions int) []float32 {
	v := make([]float32, dimensions)
	for _, w := range words(text) {
		h := fnv.New32a()
		h.Write([]byte(w))
		v[int(h.Sum32()%uint32(dimensions))] += 3
	}
	return v
}
