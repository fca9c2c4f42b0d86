package convention

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"concord/crosswalk"
	"concord/internal/ask"
)

// PromptName is the file of the rules by which a model drafts a summary. A
// change of the rules is a new file with the next number.
const PromptName = "summary-1.tmpl"

// How much a summary is drafted from, in tokens, and how long it may get, in
// words: models count badly, so some more are let pass than are asked for.
const (
	sampleTokens = 8000
	askedWords   = 200
	mostWords    = 260
)

//go:embed prompts/summary-1.tmpl
var promptText string

//go:embed prompts/summary-1.schema.json
var schemaText string

// PromptSHA256 returns the SHA-256 of the prompt file, in hexadecimal.
func PromptSHA256() string {
	sum := sha256.Sum256([]byte(promptText))
	return hex.EncodeToString(sum[:])
}

// ErrNoSummary says that a model gave no summary that can be used.
var ErrNoSummary = errors.New("the model drafted no summary")

// Draft returns the convention with a summary that a model drafted from some of
// its examples, balanced over the relations. Of the options the prompt is set
// here. It is [ErrNoSummary] if no answer could be used; other errors are those
// of [ask.Asker.Ask]. A convention whose texts must stay on this machine is
// refused unless chat has a method Loopback that says that it leads nowhere else.
func (c *Convention) Draft(ctx context.Context, chat ask.Chatter, o ask.Options) (*Convention, error) {
	if local, ok := chat.(interface{ Loopback() bool }); c.Local && (!ok || !local.Loopback()) {
		return nil, fmt.Errorf("the texts of %s must not leave this machine: draft its summary with a model on localhost, or write it yourself", c.Name)
	}
	o.Prompt = PromptSHA256()
	asker, err := ask.New(chat, o)
	if err != nil {
		return nil, err
	}
	q, err := c.question()
	if err != nil {
		return nil, err
	}
	drafted := *c
	drafted.Drafted, drafted.Model, drafted.Prompt = Model, o.Model, o.Prompt
	q.Read = func(content string) (err error) {
		drafted.Summary, err = parseSummary(content)
		return err
	}
	why, err := asker.Ask(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("draft a summary of %s: %w", c.Name, err)
	}
	if why != "" {
		return nil, fmt.Errorf("%w of %s: %s", ErrNoSummary, c.Name, why)
	}
	return &drafted, drafted.check()
}

// question returns what a model is asked. Texts stand in the user message only.
func (c *Convention) question() (ask.Question, error) {
	q := ask.Question{Name: "summary", Schema: json.RawMessage(schemaText),
		Again: "Answer again as one JSON object in the form asked for and nothing else."}
	t, err := template.New(PromptName).Parse(promptText)
	if err != nil {
		return q, fmt.Errorf("parse prompt: %w", err)
	}
	var system bytes.Buffer
	if err := t.Execute(&system, struct{ Words int }{askedWords}); err != nil {
		return q, fmt.Errorf("fill prompt: %w", err)
	}
	user, err := encode(struct {
		Source  string    `json:"source_framework"`
		Target  string    `json:"target_framework"`
		Counts  []Count   `json:"counts"`
		Decided []Example `json:"decided"`
	}{c.Source, c.Target, c.Counts(), c.sample(sampleTokens)})
	q.System, q.User = system.String(), string(user)
	return q, err
}

// parseSummary reads the summary in a reply. The error says what is wrong in
// words that the model can act on.
func parseSummary(content string) (string, error) {
	raw, err := ask.Object(content, "summary")
	if err != nil {
		return "", err
	}
	var answer struct {
		Summary *string `json:"summary"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Summary == nil {
		return "", errors.New(`the member "summary" is not a string`)
	}
	summary := tidy(*answer.Summary)
	switch n := len(strings.Fields(summary)); {
	case n == 0:
		return "", errors.New("the summary is empty")
	case n > mostWords || len(summary) > longestSummary:
		return "", fmt.Errorf("the summary has %d words and %d bytes: want %d words at most", n, len(summary), askedWords)
	}
	return summary, nil
}

// A length class tells pairs apart by how long their texts are, which is what a
// machine can see of one being a list and the other a point of it.
type lengthClass struct {
	what string
	of   func(source, target int) bool // words of both texts
}

func lengthClasses() []lengthClass {
	return []lengthClass{
		{"the target has at least twice as many words as the source", func(s, t int) bool { return t >= 2*s }},
		{"the source has at least twice as many words as the target", func(s, t int) bool { return s >= 2*t }},
		{"neither has", func(s, t int) bool { return t < 2*s && s < 2*t }},
	}
}

// counted returns a summary of what can be counted.
func (c *Convention) counted() string {
	sources := map[string]bool{}
	for _, e := range c.Examples {
		sources[e.Source.ID] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Counted, not read: of %s of %s %s.", number(len(c.Examples), "decided pair"), number(len(sources), "source"), shares(c.Examples))
	var unused []string
	for _, r := range crosswalk.Relations() {
		if !slices.ContainsFunc(c.Examples, func(e Example) bool { return e.Relation == r }) {
			unused = append(unused, string(r))
		}
	}
	if len(unused) > 0 {
		fmt.Fprintf(&b, " None is %s.", strings.Join(unused, " or "))
	}
	for _, class := range lengthClasses() {
		var in []Example
		for _, e := range c.Examples {
			if class.of(e.Source.length(), e.Target.length()) {
				in = append(in, e)
			}
		}
		if len(in) > 0 {
			fmt.Fprintf(&b, " Where %s (%s), %s.", class.what, number(len(in), "pair"), shares(in))
		}
	}
	return b.String()
}

// length counts the words of a text; one at least.
func (t Text) length() int { return max(1, len(strings.Fields(t.words()))) }

// shares says how many examples have each relation: "12 are subset_of (60 %)".
func shares(examples []Example) string {
	c := Convention{Examples: examples}
	var parts []string
	for _, n := range c.Counts() {
		verb := "are"
		if n.Pairs == 1 {
			verb = "is"
		}
		parts = append(parts, fmt.Sprintf("%d %s %s (%d %%)", n.Pairs, verb, n.Relation, (200*n.Pairs+len(examples))/(2*len(examples))))
	}
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return parts[0]
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
