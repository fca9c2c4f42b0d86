package eval

import (
	"encoding/json"
	"fmt"
	"time"
)

// Format names the shape of a results file. A change that could break a reader
// changes the number.
const Format = "concord-eval/1"

// Results are what an evaluation measured: what "concord eval --json" prints,
// and what a gate and a comparison hold later ones against.
type Results struct {
	Format string      `json:"format"`
	Tool   string      `json:"tool"` // the program and its version
	Judge  string      `json:"judge"`
	Sets   []SetResult `json:"sets"`
}

// A SetResult is what each system reached on one label set.
type SetResult struct {
	Set           string   `json:"set"`
	Maker         string   `json:"maker,omitempty"`
	Trust         string   `json:"trust,omitempty"`
	Licence       string   `json:"licence,omitempty"`
	Comprehensive bool     `json:"comprehensive"`
	Source        string   `json:"source"` // specs
	Target        string   `json:"target"`
	Kinds         []string `json:"kinds,omitempty"` // of the targets; all if none
	Folded        bool     `json:"folded"`
	Precedents    []string `json:"precedents,omitempty"` // label sets that voted
	Leaks         []string `json:"leaks,omitempty"`      // what of the test texts was found in precedents and prompts
	Scores        []Score  `json:"scores"`
}

// Key tells a set apart from the same labels measured in another way.
func (s SetResult) Key() string {
	if s.Folded {
		return s.Set + " folded"
	}
	return s.Set
}

// Score returns what a system reached, or false if it was not measured.
func (s SetResult) Score(system string) (Score, bool) {
	for _, score := range s.Scores {
		if score.System == system {
			return score, true
		}
	}
	return Score{}, false
}

// Spent is what a model's answers took, whoever paid for them first.
type Spent struct {
	Calls            int           `json:"calls"`
	PromptTokens     int           `json:"prompt_tokens"`
	CachedTokens     int           `json:"cached_tokens"` // of the prompt tokens
	CompletionTokens int           `json:"completion_tokens"`
	Latency          time.Duration `json:"latency_ns"` // sum over the calls
	// Cost is in the currency of the prices; nil if they are not known.
	Cost *float64 `json:"cost,omitempty"`
}

// Value returns a metric by name, or what was spent: calls, tokens, cost, or
// seconds, the mean latency of a call when it was made.
func (s Score) Value(name string) (float64, bool) {
	if v, ok := s.Metrics[name]; ok {
		return v, true
	}
	if s.Spent == nil {
		return 0, false
	}
	switch name {
	case "calls":
		return float64(s.Spent.Calls), true
	case "tokens":
		return float64(s.Spent.PromptTokens + s.Spent.CompletionTokens), true
	case "seconds":
		return s.Spent.Latency.Seconds() / float64(max(s.Spent.Calls, 1)), true
	case "cost":
		if s.Spent.Cost != nil {
			return *s.Spent.Cost, true
		}
	}
	return 0, false
}

// ReadResults reads a results file. Another format, and sets that stand twice,
// are errors.
func ReadResults(data []byte) (Results, error) {
	var r Results
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("results of an evaluation: %w", err)
	}
	if r.Format != Format {
		return r, fmt.Errorf("results of an evaluation: format %q, want %q: write them with \"concord eval --json\"", r.Format, Format)
	}
	seen := map[string]bool{}
	for _, s := range r.Sets {
		if seen[s.Key()] {
			return r, fmt.Errorf("results of an evaluation: set %q stands twice", s.Key())
		}
		seen[s.Key()] = true
		for _, score := range s.Scores {
			if err := score.check(); err != nil {
				return r, fmt.Errorf("results of an evaluation: set %q, system %q: %w", s.Key(), score.System, err)
			}
		}
	}
	return r, nil
}

// check refuses requirements that stand twice, and measures that are none.
func (s Score) check() error {
	seen := map[string]bool{}
	for _, r := range s.Requirements {
		if seen[r.ID] {
			return fmt.Errorf("requirement %q stands twice", r.ID)
		}
		seen[r.ID] = true
		for _, x := range []float64{r.Top1, r.MRR5, r.MAP, r.NDCG10, r.R20, r.R50} {
			if !(x >= 0 && x <= 1+1e-9) {
				return fmt.Errorf("requirement %q measures %v: want 0 to 1", r.ID, x)
			}
		}
		if p := r.Pairs; p != nil && min(p.Right, p.Extra, p.Missed) < 0 {
			return fmt.Errorf("requirement %q counts %+v: want no negative number", r.ID, *p)
		}
	}
	return nil
}
