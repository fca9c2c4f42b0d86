package llm

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"concord/corpus"
	"concord/internal/ask"
	"concord/internal/endpoint"
)

// prompts are the rules that a model is given and the schemas of its answers. A
// change of either is a new file with the next number.
//
//go:embed prompts
var prompts embed.FS

const (
	judgeSchema   = "judge-2.schema.json"
	confirmSchema = "confirm-2.schema.json"
)

// PromptName names the prompts.
const PromptName = "judge-2.tmpl, confirm-2.tmpl"

// What is shown of one element, in bytes; the rest is cut at a word. Of a
// candidate that is its statement and the beginning of its guidance: a block of
// twenty controls of SP 800-53 then takes some 5,000 tokens.
const (
	longestTitle  = 600 // and of one element above
	longestSource = 6000
	longestTarget = 2000

	longestSourceGuidance = 3000
	longestTargetGuidance = 500
)

// PromptText returns the prompt files, one after the other.
func PromptText() string {
	var b strings.Builder
	for _, name := range []string{"judge-2.tmpl", judgeSchema, "confirm-2.tmpl", confirmSchema} {
		b.WriteString(prompt(name))
	}
	return b.String()
}

// PromptSHA256 returns the SHA-256 of the prompt files, in hexadecimal.
func PromptSHA256() string {
	sum := sha256.Sum256([]byte(PromptText()))
	return hex.EncodeToString(sum[:])
}

func prompt(name string) string {
	b, err := prompts.ReadFile("prompts/" + name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return string(b)
}

// system returns a system message: the same for every question of a run.
func (j *Judge) system(name string) (string, error) {
	t, err := template.New(name).Parse(prompt(name + ".tmpl"))
	if err != nil {
		return "", fmt.Errorf("parse prompt: %w", err)
	}
	focused := func(e corpus.Element) bool { return e.Focus != "" }
	var b strings.Builder
	err = t.Execute(&b, struct{ FocusAreas, Convention bool }{
		slices.ContainsFunc(j.options.Source.Elements, focused) || slices.ContainsFunc(j.options.Target.Elements, focused),
		j.options.Convention != nil,
	})
	if err != nil {
		return "", fmt.Errorf("fill prompt: %w", err)
	}
	return b.String(), nil
}

// A task is the user message of a block. What is alike in several requests
// stands at their beginning, where it is cheaper to serve: the candidates of a
// block stand before its source.
type task struct {
	TargetFramework string  `json:"target_framework"`
	SourceFramework string  `json:"source_framework"`
	Convention      any     `json:"convention,omitempty"`
	Candidates      []shown `json:"candidates"`
	Source          shown   `json:"source"`
	Listed          bool    `json:"listed,omitempty"` // experts relate every candidate: only how is asked
}

// A second is the user message that asks for strong claims from the other side.
type second struct {
	ReferenceFramework string  `json:"reference_framework"`
	ElementsFramework  string  `json:"elements_framework"`
	Convention         any     `json:"convention,omitempty"`
	Elements           []shown `json:"elements"`
	Reference          shown   `json:"reference"`
}

// shown is what a model sees of an element: never its references, nor how well
// it was ranked.
type shown struct {
	ID       string   `json:"id"`
	Context  []string `json:"context,omitempty"`
	Focus    string   `json:"focus_area,omitempty"`
	Title    string   `json:"title,omitempty"`
	Text     string   `json:"text,omitempty"`
	Guidance string   `json:"guidance,omitempty"`
}

// A question is one to ask, with the compiled schema of its answer.
type question struct {
	ask.Question
	compiled *jsonschema.Schema
}

// question lays out a question about targets: its user message is what holds
// them.
func (j *Judge) question(schema string, about []corpus.Element, message any) (question, error) {
	var q question
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // quotes are copied from what the model reads
	if err := enc.Encode(message); err != nil {
		return q, fmt.Errorf("encode a question: %w", err)
	}
	ids := make([]string, len(about))
	for i, e := range about {
		ids[i] = e.ID
	}
	var err error
	if q.Schema, q.compiled, err = schemaFor(schema, ids); err != nil {
		return q, err
	}
	q.User = strings.TrimSuffix(b.String(), "\n")
	q.Again = "Answer again, with every candidate, as one JSON object in the form asked for and nothing else."
	return q, nil
}

// custom returns what to show of the convention, nil without one.
func (j *Judge) custom(source corpus.Element, targets []corpus.Element) any {
	if j.options.Convention == nil {
		return nil
	}
	return j.options.Convention.For(source, targets)
}

func (j *Judge) source(e corpus.Element) shown {
	s := show(j.options.Source, e, true)
	s.Text = endpoint.Clip(e.Text, longestSource)
	s.Guidance = endpoint.Clip(e.Guide, longestSourceGuidance)
	return s
}

func (j *Judge) targets(elements []corpus.Element) []shown {
	out := make([]shown, len(elements))
	for i, e := range elements {
		out[i] = show(j.options.Target, e, false)
		out[i].Text = endpoint.Clip(e.Text, longestTarget)
		out[i].Guidance = endpoint.Clip(e.Guide, longestTargetGuidance)
	}
	return out
}

// show lays out what names an element. Of the elements above it the mere
// containers are left out where a list of candidates would repeat them.
func show(f *corpus.Framework, e corpus.Element, containers bool) shown {
	s := shown{ID: e.ID, Focus: endpoint.Clip(e.Focus, longestTitle), Title: endpoint.Clip(e.Title, longestTitle)}
	for up := range f.Ancestors(e) {
		if !containers && corpus.IsContainer(up.Kind) {
			continue
		}
		line := up.Title
		if line == "" {
			line = up.Text
		}
		if line != "" {
			s.Context = append(s.Context, endpoint.Clip(line, longestTitle))
		}
	}
	slices.Reverse(s.Context)
	return s
}

func nameOf(f *corpus.Framework) string {
	if f.Title == "" {
		return f.Spec()
	}
	return endpoint.Clip(f.Title, longestTitle)
}

// shuffled returns elements in an order that depends on the seed and the ids
// alone, so that it tells nothing of their ranks, and a block that holds the
// same elements is the same question.
func shuffled(seed int64, source corpus.Element, targets []corpus.Element) []corpus.Element {
	place := make(map[string][32]byte, len(targets))
	for _, t := range targets {
		place[t.ID] = sha256.Sum256([]byte(strconv.FormatInt(seed, 10) + "\x00" + source.ID + "\x00" + t.ID))
	}
	return slices.SortedFunc(slices.Values(targets), func(a, b corpus.Element) int {
		x, y := place[a.ID], place[b.ID]
		return slices.Compare(x[:], y[:])
	})
}

// schemaFor returns the JSON Schema of an answer about elements with these ids,
// as a document and compiled. It stays within the subset of JSON Schema that
// servers with structured output agree on.
func schemaFor(name string, ids []string) (json.RawMessage, *jsonschema.Schema, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, fmt.Errorf("encode ids: %w", err)
	}
	var document bytes.Buffer
	if err := json.Compact(&document, []byte(strings.ReplaceAll(prompt(name), `"CANDIDATES"`, string(list)))); err != nil {
		return nil, nil, fmt.Errorf("fill answer schema: %w", err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document.Bytes()))
	if err != nil {
		return nil, nil, fmt.Errorf("parse answer schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("answer.json", parsed); err != nil {
		return nil, nil, fmt.Errorf("add answer schema: %w", err)
	}
	compiled, err := c.Compile("answer.json")
	if err != nil {
		return nil, nil, fmt.Errorf("compile answer schema: %w", err)
	}
	return document.Bytes(), compiled, nil
}
