package posture_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
)

// mustFinish indexes a framework that is made up.
func mustFinish(t testing.TB, f *corpus.Framework) *corpus.Framework {
	t.Helper()
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// outcomes makes up a profile with a subcategory, its three cells and two
// subcategories more.
func outcomes(t testing.TB) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "csf", Edition: "2.0", Elements: []corpus.Element{
		{ID: "GV", Kind: corpus.KindFunction, Title: "Govern"},
		{ID: "GV.OC", Kind: corpus.KindCategory, Parent: "GV", Title: "Context"},
		{ID: "GV.OC-01", Kind: corpus.KindSubcategory, Parent: "GV.OC", Text: "The mission is known."},
		{ID: "GV.OC-01#secure", Kind: corpus.KindCell, Parent: "GV.OC-01", Text: "Of models too.", Focus: "secure", Priority: 1},
		{ID: "GV.OC-01#defend", Kind: corpus.KindCell, Parent: "GV.OC-01", Text: "Of agents too.", Focus: "defend", Priority: 2},
		{ID: "GV.OC-01#thwart", Kind: corpus.KindCell, Parent: "GV.OC-01", Focus: "thwart", Priority: 3, Generic: "standard practices apply"},
		{ID: "GV.OC-02", Kind: corpus.KindSubcategory, Parent: "GV.OC", Text: "Stakeholders are known."},
		{ID: "ID", Kind: corpus.KindFunction, Title: "Identify"},
		{ID: "ID.AM", Kind: corpus.KindCategory, Parent: "ID", Title: "Assets"},
		{ID: "ID.AM-01", Kind: corpus.KindSubcategory, Parent: "ID.AM", Text: "Hardware is listed."},
	}}
	return mustFinish(t, f)
}

// controls makes up a catalog of C-1 to C-5.
func controls(t testing.TB) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "house", Edition: "1"}
	for i := range 5 {
		f.Elements = append(f.Elements, corpus.Element{ID: fmt.Sprintf("C-%d", i+1), Kind: corpus.KindControl, Title: fmt.Sprintf("Control %d", i+1), Text: "Do it."})
	}
	return mustFinish(t, f)
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// A pair is a mapping to make up: decided, or a draft.
type pair struct {
	source, target string
	relation       crosswalk.Relation
	group          string
	draft          bool
}

// run makes up what stands of pairs, from proposals and decisions.
func run(t testing.TB, source, target *corpus.Framework, pairs ...pair) *posture.Run {
	t.Helper()
	var proposals []crosswalk.Proposal
	var decisions []crosswalk.Decision
	for _, x := range pairs {
		from, to := source.Ref(x.source), target.Ref(x.target)
		p := crosswalk.Proposal{
			ID: crosswalk.ProposalID(from, to, crosswalk.Semantic), Source: from, Target: to, Outcome: crosswalk.Mapped,
			Relation: x.relation, RationaleType: crosswalk.Semantic, Probability: .5,
		}
		if x.relation == crosswalk.NoRelationship {
			p.Outcome = crosswalk.Unrelated
		}
		proposals = append(proposals, p)
		if x.draft {
			continue
		}
		d := crosswalk.Decision{Time: noon, Reviewer: "ada", Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Accept,
			Relation: x.relation, RationaleType: p.RationaleType, Group: x.group}.Identified()
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		decisions = append(decisions, d)
	}
	return &posture.Run{ID: "r", Target: target, Standings: crosswalk.Current(proposals, decisions), Decisions: decisions}
}

// bind reads a file and binds it to the frameworks made up here.
func bind(t testing.TB, file string, source, target *corpus.Framework) *orgprofile.Bound {
	t.Helper()
	p, err := orgprofile.Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	targets := make([]*corpus.Framework, len(p.Catalogs))
	for i := range targets {
		targets[i] = target
	}
	b, err := p.Bind(source, targets)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// assess answers for a file over pairs.
func assess(t testing.TB, file string, drafts bool, pairs ...pair) *posture.Report {
	t.Helper()
	source, target := outcomes(t), controls(t)
	return posture.Assess(bind(t, file, source, target), []*posture.Run{run(t, source, target, pairs...)}, drafts)
}

func outcome(t testing.TB, r *posture.Report, id string) posture.Outcome {
	t.Helper()
	for _, o := range r.Outcomes {
		if o.ID == id {
			return o
		}
	}
	t.Fatalf("no outcome %s", id)
	return posture.Outcome{}
}

// TestWhatFollowsFromOneControl is the truth table of the documentation.
func TestWhatFollowsFromOneControl(t *testing.T) {
	const met, partly, open = orgprofile.Met, orgprofile.Partly, orgprofile.Open
	states := []orgprofile.State{orgprofile.Implemented, orgprofile.Partial, orgprofile.Planned, orgprofile.Absent}
	for relation, want := range map[crosswalk.Relation][]orgprofile.Status{
		crosswalk.Equal:          {met, partly, open, open},
		crosswalk.SubsetOf:       {met, partly, open, open},
		crosswalk.SupersetOf:     {partly, partly, open, open},
		crosswalk.IntersectsWith: {partly, partly, open, open},
		crosswalk.NoRelationship: {open, open, open, open},
	} {
		for i, state := range states {
			file := "controls: {house: {C-1: " + string(state) + "}}"
			if state == orgprofile.Absent {
				file = "controls: {house: []}"
			}

			o := outcome(t, assess(t, file, false, pair{"GV.OC-02", "C-1", relation, "", false}), "GV.OC-02")

			if posture.Follows(relation, state) != want[i] || o.Status != want[i] {
				t.Errorf("%s to a control that is %s: %s, in a report %s, want %s", relation, state, posture.Follows(relation, state), o.Status, want[i])
			}
			if related := relation != crosswalk.NoRelationship; o.Mapped != related || len(o.Evidence) == 1 != related {
				t.Errorf("%s: mapped %t, %d links", relation, o.Mapped, len(o.Evidence))
			}
		}
	}
}

func TestAGroupMeetsTogetherAndInPartPartly(t *testing.T) {
	pairs := []pair{
		{"GV.OC-02", "C-1", crosswalk.IntersectsWith, "g", false},
		{"GV.OC-02", "C-2", crosswalk.SupersetOf, "g", false},
		{"GV.OC-02", "C-3", crosswalk.SubsetOf, "g", false}, // all of it only with the others: that is what a group says
	}
	for controls, want := range map[string]orgprofile.Status{
		"[C-1, C-2, C-3]":                      orgprofile.Met,
		"[C-1, C-3]":                           orgprofile.Partly,
		"[C-3]":                                orgprofile.Partly,
		"{C-1: , C-2: , C-3: partial}":         orgprofile.Partly,
		"{C-1: , C-2: , C-3: planned}":         orgprofile.Partly,
		"{C-1: planned, C-2: planned}":         orgprofile.Open,
		"[C-4, C-5]":                           orgprofile.Open,
		"[{id: C-2, state: partial}, C-4]":     orgprofile.Partly,
		"[C-1, C-2, {id: C-3, evidence: yes}]": orgprofile.Met,
	} {
		o := outcome(t, assess(t, "controls: {house: "+controls+"}", false, pairs...), "GV.OC-02")
		if o.Status != want || o.Best != orgprofile.Met || strings.Join(o.Evidence[0].With, " ") != "C-2 C-3" {
			t.Errorf("%s: %s at best %s, want %s; %+v", controls, o.Status, o.Best, want, o.Evidence)
		}
	}
}

// TestAGroupThatNoLongerStandsMeetsNothing: what covered the outcome together
// does not without one of its members.
func TestAGroupThatNoLongerStandsMeetsNothing(t *testing.T) {
	all := "controls: {house: [C-1, C-2, C-3]}"
	source, target := outcomes(t), controls(t)
	pairs := []pair{{"GV.OC-02", "C-1", crosswalk.IntersectsWith, "g", false}, {"GV.OC-02", "C-2", crosswalk.IntersectsWith, "g", false}, {"GV.OC-02", "C-3", crosswalk.IntersectsWith, "g", false}}
	whole := run(t, source, target, pairs...)
	third := whole.Standings[2].By[0]
	stale, dispute, alone, out := third, third, third, third
	stale.ProposalSHA256 = "of another version"
	dispute.Reviewer, dispute.Relation = "grace", crosswalk.Equal
	out.Group, out.Time = "", noon.Add(time.Hour)
	alone.Reviewer, alone.Group, alone.Time = "grace", "", noon.Add(time.Hour)
	for name, decisions := range map[string][]crosswalk.Decision{
		"stale": {stale}, "in dispute": {third, dispute}, "taken out by another": {third, alone}, "taken out": {third, out},
	} {
		var proposals []crosswalk.Proposal
		var made []crosswalk.Decision
		for i, s := range whole.Standings {
			proposals = append(proposals, *s.Proposed)
			if i < 2 {
				made = append(made, s.By...)
			}
		}
		for _, d := range decisions {
			made = append(made, d.Identified())
		}
		r := &posture.Run{ID: "r", Target: target, Standings: crosswalk.Current(proposals, made), Decisions: made}

		o := outcome(t, posture.Assess(bind(t, all, source, target), []*posture.Run{r}, false), "GV.OC-02")

		if o.Status != orgprofile.Partly || !slices.ContainsFunc(o.Evidence, func(l posture.Link) bool { return l.Broken }) {
			t.Errorf("%s: %s, %+v", name, o.Status, o.Evidence)
		}
	}
	if o := outcome(t, assess(t, all, false, pairs[0]), "GV.OC-02"); o.Status != orgprofile.Partly {
		t.Errorf("a group of one: %s", o.Status)
	}
}

func TestADraftIsNeverMoreThanAPerhaps(t *testing.T) {
	draft := pair{"GV.OC-02", "C-1", crosswalk.Equal, "", true}
	file := "controls: {house: [C-1]}"

	hidden := outcome(t, assess(t, file, false, draft), "GV.OC-02")
	shown := outcome(t, assess(t, file, true, draft), "GV.OC-02")

	if hidden.Status != orgprofile.Open || hidden.Perhaps != "" || len(hidden.Evidence) != 0 {
		t.Errorf("without --drafts: %+v", hidden)
	}
	if shown.Status != orgprofile.Open || shown.Perhaps != orgprofile.Met || shown.Mapped || !shown.Evidence[0].Draft() ||
		!strings.Contains(shown.Evidence[0].Sentence("GV.OC-02"), "draft. Perhaps met: ") {
		t.Errorf("with --drafts: %+v", shown)
	}
}

func TestACellAndItsSubcategorySayNothingOfEachOther(t *testing.T) {
	file := "controls: {house: [C-1, C-2]}"
	below := assess(t, file, false, pair{"GV.OC-01#secure", "C-1", crosswalk.Equal, "", false})
	above := assess(t, file, false, pair{"GV.OC-01", "C-1", crosswalk.Equal, "", false})
	for id, want := range map[string][2]orgprofile.Status{
		"GV.OC-01#secure": {orgprofile.Met, orgprofile.Open}, "GV.OC-01#defend": {orgprofile.Open, orgprofile.Open}, "GV.OC-01": {orgprofile.Open, orgprofile.Met},
	} {
		if got := [2]orgprofile.Status{outcome(t, below, id).Status, outcome(t, above, id).Status}; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if c := outcome(t, above, "GV.OC-01#secure").Context; c == nil || c.Status != orgprofile.Met || c.ID != "GV.OC-01" {
		t.Errorf("the context of the cell is %+v", c)
	}
	if below.Generic != 1 {
		t.Errorf("%d generic cells are left out, want 1", below.Generic)
	}
}

func TestWhatTheFileSaysIsHeldAgainstWhatFollows(t *testing.T) {
	whole, part := pair{"GV.OC-02", "C-1", crosswalk.Equal, "", false}, pair{"GV.OC-02", "C-1", crosswalk.IntersectsWith, "", false}
	for _, c := range []struct {
		said, controls string
		pairs          []pair
		want           posture.Finding
	}{
		{"open", "[C-1]", []pair{whole}, posture.Understated},
		{"partly", "[C-1]", []pair{whole}, posture.Understated},
		{"met", "[C-1]", []pair{whole}, ""},
		{"met", "[]", []pair{whole}, posture.Overstated},
		{"met", "{C-1: partial}", []pair{whole}, posture.Overstated},
		{"met", "[C-1]", []pair{part}, posture.Unproven},
		{"partly", "[C-1]", []pair{part}, ""},
		{"partly", "[]", []pair{part}, posture.Overstated},
		{"met", "[C-1]", nil, ""}, // nothing to hold it against
		{"met", "[]", []pair{{"GV.OC-02", "C-1", crosswalk.Equal, "", true}}, ""},
	} {
		o := outcome(t, assess(t, "outcomes: {GV.OC-02: "+c.said+"}\ncontrols: {house: "+c.controls+"}", true, c.pairs...), "GV.OC-02")
		var got posture.Finding
		if o.Check != nil {
			got = o.Check.Finding
		}
		if got != c.want || o.Check.Contradiction() != (c.want != "" && c.want != posture.Unproven) {
			t.Errorf("said %s, controls %s, %v: %q, want %q", c.said, c.controls, c.pairs, got, c.want)
		}
	}
}

func TestControlsAreRankedByTheOutcomesOfHighPriorityThatTheyServe(t *testing.T) {
	pairs := []pair{
		{"GV.OC-01#secure", "C-3", crosswalk.IntersectsWith, "", false}, // priority 1
		{"GV.OC-01#defend", "C-1", crosswalk.Equal, "", false},          // 2
		{"GV.OC-02", "C-1", crosswalk.Equal, "", false},                 // none
		{"GV.OC-01", "C-1", crosswalk.Equal, "", false},                 // none
		{"ID.AM-01", "C-2", crosswalk.IntersectsWith, "g", false},
		{"ID.AM-01", "C-4", crosswalk.IntersectsWith, "g", false},
		{"ID.AM-01", "C-5", crosswalk.IntersectsWith, "g", false},
	}

	r := assess(t, "outcomes: {GV.OC-02: no, GV.OC-01: {target: open}}\ncontrols: {house: {C-1: planned, C-4: }}", false, pairs...)

	var got []string
	for _, s := range r.First {
		for _, x := range s.Serves {
			got = append(got, fmt.Sprintf("%s %s: %s %d %s to %s %v", s.Control, s.State, x.Outcome, x.Priority, x.From, x.To, x.With))
		}
	}
	want := []string{
		"C-3 absent: GV.OC-01#secure 1 open to partly []",
		"C-1 planned: GV.OC-01#defend 2 open to met []",
		"C-2 absent: ID.AM-01 0 partly to met [C-5]",
		"C-5 absent: ID.AM-01 0 partly to met [C-2]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := r.First[0].Counts; len(c) != 4 || c[0] != (posture.Served{Priority: 1, Open: 1}) {
		t.Errorf("counts %+v", c)
	}
	if r.Excluded != 1 {
		t.Errorf("%d excluded", r.Excluded)
	}
}

func TestWithoutARunNothingFollows(t *testing.T) {
	source, target := outcomes(t), controls(t)
	r := posture.Assess(bind(t, "controls: {house: [C-1]}", source, target), []*posture.Run{nil}, true)
	if len(r.First) != 0 || r.Catalogs[0].Run != "" || r.Catalogs[0].Implemented != 1 {
		t.Errorf("%+v", r)
	}
	for _, o := range r.Outcomes {
		if o.Status != orgprofile.Open {
			t.Errorf("%s is %s", o.ID, o.Status)
		}
	}
}

// TestAFurtherPartIsNamedAndRanksBelowWhatRaisesAnOutcome: C-2 adds to what is
// partly met at priority 1, C-3 raises what has no priority.
func TestAFurtherPartIsNamedAndRanksBelowWhatRaisesAnOutcome(t *testing.T) {
	r := assess(t, "controls: {house: [C-1]}", true,
		pair{"GV.OC-01#secure", "C-1", crosswalk.IntersectsWith, "", false},
		pair{"GV.OC-01#secure", "C-2", crosswalk.IntersectsWith, "", false},
		pair{"GV.OC-02", "C-3", crosswalk.IntersectsWith, "", false},
		pair{"ID.AM-01", "C-4", crosswalk.NoRelationship, "", false},
		pair{"ID.AM-01", "C-5", crosswalk.Equal, "", true},
	)
	var got []string
	for _, s := range r.First {
		got = append(got, fmt.Sprintf("%s serves %d, adds to %d, perhaps %d", s.Control, len(s.Serves), len(s.Adds), len(s.Perhaps)))
	}
	want := []string{"C-3 serves 1, adds to 0, perhaps 0", "C-2 serves 0, adds to 1, perhaps 0", "C-5 serves 0, adds to 0, perhaps 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheChainNamesEveryMapping(t *testing.T) {
	o := outcome(t, assess(t, "controls: {house: {C-1: partial, C-2: planned}}", true,
		pair{"GV.OC-02", "C-1", crosswalk.SubsetOf, "", false}, pair{"GV.OC-02", "C-2", crosswalk.Equal, "", false},
		pair{"GV.OC-02", "C-3", crosswalk.IntersectsWith, "g", false}, pair{"GV.OC-02", "C-4", crosswalk.IntersectsWith, "g", false},
		pair{"GV.OC-02", "C-5", crosswalk.Equal, "", true}), "GV.OC-02")
	var got []string
	for _, r := range o.Chain() {
		got = append(got, fmt.Sprint(r.Draft, " ", r.Text))
	}
	by := "p=0.50, accepted by ada on 2026-05-04"
	want := []string{
		"false house@1 C-1, partial: GV.OC-02 is a subset of C-1, semantic, " + by + ". Partly met: it holds all of the outcome, but is only partial.",
		"false not in place: house@1 C-2, planned (equal, " + by + "); house@1 C-3 (intersects_with, together with C-4, " + by + "); house@1 C-4 (intersects_with, together with C-3, " + by + ")",
		"true not in place: house@1 C-5 (equal, p=0.50, draft)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
