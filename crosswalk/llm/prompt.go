package llm

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"concord/corpus"
	"concord/internal/endpoint"
)

// PromptName is the file of the rules that the model is given. A change of the
// rules is a new file with the next number.
const PromptName = "judge-1.tmpl"

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

//go:embed prompts/judge-1.tmpl
var promptText string

//go:embed prompts/judge-1.schema.json
var schemaText string

// PromptSHA256 returns the SHA-256 of the prompt file, in hexadecimal.
func PromptSHA256() string {
	sum := sha256.Sum256([]byte(promptText))
	return hex.EncodeToString(sum[:])
}

// PromptText returns the prompt file.
func PromptText() string { return promptText }

// rules returns the system message: the same for every source of a run.
func rules(source, target *corpus.Framework) (string, error) {
	t, err := template.New(PromptName).Parse(promptText)
	if err != nil {
		return "", fmt.Errorf("parse prompt: %w", err)
	}
	focused := func(e corpus.Element) bool { return e.Focus != "" }
	var b strings.Builder
	err = t.Execute(&b, struct{ FocusAreas bool }{
		slices.ContainsFunc(source.Elements, focused) || slices.ContainsFunc(target.Elements, focused),
	})
	if err != nil {
		return "", fmt.Errorf("fill prompt: %w", err)
	}
	return b.String(), nil
}

// A task is the user message. The candidates stand first: what is alike in
// several requests at their beginning is cheaper to serve.
type task struct {
	TargetFramework string  `json:"target_framework"`
	Candidates      []shown `json:"candidates"`
	SourceFramework string  `json:"source_framework"`
	Source          shown   `json:"source"`
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

// questionFor returns the user message for a source and its candidates, which are
// shown in the order given.
func questionFor(source, target *corpus.Framework, from corpus.Element, to []corpus.Element) (string, error) {
	t := task{TargetFramework: nameOf(target), SourceFramework: nameOf(source), Source: show(source, from, true)}
	t.Source.Text = endpoint.Clip(from.Text, longestSource)
	t.Source.Guidance = endpoint.Clip(from.Guide, longestSourceGuidance)
	for _, e := range to {
		s := show(target, e, false)
		s.Text = endpoint.Clip(e.Text, longestTarget)
		s.Guidance = endpoint.Clip(e.Guide, longestTargetGuidance)
		t.Candidates = append(t.Candidates, s)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // quotes are copied from what the model reads
	if err := enc.Encode(t); err != nil {
		return "", fmt.Errorf("encode %s and its candidates: %w", from.ID, err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// show lays out what names an element. Of the elements above it the mere
// containers are left out where a list of candidates would repeat them.
func show(f *corpus.Framework, e corpus.Element, containers bool) shown {
	s := shown{ID: e.ID, Focus: e.Focus, Title: endpoint.Clip(e.Title, longestTitle)}
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
	return f.Title
}

// schemaFor returns the JSON Schema of an answer about candidates with these
// ids, as a document and compiled. It stays within the subset of JSON Schema
// that servers with structured output agree on.
func schemaFor(ids []string) (json.RawMessage, *jsonschema.Schema, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, fmt.Errorf("encode ids: %w", err)
	}
	var document bytes.Buffer
	if err := json.Compact(&document, []byte(strings.Replace(schemaText, `"CANDIDATES"`, string(list), 1))); err != nil {
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
