package orgprofile_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/orgprofile"
)

func mustOpen(t testing.TB, name string) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// bind reads a file and binds it to the built-in frameworks that it names.
func bind(t testing.TB, file string) (*orgprofile.Bound, error) {
	t.Helper()
	p, err := orgprofile.Read([]byte(file))
	if err != nil {
		return nil, err
	}
	var targets []*corpus.Framework
	for _, c := range p.Catalogs {
		targets = append(targets, mustOpen(t, c.Framework.Value))
	}
	name := p.Framework.Value
	if name == "" {
		name = "cyber-ai-profile"
	}
	return p.Bind(mustOpen(t, name), targets)
}

func mustBind(t testing.TB, file string) *orgprofile.Bound {
	t.Helper()
	b, err := bind(t, file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func stance(t testing.TB, b *orgprofile.Bound, id string) orgprofile.Stance {
	t.Helper()
	e, ok := b.Source.Element(id)
	if !ok {
		t.Fatalf("no element %s", id)
	}
	return b.Stance(e)
}

func TestEveryFieldAndShorthandIsRead(t *testing.T) {
	p, err := orgprofile.Read([]byte(`# ours
profile: Our service
framework: cyber-ai-profile@iprd
focus_areas: [Secure, defend]
outcomes:
  GV.RM: no
  GV.SC: 2
  PR.AA-01: met
  DE.CM:
    included: yes
    rationale: Ours.
    priority: 1
    current:
      status: partly
      policies: P 1
      practices: [daily, weekly]
      roles: [SOC]
      evidence: [audit, 4711]
    target: {status: met}
controls:
  sp800-53: [AC-2, {id: SC-7, state: partial, evidence: firewall}]
  iso-42001:
    A.2.2:
    A.2.3: planned
    5.10: {evidence: [a, b]}
`))
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	text := func(s string, line int) orgprofile.Text { return orgprofile.Text{Value: s, Line: line} }
	want := &orgprofile.Profile{
		Title: "Our service", Framework: text("cyber-ai-profile@iprd", 3), FocusAreas: []orgprofile.Text{text("secure", 4), text("defend", 4)},
		Outcomes: []orgprofile.Entry{
			{ID: text("GV.RM", 6), Included: &no}, {ID: text("GV.SC", 7), Priority: 2},
			{ID: text("PR.AA-01", 8), Current: &orgprofile.Position{Status: orgprofile.Met}},
			{ID: text("DE.CM", 9), Included: &yes, Rationale: "Ours.", Priority: 1,
				Current: &orgprofile.Position{Status: orgprofile.Partly, Policies: []string{"P 1"}, Practices: []string{"daily", "weekly"}, Roles: []string{"SOC"}, Evidence: []string{"audit", "4711"}},
				Target:  &orgprofile.Position{Status: orgprofile.Met}},
		},
		Catalogs: []orgprofile.Catalog{
			{Framework: text("sp800-53", 21), Controls: []orgprofile.Control{
				{ID: text("AC-2", 21), State: orgprofile.Implemented}, {ID: text("SC-7", 21), State: orgprofile.Partial, Evidence: []string{"firewall"}}}},
			{Framework: text("iso-42001", 22), Controls: []orgprofile.Control{
				{ID: text("A.2.2", 23), State: orgprofile.Implemented}, {ID: text("A.2.3", 24), State: orgprofile.Planned},
				{ID: text("5.10", 25), State: orgprofile.Implemented, Evidence: []string{"a", "b"}}}},
		},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v\nwant %+v", p, want)
	}
}

// TestWhatIsWrongIsNamedByItsLine has a case for everything that a file can get
// wrong; each names all of its lines.
func TestWhatIsWrongIsNamedByItsLine(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"empty":               {"", "the file is empty"},
		"blank":               {" \n\n", "the file is empty"},
		"remarks alone":       {"# nothing\n", "the file says nothing"},
		"null":                {"null\n", "the file says nothing"},
		"a list":              {"- a\n", `line 1: the file: want keys`},
		"Latin-1":             {"profile: a\noutcomes: caf\xe9\n", "line 2: not UTF-8"},
		"too large":           {"profile: " + strings.Repeat("a", orgprofile.MaxBytes), "are the most"},
		"not YAML":            {"profile: [a\n", "did not find expected"},
		"two documents":       {"profile: a\n---\nprofile: b\n", "there are more"},
		"anchors":             {"profile: &a [x, x]\noutcomes: [*a, *a]\n", "line 1: an alias or anchor"},
		"deep":                {"profile: " + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "\n", "lists within lists"},
		"unknown key":         {"outcome: {}\n", `line 1: the file: unknown key "outcome": want one of controls, focus_areas, framework, outcomes, profile`},
		"key twice":           {"profile: a\nprofile: b\n", `line 2: the file: "profile" stands twice, first on line 1`},
		"entry twice":         {"outcomes:\n  GV: no\n  GV: yes\n", `line 3: outcomes: "GV" stands twice, first on line 2`},
		"entry twice, spelt":  {"outcomes:\n  GV.OC-01: no\n  GV.OC-1: yes\n", `line 3: "GV.OC-1" is about the same as "GV.OC-01" on line 2`},
		"entry twice, star":   {"outcomes:\n  GV: no\n  GV.*: yes\n", `line 3: "GV.*" is about the same as "GV" on line 2`},
		"unknown entry key":   {"outcomes:\n  GV:\n    prio: 1\n", `line 3: GV: unknown key "prio"`},
		"unknown position":    {"outcomes:\n  GV: {current: {state: met}}\n", `line 2: GV: current: unknown key "state"`},
		"wrong word":          {"outcomes:\n  GV: done\n", `line 2: GV: "done": want yes or no, a priority from 1 to 3`},
		"wrong status":        {"outcomes:\n  GV: {current: done}\n", `line 2: status "done": want open, partly or met`},
		"wrong included":      {"outcomes:\n  GV: {included: maybe}\n", `line 2: included: "maybe": want yes or no`},
		"priority 0":          {"outcomes:\n  GV: 0\n", `line 2: priority "0": want 1 (high), 2 or 3`},
		"priority 4":          {"outcomes:\n  GV: {priority: 4}\n", `line 2: priority "4"`},
		"priority 1.5":        {"outcomes:\n  GV: {priority: 1.5}\n", `line 2: priority "1.5"`},
		"unknown element":     {"outcomes:\n  GV.OC-1#sekure: met\n", `line 2: cyber-ai-profile@iprd has no element "GV.OC-1#sekure"; did you mean GV.OC-01#secure`},
		"focus of nothing":    {"outcomes:\n  GV#attack: met\n", `has no element "GV#attack"`},
		"unknown focus area":  {"focus_areas: [secure, attack]\n", `line 1: unknown focus area "attack": want secure, defend or thwart`},
		"focus area twice":    {"focus_areas: [secure, secure]\n", `line 1: focus area "secure" stands twice`},
		"no focus area":       {"focus_areas: []\n", `none applies`},
		"focus area of csf":   {"framework: csf\nfocus_areas: [secure]\n", `line 2: csf@2.0 has no focus areas`},
		"withdrawn outcome":   {"framework: csf@2.0\noutcomes:\n  ID.BE-01: met\n", "line 3: ID.BE-01 was withdrawn in csf@2.0: name "},
		"unknown control":     {"controls:\n  sp800-53: [AC-2,\n    AX-2]\n", `line 3: sp800-53@5.2.0 has no control "AX-2"; did you mean AC-2`},
		"withdrawn control":   {"controls:\n  sp800-53:\n  - AC-13\n", "line 3: AC-13 was withdrawn in sp800-53@5.2.0: name AC-2, AU-6 instead"},
		"a family":            {"controls: {sp800-53: [AC]}\n", "AC of sp800-53@5.2.0 is a family, no control"},
		"control twice":       {"controls:\n  sp800-53: [AC-2, ac-02]\n", "line 2: AC-2 of sp800-53@5.2.0 stands twice, first on line 2"},
		"framework twice":     {"controls:\n  sp800-53: [AC-2]\n  sp800-53@5.2.0: [AC-3]\n", "line 3: controls: sp800-53@5.2.0 is sp800-53@5.2.0, which stands on line 2 already"},
		"wrong state":         {"controls: {sp800-53: {AC-2: done}}\n", `line 1: state "done": want planned, partial or implemented`},
		"wrong state in list": {"controls: {sp800-53: [{id: AC-2, state: met}]}\n", `line 1: state "met"`},
		"no id":               {"controls: {sp800-53: [{state: partial}]}\n", `a control without an id`},
		"a word":              {"controls: {sp800-53: all}\n", `want a list of controls`},
		"a list of lists":     {"controls: {sp800-53: [[AC-2]]}\n", `want a word or a text`},
		"a key that is none":  {"? [a]\n: b\n", `a key must be a word`},
	} {
		_, err := bind(t, c.file)
		if _, ok := errors.AsType[orgprofile.Faults](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAllFaultsAreNamedAtOnceUpToAMeasure(t *testing.T) {
	_, err := bind(t, "outcomes:\n  GV: done\n  ID: 7\n  PR: {x: 1}\n")
	if faults, ok := errors.AsType[orgprofile.Faults](err); !ok || len(faults) != 3 || faults[2].Line != 4 {
		t.Errorf("%v", err)
	}
	var b strings.Builder
	b.WriteString("outcomes:\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "  X%d: met\n", i)
	}
	_, err = bind(t, b.String())
	if faults, ok := errors.AsType[orgprofile.Faults](err); !ok || len(faults) != 50 {
		t.Errorf("%d faults", len(faults))
	}
}

func TestTheMoreSpecificEntryWinsFieldByField(t *testing.T) {
	b := mustBind(t, `outcomes:
  "*": {priority: 3, current: open}
  "*#defend": {priority: 2}
  thwart: no
  GV: {included: no, rationale: Not ours.}
  GV.OC: {included: yes, current: partly, target: partly}
  GV.OC#secure: {target: met}
  GV.OC-05: {priority: 1, current: met}
  GV.OC-05#defend: {current: {status: partly, roles: SOC}}
`)
	for id, want := range map[string]string{
		"GV.RM-01":        "false Not ours. 3 open * ",
		"GV.OC-01":        "true  3 partly GV.OC partly",
		"GV.OC-05":        "true  1 met GV.OC-05 partly",
		"GV.OC-05#secure": "true  1 partly GV.OC met",
		"GV.OC-05#defend": "true  1 partly GV.OC-05#defend partly",
		"ID.AM-01#defend": "true  2 open * ",
		"ID.AM-01#thwart": "false  3 open * ",
		"ID.AM-01":        "true  3 open * ",
	} {
		s := stance(t, b, id)
		if got := fmt.Sprint(s.Included, " ", s.Rationale, " ", s.Priority, " ", s.Current.Status, " ", s.CurrentBy.Value, " ", s.Target.Status); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if s := stance(t, mustBind(t, "profile: x\n"), "GV.OC-05#secure"); s.Priority != 1 || s.Own || !s.Included || s.CurrentBy.Line != 0 {
		t.Errorf("a file that says nothing: %+v", s)
	}
}

func TestOnlyTheFocusAreasThatApplyCount(t *testing.T) {
	b := mustBind(t, "focus_areas: secure\noutcomes: {GV.OC-01#secure: met}\n")
	in, generic := b.Outcomes(func(id string) bool { return id == "GV.OC-02#secure" })
	named := map[string]bool{}
	for _, e := range in {
		named[e.ID] = true
		if e.Focus != "" && e.Focus != "secure" {
			t.Errorf("%s is among the outcomes", e.ID)
		}
		if e.Generic != "" && e.ID != "GV.OC-01#secure" && e.ID != "GV.OC-02#secure" {
			t.Errorf("%s is generic: %s", e.ID, e.Generic)
		}
	}
	if generic == 0 || !named["GV.OC-01"] || !named["GV.OC-01#secure"] {
		t.Errorf("%d generic, %v", generic, named)
	}
}

func TestTheStarterIsAFileThatSaysNothingYet(t *testing.T) {
	for _, name := range []string{"cyber-ai-profile", "csf", "iso-42001"} {
		starter := orgprofile.Starter(mustOpen(t, name), []string{"sp800-53", "iso-42001"})
		b := mustBind(t, string(starter))
		if b.Source.Name != name || len(b.Catalogs) != 0 {
			t.Errorf("%s: %+v", name, b)
		}
		for _, e := range b.Source.Mappable() {
			if s := b.Stance(e); !s.Included || s.Own || s.CurrentBy.Line != 0 {
				t.Errorf("%s: %+v", e.ID, s)
			}
		}
	}
}

// TestTheStarterHoldsNoTextOfOthersAsYAML: what a framework says stays a remark.
func TestTheStarterHoldsNoTextOfOthersAsYAML(t *testing.T) {
	f := &corpus.Framework{Name: "ev'il: [x]", Edition: "1\ncontrols: {a: b}", Elements: []corpus.Element{
		{ID: "no: [", Kind: corpus.KindFunction, Title: "Title\ncontrols:\n  x: [y]\r\x1b[31m"},
		{ID: "R-1", Kind: corpus.KindRequirement, Text: "Do."},
	}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	starter := orgprofile.Starter(f, []string{"a\nb: c"})
	p, err := orgprofile.Read(starter)
	if err != nil || len(p.Outcomes)+len(p.Catalogs) != 0 || !strings.HasPrefix(p.Framework.Value, "ev'il: [x]") || bytes.ContainsRune(starter, '\x1b') {
		t.Errorf("%v: %+v\n%s", err, p, starter)
	}
	uncommented := strings.ReplaceAll(string(starter), "  # '", "  '")
	if _, err := orgprofile.Read([]byte(uncommented)); err != nil {
		t.Errorf("an entry cannot be taken out of its remark: %v\n%s", err, uncommented)
	}
}

// FuzzRead holds that any bytes are read or refused with faults, and that what is
// read can be bound or is refused so.
func FuzzRead(f *testing.F) {
	source, target := mustOpen(f, "cyber-ai-profile"), mustOpen(f, "iso-42001")
	f.Add(orgprofile.Starter(source, nil))
	for _, seed := range []string{
		"", "a", "outcomes: {GV: no, GV.OC-01#secure: {current: met}}\ncontrols: {iso-42001: [A.2.2, {id: A.2.3, state: partial}]}",
		"profile: &a [*a]", "? {a: b}\n: c", "outcomes: {'*#secure': 1, '#': 2, 'GV.*': 3}", "a: !!binary x", "<<: {profile: a}", "\xef\xbb\xbfprofile: x",
		"controls: {x: {A.2.2: , a.2.2: planned}}", "profile: |\n  a\n  b\n", "- - - -", "---\n...\n---\n", "controls: !x {a: !!str b}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := orgprofile.Read(data)
		if err == nil {
			targets := make([]*corpus.Framework, len(p.Catalogs))
			for i := range targets {
				targets[i] = target
			}
			var b *orgprofile.Bound
			if b, err = p.Bind(source, targets); err == nil {
				for _, e := range source.Elements {
					if s := b.Stance(e); s.Priority < 0 || s.Priority > 3 {
						t.Errorf("%s: %+v", e.ID, s)
					}
				}
				return
			}
		}
		faults, ok := errors.AsType[orgprofile.Faults](err)
		if !ok || len(faults) == 0 || len(faults) > 50 {
			t.Errorf("%v", err)
		}
		for _, one := range faults {
			if one.Message == "" || one.Line < 0 || one.Line > bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r"))+bytes.Count(data, []byte("\u0085"))+bytes.Count(data, []byte("\u2028"))+bytes.Count(data, []byte("\u2029"))+1 {
				t.Errorf("%+v", one)
			}
		}
	})
}
