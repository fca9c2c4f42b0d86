// Package calibration turns how sure a judge says it is into the probability
// that an expert would list the pair.
//
// A model's stated confidence is not that probability: models are too sure, each
// in its own way, and a new prompt changes the way. So what is learned of one
// model under one prompt is kept under both names, and whoever is not known
// gets a cautious line that says so.
package calibration

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// A Calibration is what is known of models. The zero value knows of none and
// has no line for them either: use [Default] or [Parse].
type Calibration struct {
	// Unknown is for a model and prompt without labels, and Reason says where
	// its numbers come from.
	Unknown Line    `json:"unknown"`
	Reason  string  `json:"reason"`
	Models  []Model `json:"models"` // no two of one name and prompt

	SHA256 string `json:"-"` // of the file it was read from
}

// A Model is what is known of one model under one prompt.
type Model struct {
	Name   string `json:"model"`         // as verdicts name it
	Prompt string `json:"prompt_sha256"` // likewise
	Fitted
	// Without has what was fitted without each family of frameworks, so that a
	// family can be measured by what knows nothing of it. Where nothing was left
	// to fit, that is the line of the unknown, with no data.
	Without map[string]Fitted `json:"without,omitempty"`

	Command string `json:"command"` // what made this
	Date    string `json:"date"`
}

// Fitted is a line with what it was fitted on.
type Fitted struct {
	Line
	Data   []string `json:"data"`   // label sets; none for the line of the unknown
	Pairs  int      `json:"pairs"`  // that were judged
	Listed int      `json:"listed"` // of these, by the labels
}

// A Line is a logistic regression on [Features].
type Line struct {
	Intercept float64   `json:"intercept"`
	Weights   []float64 `json:"weights"` // Count, of the features in their order
}

// Probability returns a value between 0 and 1.
func (l Line) Probability(features [Count]float64) float64 {
	x := l.Intercept
	for i, w := range l.Weights {
		x += w * features[i]
	}
	return 1 / (1 + math.Exp(-x))
}

// For returns what is known of a model under a prompt, or the line of the
// unknown and false.
func (c Calibration) For(model, prompt string) (Fitted, bool) {
	for _, m := range c.Models {
		if m.Name == model && m.Prompt == prompt && len(m.Data) > 0 {
			return m.Fitted, true
		}
	}
	return Fitted{Line: c.Unknown}, false
}

// Learned returns the label sets that something is known of a model from, under
// whatever prompt, in the order of the file.
func (c Calibration) Learned(model string) []string {
	var sets []string
	for _, m := range c.Models {
		if m.Name == model {
			sets = append(sets, m.Data...)
		}
	}
	return sets
}

// Without returns the calibration to measure a family with: what was fitted
// without it or, of a model for which it was never held out, the whole.
func (c Calibration) Without(family string) Calibration {
	c.Models = slices.Clone(c.Models)
	for i, m := range c.Models {
		if held, ok := m.Without[family]; ok {
			c.Models[i].Fitted = held
		}
	}
	return c
}

// With returns the calibration with a model added, or put in the place of what
// was known of it under the same prompt.
func (c Calibration) With(model Model) Calibration {
	c.Models = slices.Clone(c.Models)
	at := slices.IndexFunc(c.Models, func(m Model) bool { return m.Name == model.Name && m.Prompt == model.Prompt })
	if at < 0 {
		c.Models = append(c.Models, model)
	} else {
		c.Models[at] = model
	}
	return c
}

//go:embed calibration.json
var known []byte

// Default returns the calibration that comes with the program.
func Default() (Calibration, error) { return Parse(known) }

// heaviest is the greatest size of a number in a line: no probability of a
// line that makes sense needs more, and sums stay far from overflow.
const heaviest = 1e3

// Parse reads a calibration file, JSON. Unknown keys, a line with more
// or fewer weights than features, numbers beyond a thousand, a model without a name or
// with fewer pairs than listed ones, and one that stands twice are errors.
func Parse(data []byte) (Calibration, error) {
	var c Calibration
	var in struct {
		Unknown *Line `json:"unknown"`
		*Calibration
	}
	in.Calibration = &c
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Calibration{}, fmt.Errorf("calibration: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Calibration{}, errors.New("calibration: the file goes on after its end")
	}
	if in.Unknown == nil {
		return Calibration{}, errors.New("calibration: the file has no line for an unknown model, under \"unknown\"")
	}
	c.Unknown = *in.Unknown
	if err := c.Unknown.check(); err != nil {
		return Calibration{}, fmt.Errorf("calibration of an unknown model: %w", err)
	}
	for i, m := range c.Models {
		if err := m.check(); err != nil {
			return Calibration{}, fmt.Errorf("calibration: model %d, %q: %w", i+1, m.Name, err)
		}
		if slices.ContainsFunc(c.Models[:i], func(o Model) bool { return o.Name == m.Name && o.Prompt == m.Prompt }) {
			return Calibration{}, fmt.Errorf("calibration: model %d, %q: stands there twice with this prompt; keep one", i+1, m.Name)
		}
	}
	sum := sha256.Sum256(data)
	c.SHA256 = hex.EncodeToString(sum[:])
	return c, nil
}

func (m Model) check() error {
	if m.Name == "" {
		return errors.New("has no name")
	}
	if len(m.Data) == 0 {
		return errors.New("does not say which label sets it was fitted on, under \"data\"")
	}
	if err := m.Fitted.check(); err != nil {
		return err
	}
	for _, family := range slices.Sorted(maps.Keys(m.Without)) {
		if err := m.Without[family].check(); err != nil {
			return fmt.Errorf("without %s: %w", family, err)
		}
	}
	return nil
}

func (f Fitted) check() error {
	if f.Listed < 0 || f.Pairs < f.Listed {
		return fmt.Errorf("%d listed of %d pairs is not possible", f.Listed, f.Pairs)
	}
	return f.Line.check()
}

func (l Line) check() error {
	if len(l.Weights) != Count {
		return fmt.Errorf("%d weights: want %d, for the features in their order", len(l.Weights), Count)
	}
	for _, x := range append([]float64{l.Intercept}, l.Weights...) {
		if math.Abs(x) > heaviest {
			return fmt.Errorf("%v is no number that a calibration can have: want at most %v", x, heaviest)
		}
	}
	return nil
}

// File returns the calibration as [Parse] reads it: JSON, indented, with a
// newline at its end. Equal calibrations give equal bytes.
func (c Calibration) File() ([]byte, error) {
	if c.Models == nil {
		c.Models = []Model{}
	}
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	return append(body, '\n'), nil
}
