package candidate

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
	"slices"
	"strings"
)

// Names of the signals, as they appear in a candidate's Signals and in a file
// of weights.
const (
	Lexical   = "lexical"   // field-weighted BM25
	Semantic  = "semantic"  // cosine of the built-in embeddings
	Remote    = "remote"    // cosine of a model's embeddings
	Concept   = "concept"   // families of words that mean the same, in the target or its best child
	Child     = "child"     // the best single enhancement or child, by lexical and semantic
	Related   = "related"   // what the publisher relates the target to
	Family    = "family"    // the best targets of the same family
	Path      = "path"      // what stands above source and target
	Prior     = "prior"     // how many others the publisher relates to the target
	Detail    = "detail"    // against a target that only details another target
	Precedent = "precedent" // published mappings of similar elements
)

// Signals returns the names of the signals in the order in which they are
// added up.
func Signals() []string {
	return []string{Lexical, Semantic, Remote, Concept, Child, Related, Family, Path, Prior, Detail, Precedent}
}

// Weights say how much each standardised signal counts, from zero to a million. Zero
// switches a signal off, as if it had never been there: without Lexical no word
// is compared with a target's and without Semantic no vector, not even inside
// Child, which is left with the other; without Precedent nothing is evidence.
// Remote counts only where a model gave vectors: the weight that comes with the
// program, 1, is as much as Semantic's and a guess, for nothing could be learned.
// Concepts, paths and precedents read words of their own, which Lexical leaves
// alone.
//
// The scores are standardised after the first five signals, so of these only
// the proportions count.
type Weights struct {
	Lexical, Semantic, Remote, Concept, Child, Related, Family, Path, Prior, Detail, Precedent float64
}

// at returns where the weight of a signal is kept, nil for an unknown one.
func (w *Weights) at(signal string) *float64 {
	switch signal {
	case Lexical:
		return &w.Lexical
	case Semantic:
		return &w.Semantic
	case Remote:
		return &w.Remote
	case Concept:
		return &w.Concept
	case Child:
		return &w.Child
	case Related:
		return &w.Related
	case Family:
		return &w.Family
	case Path:
		return &w.Path
	case Prior:
		return &w.Prior
	case Detail:
		return &w.Detail
	case Precedent:
		return &w.Precedent
	}
	return nil
}

// Of returns the weight of a signal, zero for an unknown one.
func (w Weights) Of(signal string) float64 {
	if at := w.at(signal); at != nil {
		return *at
	}
	return 0
}

// heaviest is the greatest weight: more of one signal drowns all others anyway,
// and far above it sums overflow.
const heaviest = 1e6

// With returns the weights with one changed. It fails if there is no such
// signal or the weight is not a number from zero to a million.
func (w Weights) With(signal string, weight float64) (Weights, error) {
	at := w.at(signal)
	if at == nil {
		return w, fmt.Errorf("no signal is called %q; there are %s", signal, strings.Join(Signals(), ", "))
	}
	if !(weight >= 0 && weight <= heaviest) {
		return w, fmt.Errorf("the weight of %s is %v: want a number from 0 to %.0f", signal, weight, float64(heaviest))
	}
	*at = weight
	return w, nil
}

// Without returns the weights with one signal switched off. It fails if there
// is no such signal.
func (w Weights) Without(signal string) (Weights, error) { return w.With(signal, 0) }

// A Variant is a choice of signals, for measuring what each is good for.
type Variant struct {
	Name    string // "all signals", "without lexical" and so on
	Off     string // the signal that is switched off, empty if none is
	Weights Weights
}

// Variants returns the weights as they are, then with each signal that is on
// switched off by itself, in the order of [Signals].
func (w Weights) Variants() []Variant {
	out := []Variant{{Name: "all signals", Weights: w}}
	for _, name := range Signals() {
		if w.Of(name) == 0 {
			continue
		}
		without := w
		*without.at(name) = 0
		out = append(out, Variant{Name: "without " + name, Off: name, Weights: without})
	}
	return out
}

// A Fusion is a set of weights with what made it.
type Fusion struct {
	Name    string
	Weights Weights

	SHA256 string // of the file it was read from

	// Without has what was learned without each family of frameworks, so that
	// a family can be measured by weights that know nothing of it.
	Without map[string]Held

	Command  string   // what made the file
	Data     []string // the label sets that the weights were learned from
	Seed     uint64
	Date     string
	Settings map[string]string // of the learner, and what else is worth knowing
}

// Held are weights that were learned without a family.
type Held struct {
	Weights Weights
	Data    []string // the label sets that they were learned from
}

// For returns the weights to measure a family with, and the label sets that
// they were learned from: those without the family, or, if it was never held
// out, those of all.
func (f Fusion) For(family string) (Weights, []string) {
	if h, ok := f.Without[family]; ok {
		return h.Weights, h.Data
	}
	return f.Weights, f.Data
}

// file is how a Fusion is written down. Maps are written in order of their
// keys.
type file struct {
	Name     string              `json:"name"`
	Weights  map[string]*float64 `json:"weights"`
	Without  map[string]held     `json:"without,omitempty"`
	Command  string              `json:"command"`
	Data     []string            `json:"data"`
	Seed     uint64              `json:"seed"`
	Date     string              `json:"date"`
	Settings map[string]string   `json:"settings"`
}

type held struct {
	Weights map[string]*float64 `json:"weights"`
	Data    []string            `json:"data"`
}

//go:embed weights.json
var learned []byte

// Default returns the weights that come with the program.
func Default() (Fusion, error) { return ParseWeights(learned) }

// ParseWeights reads a file of weights, JSON. It must have a name and a weight
// for every signal of [Signals] and for no other, each from zero to a million,
// and switch on at least one that reads the texts.
func ParseWeights(data []byte) (Fusion, error) {
	var in file
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Fusion{}, fmt.Errorf("weights: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Fusion{}, errors.New("weights: the file goes on after its end")
	}
	if in.Name == "" {
		return Fusion{}, errors.New("weights: the file has no name")
	}
	out := Fusion{Name: in.Name, Command: in.Command, Data: in.Data, Seed: in.Seed, Date: in.Date, Settings: in.Settings}
	var err error
	if out.Weights, err = parse(in.Weights); err != nil {
		return Fusion{}, fmt.Errorf("weights %q: %w", in.Name, err)
	}
	for _, family := range slices.Sorted(maps.Keys(in.Without)) {
		w, err := parse(in.Without[family].Weights)
		if err != nil {
			return Fusion{}, fmt.Errorf("weights %q without %s: %w", in.Name, family, err)
		}
		if out.Without == nil {
			out.Without = map[string]Held{}
		}
		out.Without[family] = Held{w, in.Without[family].Data}
	}
	sum := sha256.Sum256(data)
	out.SHA256 = hex.EncodeToString(sum[:])
	return out, nil
}

// parse reads the weights of all signals by name.
func parse(in map[string]*float64) (w Weights, err error) {
	for _, signal := range slices.Sorted(maps.Keys(in)) {
		value := in[signal]
		if value == nil {
			return w, fmt.Errorf("the weight of %s is null", signal)
		}
		if w, err = w.With(signal, *value); err != nil {
			return w, err
		}
	}
	for _, signal := range Signals() {
		if _, ok := in[signal]; !ok {
			return w, fmt.Errorf("no weight for %s; write 0 to switch it off", signal)
		}
	}
	if w.Lexical+w.Semantic+w.Concept == 0 {
		return w, fmt.Errorf("none of %s, %s and %s is on, so nothing reads the texts", Lexical, Semantic, Concept)
	}
	return w, nil
}

// byName is the reverse of parse.
func (w Weights) byName() map[string]*float64 {
	out := map[string]*float64{}
	for _, signal := range Signals() {
		out[signal] = w.at(signal)
	}
	return out
}

// File returns the fusion as [ParseWeights] reads it: JSON, indented, with a
// newline at its end. Equal fusions give equal bytes.
func (f Fusion) File() ([]byte, error) {
	out := file{Name: f.Name, Weights: f.Weights.byName(), Command: f.Command, Data: f.Data, Seed: f.Seed, Date: f.Date, Settings: f.Settings}
	for family, h := range f.Without { // written in order of the keys
		if out.Without == nil {
			out.Without = map[string]held{}
		}
		out.Without[family] = held{h.Weights.byName(), h.Data}
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("weights %q: %w", f.Name, err)
	}
	return append(body, '\n'), nil
}
