// Package convention shows how the people of a crosswalk use the relations.
//
// Experts seldom type pairs by strict set theory, but by a custom of their own.
// A [Convention] holds pairs that they decided ([Learn]) with a short summary of
// the custom: counted, drafted by a model ([Convention.Draft]) or edited by a
// person. A [Selector] picks from it what to show of it with a question.
//
// The package asks about no pair, and keeps nothing.
package convention

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/endpoint"
)

// Strict is what is followed where there is no convention: set theory as NIST
// IR 8477 has it.
const Strict = "strict IR 8477"

// Who wrote a summary.
const (
	Counted = "counted" // nobody: it says what can be counted
	Edited  = "edited"  // a person
	Model   = "model"   // a model, which is named beside it
)

// What is kept of texts, in bytes; the rest is cut at a word.
const (
	longestTitle   = 150
	longestText    = 600
	longestSummary = 4000
)

// A Convention is how the makers of some crosswalk use the relations. It is a
// value: what changes it returns another.
type Convention struct {
	Name   string `json:"name"`            // see [CheckName]
	Maker  string `json:"maker,omitempty"` // of the decisions
	Source string `json:"source"`          // spec of the framework that the pairs start from
	Target string `json:"target"`          // and of the one they lead to
	// Local says that texts of it must not leave this machine, see
	// [corpus.Framework].
	Local bool `json:"local,omitempty"`

	Summary string `json:"summary"`
	Drafted string `json:"drafted"`                 // Counted, Edited or Model
	Model   string `json:"model,omitempty"`         // that drafted the summary
	Prompt  string `json:"prompt_sha256,omitempty"` // of the prompt it was given, hexadecimal

	Examples []Example `json:"examples"` // in the order of the frameworks, a pair once
}

// An Example is a pair that was decided. Its relation reads from source to
// target and may be no_relationship.
type Example struct {
	Source        Text                    `json:"source"`
	Target        Text                    `json:"target"`
	Relation      crosswalk.Relation      `json:"relation"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`
}

// A Text is what is kept of an element: title and statement, clipped.
type Text struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
}

// TextOf returns what is kept of an element; its guidance where it has no
// statement.
func TextOf(e corpus.Element) Text {
	statement := e.Text
	if statement == "" {
		statement = e.Guide
	}
	return Text{
		ID:    e.ID,
		Title: endpoint.Clip(strings.ToValidUTF8(e.Title, "\ufffd"), longestTitle),
		Text:  endpoint.Clip(strings.ToValidUTF8(statement, "\ufffd"), longestText),
	}
}

// words returns the text as one.
func (t Text) words() string { return t.Title + "\n" + t.Text }

// Label names a convention and its version where something was typed under it:
// "house-rules (1a2b3c4d5e6f)". That of nil is [Strict].
func (c *Convention) Label() string {
	if c == nil {
		return Strict
	}
	return fmt.Sprintf("%s (%.12s)", c.Name, c.SHA256())
}

// JSON returns the convention as [Parse] reads it: the same bytes for the same
// convention.
func (c *Convention) JSON() []byte {
	b, err := encode(c)
	if err != nil {
		panic(err) // strings and lists of strings can always be encoded
	}
	return b
}

// SHA256 returns the SHA-256 of [Convention.JSON], in hexadecimal.
func (c *Convention) SHA256() string {
	sum := sha256.Sum256(c.JSON())
	return hex.EncodeToString(sum[:])
}

// encode returns JSON on one line in which texts stand as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Parse reads a convention. The error says what is wrong and in which example.
func Parse(data []byte) (*Convention, error) {
	var c Convention
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("convention: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("convention: something stands behind the JSON object")
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("convention: %w", err)
	}
	return &c, nil
}

func (c *Convention) check() error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if c.Source == "" || c.Target == "" {
		return errors.New("source and target, the frameworks it was learned from, must be named")
	}
	switch c.Drafted {
	case Counted, Edited, Model:
	default:
		return fmt.Errorf("drafted is %q: want %s, %s or %s", c.Drafted, Counted, Edited, Model)
	}
	if (c.Drafted == Model) != (c.Model != "") || (c.Model != "") != (c.Prompt != "") {
		return errors.New("a summary that a model drafted, and no other, names the model and the prompt")
	}
	if c.Summary == "" || len(c.Summary) > longestSummary {
		return fmt.Errorf("the summary has %d bytes: want 1 to %d", len(c.Summary), longestSummary)
	}
	if len(c.Examples) == 0 {
		return errors.New("there is no example")
	}
	seen := make(map[corpus.Pair]bool, len(c.Examples))
	for i, e := range c.Examples {
		if err := e.check(); err != nil {
			return fmt.Errorf("example %d: %w", i+1, err)
		}
		pair := corpus.Pair{Source: e.Source.ID, Target: e.Target.ID}
		if seen[pair] {
			return fmt.Errorf("example %d: %q to %q stands twice", i+1, pair.Source, pair.Target)
		}
		seen[pair] = true
	}
	return nil
}

func (e Example) check() error {
	if _, err := crosswalk.ParseRelation(string(e.Relation)); err != nil {
		return err
	}
	if e.RationaleType != "" {
		if _, err := crosswalk.ParseRationaleType(string(e.RationaleType)); err != nil {
			return err
		}
	}
	for _, side := range []struct {
		name string
		Text
	}{{"source", e.Source}, {"target", e.Target}} {
		switch {
		case side.ID == "":
			return fmt.Errorf("the %s has no id", side.name)
		case side.Title == "" && side.Text.Text == "":
			return fmt.Errorf("the %s %q has no text", side.name, side.ID)
		case len(side.Title) > longestTitle || len(side.Text.Text) > longestText:
			return fmt.Errorf("the %s %q has more text than is kept, %d bytes of title and %d of text", side.name, side.ID, longestTitle, longestText)
		}
	}
	return nil
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName refuses names that could be mistaken for a flag or a path: a name
// is up to 64 letters, digits, dots, dashes and underscores, and begins with a
// letter or digit.
func CheckName(name string) error {
	if nameForm.MatchString(name) {
		return nil
	}
	return fmt.Errorf("name %q: want up to 64 letters, digits, dots, dashes and underscores, a letter or digit first", name)
}

// Edit returns the convention with a summary that a person wrote. A summary of
// nothing, and one of more than 4000 bytes, which would go out with every
// question, are errors.
func (c *Convention) Edit(summary string) (*Convention, error) {
	summary = tidy(summary)
	if summary == "" {
		return nil, errors.New("the summary is empty")
	}
	if len(summary) > longestSummary {
		return nil, fmt.Errorf("the summary has %d bytes and goes out with every question: want %d at most", len(summary), longestSummary)
	}
	edited := *c
	edited.Summary, edited.Drafted, edited.Model, edited.Prompt = summary, Edited, "", ""
	return &edited, nil
}

// tidy takes out what cannot be seen, but for line breaks.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r != '\n' && corpus.Unprintable(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s))
}

// A Count is how many pairs have a relation.
type Count struct {
	Relation crosswalk.Relation `json:"relation"`
	Pairs    int                `json:"pairs"`
}

// Counts returns how many examples have each relation, in the order of
// [crosswalk.Relations]; those that none has are left out.
func (c *Convention) Counts() []Count {
	by := map[crosswalk.Relation]int{}
	for _, e := range c.Examples {
		by[e.Relation]++
	}
	var out []Count
	for _, r := range crosswalk.Relations() {
		if by[r] > 0 {
			out = append(out, Count{r, by[r]})
		}
	}
	return out
}
