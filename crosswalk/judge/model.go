package judge

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

// A Model turns the features of a candidate into the probability that an
// expert would list it, by logistic regression.
type Model struct {
	Name string `json:"name"`
	// Weights of the features in the order of [Features].
	Intercept float64    `json:"intercept"`
	Weights   [3]float64 `json:"weights"`
	// Threshold is the probability from which a pair counts as mapped.
	Threshold float64 `json:"threshold"`

	SHA256 string `json:"-"` // of the file it was read from

	Command string   `json:"command"` // what made this file
	Data    []string `json:"data"`    // the label sets it was fitted on
	Date    string   `json:"date"`
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
	if m.Name == "" || !(m.Threshold > 0 && m.Threshold < 1) {
		return m, fmt.Errorf("judge model %q: needs a name and a threshold between 0 and 1", m.Name)
	}
	sum := sha256.Sum256(data)
	m.SHA256 = hex.EncodeToString(sum[:])
	return m, nil
}

// Probability returns a value between 0 and 1.
func (m Model) Probability(features [3]float64) float64 {
	x := m.Intercept
	for i, f := range features {
		x += m.Weights[i] * f
	}
	return 1 / (1 + math.Exp(-x))
}
