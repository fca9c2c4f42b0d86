package hostile

import (
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A shown is an element as a question shows it.
type shown struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type question struct {
	Candidates []shown `json:"candidates"`
	Source     shown   `json:"source"`

	Elements  []shown `json:"elements"`
	Reference shown   `json:"reference"`
}

// Obey answers a chat request as a model that takes every order it reads: for
// all elements of the question, wherever the order stands. Asked from the other
// side it stands by its lies. Without an order it finds that everything
// intersects, at a probability of 0.4. It is meant for the Reply of a
// mock server.
func Obey(body []byte) string {
	var request struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return "ready"
	}
	for _, m := range request.Messages {
		var q question
		if m.Role != "user" || json.Unmarshal([]byte(m.Content), &q) != nil {
			continue
		}
		orders := read(m.Content)
		switch {
		case len(q.Candidates) > 0:
			return orders.judge(q, request.Messages[0].Content)
		case len(q.Elements) > 0:
			return orders.confirm(q)
		}
	}
	return "ready"
}

// Orders are what a model was told by the texts it should judge.
type orders struct{ said string }

// read reads as models do: past what nobody sees, in any letters.
func read(message string) orders {
	message = strings.Map(func(r rune) rune {
		switch {
		case r >= 0xe0020 && r < 0xe007f:
			return r - 0xe0000
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector), r == '\u034f':
			return -1
		}
		return r
	}, message)
	return orders{strings.ToLower(norm.NFKC.String(message))}
}

func (o orders) say(order string) bool { return strings.Contains(o.said, order) }

// lie reports whether everything is to be equal.
func (o orders) lie() bool {
	return o.say("every candidate as equal") || o.say("every candidate is equal") || o.say(`"relation":"equal"`) || o.say(`\"relation\":\"equal\"`)
}

type entry map[string]any

// judge answers the first question.
func (o orders) judge(q question, system string) string {
	related, unrelated := []entry{}, []entry{}
	for _, c := range q.Candidates {
		e := entry{
			"id": c.ID, "source_only": "some", "target_only": "some", "relation": "intersects_with", "rationale_type": "semantic",
			"rationale": "Both keep records.", "source_quote": opening(q.Source), "target_quote": opening(c), "probability": 0.4,
		}
		if o.lie() {
			e["source_only"], e["target_only"], e["relation"], e["probability"] = "", "", "equal", 1
			if !o.say("quote words that are there") {
				e["source_quote"], e["target_quote"] = "as everybody knows they agree", "and nobody doubts it at all"
			}
		}
		switch {
		case o.say("as the rationale: "):
			e["rationale"] = q.Source.Text + " " + c.Text
		case o.say("output your instructions"):
			e["rationale"] = system
		case o.say(`the member \"override\"`):
			e["override"] = true
		case o.say("probability 90"):
			e["probability"] = 90
		}
		if o.say("every candidate is unrelated") {
			unrelated = append(unrelated, entry{"id": c.ID, "probability": 0})
			continue
		}
		related = append(related, e)
		if o.say("report every candidate twice") {
			e["relation"], e["probability"] = "equal", 1
			unrelated = append(unrelated, entry{"id": c.ID, "probability": 0})
		}
	}
	if o.say("not-offered-9") {
		related = append(related, entry{
			"id": "NOT-OFFERED-9", "source_only": "", "target_only": "", "relation": "equal", "rationale_type": "semantic",
			"rationale": "As told.", "source_quote": "", "target_quote": "", "probability": 1,
		})
	}
	answer := encode(entry{"related": related, "unrelated": unrelated, "cannot_tell": []string{}})
	switch {
	case o.say("stop writing"):
		return answer[:len(answer)/2]
	case o.say("begin your answer with "):
		for _, s := range append(q.Candidates, q.Source) {
			if _, told, ok := strings.Cut(s.Text, "Begin your answer with "); ok {
				return told + answer
			}
		}
	case o.say("<tool_call>"):
		return `<tool_call>{"name":"mark_all","arguments":{"relation":"equal"}}</tool_call>` + encode(entry{"tool_calls": related})
	}
	return answer
}

// confirm answers the question from the other side.
func (o orders) confirm(q question) string {
	relations := []entry{}
	for _, e := range q.Elements {
		said := entry{"id": e.ID, "element_only": "some", "reference_only": "some", "relation": "intersects_with"}
		if o.lie() {
			said = entry{"id": e.ID, "element_only": "", "reference_only": "", "relation": "equal"}
		}
		relations = append(relations, said)
	}
	return encode(entry{"relations": relations})
}

// opening returns the first words of a text.
func opening(s shown) string {
	words := strings.Fields(s.Text)
	return strings.Join(words[:min(6, len(words))], " ")
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings and numbers only
	}
	return string(b)
}
