package judge

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// A Model turns the features of a candidate into the probability that an
// expert would list it, by logistic regression.
type Model struct {
	Name string `json:"name"`
	Fitted
	// Without has what was fitted without each family of frameworks, so that a
	// family can be measured by a judge that knows nothing of it.
	Without map[string]Fitted `json:"without,omitempty"`

	SHA256 string `json:"-"` // of the file it was read from

	Command string `json:"command"` // what made this file
	Date    string `json:"date"`
}

// Fitted is what a model learned.
type Fitted struct {
	Line
	// Below is for the candidates that nobody judges: what to expect there.
	Below Line `json:"below"`
	// Threshold is the probability from which a pair counts as mapped.
	Threshold float64  `json:"threshold"`
	Data      []string `json:"data"` // the label sets it was fitted on
}

// A Line is a logistic regression.
type Line struct {
	Intercept float64    `json:"intercept"`
	Weights   [3]float64 `json:"weights"` // of the features, in the order of [Features]
}

// For returns the model to measure a family with: the one without it or, if it
// was never held out, the whole.
func (m Model) For(family string) Model {
	if held, ok := m.Without[family]; ok {
		m.Fitted = held
	}
	return m
}

//go:embed model.json
var trained []byte

// Default returns the model that comes with the program.
func Default() (Model, error) { return ParseModel(trained) }

// ParseModel reads a model file.
func ParseModel(data []byte) (Model, error) {
	var m Model
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("judge model: %w", err)
	}
	usable := func(f Fitted) bool { return f.Threshold > 0 && f.Threshold < 1 }
	if m.Name == "" || !usable(m.Fitted) {
		return m, fmt.Errorf("judge model %q: needs a name and a threshold between 0 and 1", m.Name)
	}
	for _, family := range slices.Sorted(maps.Keys(m.Without)) {
		if !usable(m.Without[family]) {
			return m, fmt.Errorf("judge model %q without %s: needs a threshold between 0 and 1", m.Name, family)
		}
	}
	sum := sha256.Sum256(data)
	m.SHA256 = hex.EncodeToString(sum[:])
	return m, nil
}

// Probability returns a value between 0 and 1.
func (l Line) Probability(features [3]float64) float64 {
	x := l.Intercept
	for i, f := range features {
		x += l.Weights[i] * f
	}
	return 1 / (1 + math.Exp(-x))
}
