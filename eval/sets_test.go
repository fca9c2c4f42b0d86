package eval_test

import (
	"strings"
	"testing"

	"concord/eval"
)

func TestAListOfSetsSaysWhatIsWrongWithIt(t *testing.T) {
	for text, says := range map[string]string{
		"":                   "list of label sets",
		"sets: []":           "nothing under",
		"sets:\n- {name: a}": "set 1 needs",
		"sets:\n- {nam: a}":  "nam",
		"sets:\n- {name: a, from: b, to: c, labels: d, faulty: keep}":                           `faulty is "keep": want "refuse" or "leave out"`,
		"sets:\n- {name: a, from: b, to: c, labels: d}\n- {name: a, from: b, to: c, labels: e}": `two sets are named "a"`,
		"other: 1":            "other",
		"sets: {a: [unclosed": "list of label sets",
	} {
		if _, err := eval.ReadSets([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
}

func FuzzReadSets(f *testing.F) {
	f.Add([]byte("sets:\n- {name: a, from: b, to: c, labels: d}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if sets, err := eval.ReadSets(data); err == nil && len(sets) == 0 {
			t.Fatal("no set and no error")
		}
	})
}
