package mockapi

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

type element struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A task is what the user message of a judging request holds.
type task struct {
	Candidates []element `json:"candidates"`
	Source     element   `json:"source"`
}

type judgement struct {
	ID            string  `json:"id"`
	Relation      string  `json:"relation"`
	RationaleType string  `json:"rationale_type"`
	Probability   float64 `json:"probability"`
	Rationale     string  `json:"rationale"`
	SourceQuote   string  `json:"source_quote"`
	TargetQuote   string  `json:"target_quote"`
}

// complete answers a chat request: the judgements of the first user message
// that holds a task.
func (s *Server) complete(body []byte, fault Fault) (any, error) {
	var req struct {
		Model    string `json:"model"`
		Messages []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, malformed("chat request", err)
	}
	if len(req.Messages) == 0 {
		return nil, errors.New("messages is empty")
	}
	content := "hello"
	for _, m := range req.Messages {
		var t task
		if m.Role == "user" && json.Unmarshal([]byte(m.Content), &t) == nil && len(t.Candidates) > 0 {
			answer, err := json.Marshal(map[string]any{"judgements": judge(t, fault)})
			if err != nil {
				return nil, err
			}
			content = string(answer)
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
	return map[string]any{
		"id": "chat-1", "object": "chat.completion", "model": req.Model, "system_fingerprint": "mock", "choices": choices,
		"usage": map[string]any{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out},
	}, nil
}

// judge compares words: the share of the source's words that a candidate has,
// and the reverse, decide the relation.
func judge(t task, fault Fault) []judgement {
	var out []judgement
	source := words(t.Source.Title + " " + t.Source.Text)
	for _, c := range t.Candidates {
		target := words(c.Title + " " + c.Text)
		forth, back := share(source, target), share(target, source)
		j := judgement{
			ID: c.ID, RationaleType: "semantic", Probability: (forth + back) / 2,
			Rationale:   "they share words",
			SourceQuote: opening(t.Source), TargetQuote: opening(c),
		}
		switch {
		case forth > .9 && back > .9:
			j.Relation = "equal"
		case forth > .8:
			j.Relation = "subset_of"
		case back > .8:
			j.Relation = "superset_of"
		case j.Probability > .1:
			j.Relation = "intersects_with"
		default:
			j.Relation, j.Rationale = "no_relationship", "they share hardly a word"
			j.SourceQuote, j.TargetQuote = "", ""
		}
		if fault == InventedQuote {
			j.Relation, j.SourceQuote, j.TargetQuote = "equal", "words that nobody wrote", "nor these ones here"
		}
		out = append(out, j)
	}
	switch {
	case len(out) == 0:
	case fault == WrongID:
		out[0].ID = "NOT-OFFERED-1"
	case fault == LeftOut:
		out = out[1:]
	case fault == Twice:
		again := out[0]
		again.Probability /= 2
		out = append(out, again)
	}
	return out
}

// words returns the distinct words of a text, sorted.
func words(text string) []string {
	w := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(w)
	return slices.Compact(w)
}

// share returns how much of a is in b, 0 to 1.
func share(a, b []string) float64 {
	n := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok {
			n++
		}
	}
	return float64(n) / float64(max(1, len(a)))
}

// opening returns the first eight words of an element's text, or its title.
func opening(e element) string {
	text := e.Text
	if text == "" {
		text = e.Title
	}
	end, n := len(text), 0
	for i, r := range text {
		if unicode.IsSpace(r) {
			if n++; n == 8 {
				end = i
				break
			}
		}
	}
	return text[:end]
}

// embed answers an embedding request with bags of hashed words, which are not
// of unit length.
func (s *Server) embed(body []byte, fault Fault) (any, error) {
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
	return map[string]any{"object": "list", "model": req.Model, "data": data, "usage": map[string]any{"prompt_tokens": n, "total_tokens": n}}, nil
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
