package memory

import (
	"slices"
	"strings"
	"testing"

	"concord/corpus"
)

func target(t testing.TB) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "sp800-53", Edition: "5", Elements: []corpus.Element{
		{ID: "AC-2", Title: "Accounts"}, {ID: "AC-2(3)", Parent: "AC-2", Title: "Disable"}, {ID: "GOVERN 1.1", Title: "Law"}}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestIDsAreFoundInWhatModelsPutAroundThem(t *testing.T) {
	p := &Probe{options: Options{Target: target(t)}}
	for printed, want := range map[string]string{
		"ac-02":                   "AC-2",
		" AC-2 (3) ":              "AC-2(3)",
		"AC-02(03) Disable":       "AC-2(3)",
		"AC-2: Accounts":          "AC-2",
		"AC-2 – Accounts (AC-99)": "AC-2",
		"GOVERN  1.1":             "GOVERN 1.1",
		"GOVERN 1.1. Law":         "GOVERN 1.1",
	} {
		named, invented := p.resolve([]string{printed})
		if !slices.Equal(named, []string{want}) || len(invented) != 0 {
			t.Errorf("%q: named %q, invented %q", printed, named, invented)
		}
	}
	for _, printed := range []string{"Accounts", "AC-20", "see AC-2", "AC-2(4)"} {
		if named, invented := p.resolve([]string{printed}); len(named) != 0 || len(invented) != 1 {
			t.Errorf("%q: named %q, invented %q", printed, named, invented)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"targets":["AC-2","ac-02(03) Disable"," GOVERN 1.1"]}`)
	f.Add("<think>{}</think>```json\n{\"targets\":[\"\\u001b[2J\",\"\",\"AC-2\",\"AC-2\"]}\n```")
	f.Add(`{"targets":[["AC-2"]]}`)
	f.Add(`{"targets":["` + strings.Repeat("AC-2 ", 300) + `"]}`)
	p := &Probe{options: Options{Target: target(f)}}
	f.Fuzz(func(t *testing.T, content string) {
		targets, err := parse(content)
		if err != nil {
			return
		}
		named, invented := p.resolve(targets)
		if len(named)+len(invented) > len(targets) {
			t.Errorf("%d ids became %d and %d", len(targets), len(named), len(invented))
		}
		seen := map[string]bool{}
		for _, id := range slices.Concat(named, invented) {
			if seen[id] || id == "" || strings.ContainsFunc(id, corpus.Unprintable) {
				t.Errorf("%q and %q", named, invented)
			}
			seen[id] = true
		}
		for _, id := range named {
			if _, ok := p.options.Target.Element(id); !ok {
				t.Errorf("%q does not exist", id)
			}
		}
		for _, id := range invented {
			if len(id) > longestInvented {
				t.Errorf("%d bytes of an id", len(id))
			}
		}
	})
}
