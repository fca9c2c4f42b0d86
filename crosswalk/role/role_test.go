package role_test

import (
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/role"
)

func profile(t testing.TB) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open("cyber-ai-profile")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheBuiltInRolesSelectSomethingOfTheProfileAndSayWhatEachColumnMeans(t *testing.T) {
	roles, err := role.Read(role.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"governance", "risk", "ai-developer", "soc", "supply-chain", "audit"}; !slices.Equal(role.Names(roles), want) {
		t.Errorf("%q, want %q", role.Names(roles), want)
	}
	source := profile(t)
	for _, r := range roles {
		keep, err := r.Keep(source)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, e := range source.Mappable() {
			if keep(e) {
				rows++
			}
		}
		if rows < 10 || rows > 80 {
			t.Errorf("%s has %d rows, which is no page or two", r.Name, rows)
		}
		for _, c := range slices.Concat(r.Columns, r.Also) {
			if _, err := builtin.Open(c.Framework); err != nil || r.Means(c.Framework+"@x") == "" {
				t.Errorf("%s, %s: %v, means %q", r.Name, c.Framework, err, r.Means(c.Framework))
			}
		}
		if len(r.Intro) < 200 {
			t.Errorf("%s has no introduction", r.Name)
		}
	}
}

// kept lists what a role keeps of a small profile.
func kept(t *testing.T, r role.Role) string {
	t.Helper()
	f := &corpus.Framework{Name: "house", Edition: "1", Elements: []corpus.Element{
		{ID: "A", Kind: corpus.KindFunction}, {ID: "A.1", Kind: corpus.KindSubcategory, Parent: "A", Text: "x"},
		{ID: "A.1#secure", Kind: corpus.KindCell, Parent: "A.1", Focus: "secure", Priority: 1, Text: "x"},
		{ID: "A.1#defend", Kind: corpus.KindCell, Parent: "A.1", Focus: "defend", Priority: 3, Text: "x"},
		{ID: "B", Kind: corpus.KindFunction}, {ID: "B.1", Kind: corpus.KindSubcategory, Parent: "B", Text: "x"},
		{ID: "B.1#defend", Kind: corpus.KindCell, Parent: "B.1", Focus: "defend", Priority: 2, Text: "x"},
	}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	keep, err := r.Keep(f)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range f.Mappable() {
		if keep(e) {
			ids = append(ids, e.ID)
		}
	}
	return strings.Join(ids, " ")
}

func TestARoleKeepsWhatItNames(t *testing.T) {
	for _, test := range []struct {
		role role.Role
		want string
	}{
		{role.Role{Outcomes: role.AllOutcomes}, "A.1 A.1#secure A.1#defend B.1 B.1#defend"},
		{role.Role{Outcomes: role.AllOutcomes, Elements: []string{"A"}}, "A.1 A.1#secure A.1#defend"},
		{role.Role{Outcomes: role.AllOutcomes, Without: []string{"A.1"}}, "B.1 B.1#defend"},
		{role.Role{Outcomes: role.AllOutcomes, Focus: []string{"defend"}}, "A.1 A.1#defend B.1 B.1#defend"},
		{role.Role{Outcomes: role.WithCells, Priority: 1}, "A.1 A.1#secure"},
		{role.Role{Outcomes: role.NoOutcomes, Priority: 2}, "A.1#secure B.1#defend"},
		{role.Role{Outcomes: role.NoOutcomes, Elements: []string{"B.1#defend"}}, "B.1#defend"},
	} {
		if got := kept(t, test.role); got != test.want {
			t.Errorf("%+v keeps %q, want %q", test.role, got, test.want)
		}
	}
}

func TestASourceWithoutFocusAreasKeepsItsOutcomes(t *testing.T) {
	f := &corpus.Framework{Name: "plain", Edition: "1", Elements: []corpus.Element{{ID: "P-1", Kind: corpus.KindControl, Text: "x"}}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	keep, err := role.Role{Outcomes: role.NoOutcomes, Focus: []string{"secure"}, Priority: 1}.Keep(f)
	if err != nil || !keep(f.Elements[0]) {
		t.Errorf("%v", err)
	}
}

func TestAnIdThatTheSourceDoesNotHaveIsNamedWithTheNearest(t *testing.T) {
	for name, r := range map[string]role.Role{
		`elements: cyber-ai-profile@iprd has no element "GV.OC-09"; did you mean GV.OC-0`: {Name: "x", Elements: []string{"GV.OC-9"}},
		`without: cyber-ai-profile@iprd has no element "DETECT"`:                          {Name: "x", Without: []string{"DETECT"}},
		`no Focus Area "secured": want secure, defend, thwart`:                            {Name: "x", Focus: []string{"secured"}},
	} {
		_, err := r.Keep(profile(t))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `"GV.OC-9"`, `"GV.OC-09"`), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}

func TestARoleHasFromAnotherWhatItDoesNotSay(t *testing.T) {
	roles, err := role.Read([]byte("roles:\n  child:\n    extends: parent\n    title: Child\n    priority: 2\n" +
		"  parent: {extends: grand, title: Parent, sort: priority, words: 7}\n  grand: {title: Grand, priority: 1, columns: [{framework: csf, means: m}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := role.Find(roles, "child")
	if err != nil || r.Title != "Child" || r.Priority != 2 || r.Words != 7 || r.Sort != role.ByPriority || r.Means("csf@2.0") != "m" || r.Extends != "parent" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnUnknownRoleIsNamedWithTheNearest(t *testing.T) {
	roles, err := role.Read(role.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := role.Find(roles, "goverance"); err == nil || !strings.Contains(err.Error(), `did you mean governance?`) {
		t.Error(err)
	}
}

func TestABadFileOfRolesSaysWhatIsWrong(t *testing.T) {
	const good = "title: T, columns: [{framework: csf}]"
	for file, says := range map[string]string{
		"":                      "there is no role",
		"# nothing\n":           "there is no role",
		"roles:\n":              "there is no role",
		"roles: {}\n":           "there is no role",
		"roles: [a]\n":          "there is no role",
		"role: {}\n":            `line 1: the file: unknown key "role": want roles; did you mean roles?`,
		"- a\n":                 "line 1: the file is not a map of roles",
		"roles:\n  a:\n":        `line 2: role "a" is empty`,
		"roles:\n  a: {}\n":     `line 2: role "a" is empty`,
		"roles:\n  a: text\n":   `line 2: role "a" is empty`,
		"roles:\n  a b: {x: 1}": `"a b" is no name of a role`,
		"roles:\n  a: {" + good + "}\n  a: {" + good + "}\n":                              `line 3: role "a" stands twice`,
		"roles:\n  a:\n    titel: x\n":                                                    `line 3: role "a": unknown key "titel": want extends, title, intro, elements, without, focus, priority, outcomes, sort, words, items, columns, also; did you mean title?`,
		"roles:\n  a: {title: T, title: T}\n":                                             `key "title" stands twice`,
		"roles:\n  a: {columns: [{framework: csf}]}\n":                                    `role "a": has no title`,
		"roles:\n  a: {title: T}\n":                                                       `role "a": has no columns`,
		"roles:\n  a: {title: T, columns: [{means: x}]}\n":                                "names no framework",
		"roles:\n  a: {title: T, columns: [csf]}\n":                                       "columns is not a map of framework, means",
		"roles:\n  a: {title: T, columns: [{name: csf}]}\n":                               `unknown key "name"`,
		"roles:\n  a: {title: T, columns: [{framework: csf},{framework: csf}]}":           "csf stands in two columns",
		"roles:\n  a: {" + good + ", priority: 4}\n":                                      "priority 4: want 1 (high) to 3",
		"roles:\n  a: {" + good + ", priority: high}\n":                                   `role "a": unmarshal errors`,
		"roles:\n  a: {" + good + ", words: -1}\n":                                        "must not be negative",
		"roles:\n  a: {" + good + ", outcomes: some}\n":                                   `outcomes "some": want all, with-cells or none`,
		"roles:\n  a: {" + good + ", sort: gain}\n":                                       `sort "gain": want document or priority`,
		"roles:\n  a: {extends: a, " + good + "}\n":                                       `extends itself in a circle: a → a`,
		"roles:\n  a: {extends: b, " + good + "}\n  b: {extends: c}\n  c: {extends: a}\n": `role "a" extends itself in a circle: a → b → c → a`,
		"roles:\n  base: {" + good + "}\n  b: {extends: bass}\n":                          `line 3: role "b" extends "bass", which is not there; did you mean base?`,
		"roles:\n  a: {" + good + "}\n---\nroles: {}\n":                                   "more than one document",
		"roles: {a: [\n": "yaml",
	} {
		if _, err := role.Read([]byte(file)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", file, err, says)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(role.Builtin())
	f.Add([]byte("roles: {a: &x {extends: b, title: t}, b: *x}"))
	f.Add([]byte("roles: {a: &x {columns: [*x]}}"))
	f.Add([]byte("roles:\n  a:\n    <<: *b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		roles, err := role.Read(data)
		if err == nil && len(roles) == 0 {
			t.Error("no role and no error")
		}
		for _, r := range roles {
			if r.Title == "" || len(r.Columns) == 0 {
				t.Errorf("%+v", r)
			}
			if _, err := role.Find(roles, r.Name); err != nil {
				t.Error(err)
			}
		}
	})
}
