package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
	"concord/crosswalk/register"
)

// A community is a workspace in which people make a Profile in public.
type community struct {
	t           *testing.T
	ssdf, airmf string // the runs of the first edition
}

// must runs a command of fields, and those that follow as they stand.
func (c community) must(command string, more ...string) string {
	c.t.Helper()
	stdout, _ := c.both(command, more...)
	return stdout
}

func (c community) both(command string, more ...string) (stdout, stderr string) {
	c.t.Helper()
	code, stdout, stderr := call(c.t, append(strings.Fields(command), more...)...)
	if code != exitOK {
		c.t.Fatalf("concord %s %q: exit code %d: %s%s", command, more, code, stdout, stderr)
	}
	return stdout, stderr
}

// says fails unless a text holds all of these.
func (c community) says(text string, want ...string) {
	c.t.Helper()
	for _, w := range want {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(w), " ")) {
			c.t.Errorf("%q is not said:\n%s", w, text)
		}
	}
}

// crosswalk exports a run as JSON and reads it.
func (c community) crosswalk(run string, drafts bool) *exchange.Crosswalk {
	c.t.Helper()
	x, err := document.Read([]byte(c.must(fmt.Sprintf("export --format json --run %s --drafts=%t", run, drafts))))
	if err != nil {
		c.t.Fatal(err)
	}
	return x
}

// pair returns the row of a pair.
func pair(t *testing.T, x *exchange.Crosswalk, source, target string) exchange.Row {
	t.Helper()
	i := slices.IndexFunc(x.Rows, func(r exchange.Row) bool { return r.Source == source && r.Target == target })
	if i < 0 {
		t.Fatalf("no row %s to %s", source, target)
	}
	return x.Rows[i]
}

// standings lists what a run came to: "GV.OC-04 intersects_with PO.1.3 accepted ada".
func (c community) standings(run string) []string {
	var out []string
	for _, r := range c.crosswalk(run, false).Rows {
		out = append(out, fmt.Sprintf("%s %s %s %s %s", r.Source, r.Relation, r.Target, r.State, r.Reviewer))
	}
	slices.Sort(out)
	return out
}

// TestACommunityMakesAProfileFromDraftToTheNextEdition goes the whole way with
// the commands that people use: draft, decide, lay side by side, hold an
// organisation against it, keep the gaps, ask for comments, answer them, and
// carry all that to the next edition.
func TestACommunityMakesAProfileFromDraftToTheNextEdition(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	c := community{t: t}
	for _, to := range []struct {
		framework string
		run       *string
	}{{"ssdf", &c.ssdf}, {"ai-rmf", &c.airmf}} {
		var draft struct{ Run string }
		if err := json.Unmarshal([]byte(c.must("draft --json --depth 3 --from cyber-ai-profile --to "+to.framework)), &draft); err != nil || draft.Run == "" {
			t.Fatalf("no run: %v", err)
		}
		*to.run = draft.Run
	}
	c.decideAtTheDesk()
	c.decideInAWorkbook()
	want := []string{
		"GV.OC-02 no_relationship PO.2.1 rejected ada",
		"GV.OC-02 no_relationship PO.2.3 rejected ada",
		"GV.OC-02 no_relationship PO.4.1 rejected ada",
		"GV.OC-02#defend subset_of PO.2.2 entered ada",
		"GV.OC-03#defend subset_of PW.2.1 corrected ada",
		"GV.OC-04 intersects_with PO.1.3 accepted ada",
		"GV.OC-04#defend intersects_with PO.4.2 accepted ada",
		"GV.OC-04#secure intersects_with PO.1.3 accepted ada",
		"GV.OC-05#secure intersects_with PO.2.2 accepted ada",
		"GV.RM-01#defend intersects_with RV.1.3 accepted ada",
		"GV.RM-02#secure intersects_with PW.1.2 accepted ada",
		"GV.RM-02#secure intersects_with PW.2.1 accepted ada",
		"GV.RM-02#thwart intersects_with PW.1.1 accepted ada",
		"GV.RM-03#defend subset_of PW.9.1 entered ada",
	}
	if got := c.standings(c.ssdf); !slices.Equal(got, want) {
		t.Fatalf("decided to ssdf:\n%s", strings.Join(got, "\n"))
	}

	c.laySideBySide()
	c.holdAnOrganisationAgainstIt()
	c.keepTheGaps()
	c.takeCommentsIn()
	c.moveToTheNextEdition()
}

// decideAtTheDesk accepts, corrects, rejects, enters and groups pairs, as ada,
// over HTTP.
func (c community) decideAtTheDesk() {
	t := c.t
	t.Helper()
	draft := c.crosswalk(c.ssdf, true)
	printed, stop := desk(t, 1, "--reviewer", "ada", "--run", c.ssdf)
	origin, client := strings.Split(printed[0], "/?")[0], &http.Client{}
	openDesk(t, client, printed[0])
	read := pageOf(t)
	post := func(path string, form url.Values) {
		t.Helper()
		c.says(read(client.PostForm(origin+path, form)), "Saved: ")
	}
	of := func(source, target string) exchange.Row { return pair(t, draft, source, target) }
	for _, p := range [][2]string{{"GV.OC-04", "PO.1.3"}, {"GV.OC-04#defend", "PO.4.2"}, {"GV.OC-04#secure", "PO.1.3"},
		{"GV.OC-05#secure", "PO.2.2"}, {"GV.RM-01#defend", "RV.1.3"}, {"GV.RM-02#thwart", "PW.1.1"}} {
		accept(t, client, origin, read(client.Get(origin+"/pair?id="+of(p[0], p[1]).Proposal)))
	}
	corrected := of("GV.OC-03#defend", "PW.2.1")
	post("/decide", url.Values{"action": {"accept"}, "id": {corrected.Proposal}, "sha256": {corrected.ProposalSHA256},
		"relation": {"subset_of"}, "rationale_type": {"semantic"}, "strength": {"8"}, "comment": {"A review covers it."}})
	for _, target := range []string{"PO.2.1", "PO.2.3", "PO.4.1"} {
		r := of("GV.OC-02", target)
		post("/decide", url.Values{"action": {"reject"}, "id": {r.Proposal}, "sha256": {r.ProposalSHA256}})
	}
	for _, p := range [][2]string{{"GV.OC-02#defend", "PO.2.2"}, {"GV.RM-03#defend", "PW.9.1"}} {
		post("/enter", url.Values{"of": {p[0]}, "to": {p[1]}, "relation": {"subset_of"}, "rationale_type": {"semantic"}})
	}
	one, other := of("GV.RM-02#secure", "PW.1.2"), of("GV.RM-02#secure", "PW.2.1")
	post("/together", url.Values{"of": {one.Proposal, other.Proposal}, "from": {one.Proposal}})
	if talk, err := stop(); err != nil {
		t.Fatalf("%v: %s", err, talk)
	}
	decided := c.crosswalk(c.ssdf, false)
	one, other = pair(t, decided, one.Source, one.Target), pair(t, decided, other.Source, other.Target)
	if one.Group == "" || one.Group != other.Group {
		t.Errorf("no group: %q and %q", one.Group, other.Group)
	}
}

// seeAtTheDesk opens a pair of a run and looks for texts on its page.
func (c community) seeAtTheDesk(run, proposal string, want ...string) {
	t := c.t
	t.Helper()
	printed, stop := desk(t, 1, "--reviewer", "ada", "--run", run)
	client := &http.Client{}
	openDesk(t, client, printed[0])
	c.says(pageOf(t)(client.Get(strings.Split(printed[0], "/?")[0]+"/pair?id="+proposal)), want...)
	if talk, err := stop(); err != nil {
		t.Fatalf("%v: %s", err, talk)
	}
}

// pageOf returns what reads a page of the desk whole.
func pageOf(t *testing.T) func(*http.Response, error) string {
	return func(answer *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		whole, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v: %s", answer.Request.URL.Path, answer.StatusCode, err, whole)
		}
		return string(whole)
	}
}

// decideInAWorkbook fills a workbook in as grace.
func (c community) decideInAWorkbook() {
	c.t.Helper()
	c.must("export --drafts --out review.xlsx --run " + c.airmf)
	fill(c.t, "review.xlsx", "GV.OC-03#defend", "GOVERN 1.1", map[string]string{"Your decision": "accept"})
	fill(c.t, "review.xlsx", "GV.OC-01", "MAP 1.3", map[string]string{"Your decision": "correct", "Your relation": "equal", "Your strength": "9"})
	c.says(c.must("review import review.xlsx --reviewer grace"), "2 decisions of grace added")
}

// laySideBySide exports the matrix and its reverse.
func (c community) laySideBySide() {
	t := c.t
	t.Helper()
	lines := csvOf(t, "export --matrix --to ssdf,ai-rmf")
	if want := []string{"Group", "Id", "Outcome", "Focus Area", "Priority", "ssdf@1.1", "ai-rmf@1.0"}; !slices.Equal(lines[0], want) {
		t.Fatalf("%q", lines[0])
	}
	cells := map[string][2]string{}
	for _, l := range lines[1:] {
		if l[5] != "" || l[6] != "" {
			cells[l[1]] = [2]string{l[5], l[6]}
		}
	}
	want := map[string][2]string{
		"GV.OC-01":        {"", "equal to: MAP 1.3"},
		"GV.OC-02":        {"none", ""},
		"GV.OC-02#defend": {"subset of: PO.2.2", ""},
		"GV.OC-03#defend": {"subset of: PW.2.1", "intersects with: GOVERN 1.1"},
		"GV.OC-04":        {"intersects with: PO.1.3", ""},
		"GV.OC-04#defend": {"intersects with: PO.4.2", ""},
		"GV.OC-04#secure": {"intersects with: PO.1.3", ""},
		"GV.OC-05#secure": {"intersects with: PO.2.2", ""},
		"GV.RM-01#defend": {"intersects with: RV.1.3", ""},
		"GV.RM-02#secure": {"intersects with: PW.1.2, PW.2.1", ""},
		"GV.RM-02#thwart": {"intersects with: PW.1.1", ""},
		"GV.RM-03#defend": {"subset of: PW.9.1", ""},
	}
	for id := range want {
		if cells[id] != want[id] {
			t.Errorf("%s: %q, want %q", id, cells[id], want[id])
		}
	}
	if len(cells) != len(want) || len(lines) != 1+312 {
		t.Errorf("%d rows with something in them, %d lines", len(cells), len(lines))
	}
	// 10 outcomes of the 312 that were drafted lead to the SSDF, 5 of them of
	// priority 1; of the 75 cells of this priority 4 were left out as generic.
	_, said := c.both("export --matrix --to ssdf,ai-rmf --out matrix.html")
	c.says(said, "ssdf@1.1: mapped 10 of 312 (3 %), 1 related to nothing; of priority 1 5 of 71 (7 %)", "ai-rmf@1.0: mapped 2 of 312 (0 %); of priority 1 1 of 71 (1 %)")
	page, err := os.ReadFile("matrix.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"⊂", "∩", "=", "10 of 312"} {
		if !strings.Contains(string(page), mark) {
			t.Errorf("the page does not show %s", mark)
		}
	}
	reverse := csvOf(t, "export --matrix --reverse --to ssdf --sort gain")
	at := slices.IndexFunc(reverse, func(l []string) bool { return l[1] == "PW.2.1" })
	if at < 0 || len(reverse) != 1+8 {
		t.Fatalf("%q", reverse)
	}
	// PW.2.1 is a superset of the one cell, of priority 1, and shares a part with
	// the other.
	if l := reverse[at]; l[3] != "1" || l[4] != "2" || !strings.Contains(l[5], "superset of: GV.OC-03#defend (1)") || !strings.Contains(l[5], "intersects with: GV.RM-02#secure (2)") {
		t.Errorf("%q", l)
	}
	if !slices.IsSortedFunc(reverse[1:], func(a, b []string) int { return strings.Compare(b[3], a[3]) }) {
		t.Errorf("not by gain: %q", reverse)
	}
}

// holdAnOrganisationAgainstIt asks what is met with some controls in place.
func (c community) holdAnOrganisationAgainstIt() {
	t := c.t
	t.Helper()
	written(t, "own.yaml", "profile: Ours\noutcomes: {GV.OC-03#defend: {current: open}}\ncontrols:\n  ssdf: [PO.1.3, PW.2.1]\n  ai-rmf: [MAP 1.3]\n")
	r := answer(t, "own.yaml")
	for id, want := range map[string]orgprofile.Status{
		"GV.OC-01": orgprofile.Met, "GV.OC-02": orgprofile.Open, "GV.OC-02#defend": orgprofile.Open, "GV.OC-03#defend": orgprofile.Met,
		"GV.OC-04": orgprofile.Partly, "GV.OC-04#secure": orgprofile.Partly, "GV.OC-05": orgprofile.Open, "GV.RM-02#secure": orgprofile.Partly,
	} {
		if o := row(t, r, id); o.Status != want {
			t.Errorf("%s is %s, want %s: %+v", id, o.Status, want, o.Evidence)
		}
	}
	met := row(t, r, "GV.OC-03#defend")
	if met.Check == nil || met.Check.Finding != posture.Understated || met.Evidence[0].Control != "PW.2.1" || !slices.Equal(met.Evidence[0].Reviewers, []string{"ada"}) {
		t.Errorf("%+v", met)
	}
	group := row(t, r, "GV.RM-02#secure")
	if len(group.Evidence) != 2 || !slices.ContainsFunc(group.Evidence, func(l posture.Link) bool { return slices.Equal(l.With, []string{"PW.1.2"}) && l.Control == "PW.2.1" }) {
		t.Errorf("%+v", group.Evidence)
	}
	if o := row(t, r, "GV.OC-02#defend"); !o.Mapped || o.Evidence[0].Control != "PO.2.2" || o.Evidence[0].Why == "" {
		t.Errorf("%+v", o)
	}
	if o := row(t, r, "GV.OC-05"); o.Mapped {
		t.Errorf("what a cell is mapped to says nothing of its subcategory: %+v", o)
	}
	// PO.2.2 would serve a cell of priority 1, and another.
	i := slices.IndexFunc(r.First, func(s posture.Step) bool { return s.Control == "PO.2.2" })
	if i < 0 || len(r.First[i].Serves) != 2 {
		t.Errorf("%+v", r.First)
	}
	j := slices.IndexFunc(r.First, func(s posture.Step) bool { return s.Control == "PW.1.2" })
	if j < i || len(r.First[j].Serves) != 1 || r.First[j].Serves[0].To != orgprofile.Met {
		t.Errorf("%+v", r.First)
	}
	c.says(c.must("profile own.yaml"), "GV.OC-03#defend MET", "is a subset of PW.2.1", "accepted by ada")
}

// keepTheGaps fills the register and puts down who sees to two cells.
func (c community) keepTheGaps() {
	c.t.Helper()
	c.says(c.must("gaps update --by ada --run "+c.ssdf), " 0 kept, 0 closed")
	must := func(args ...string) string { return c.must(args[0], args[1:]...) }
	open := listedGaps(c.t, must)
	for _, id := range []string{"GV.OC-03#defend", "GV.OC-04#secure", "GV.RM-02#thwart", "PW.2.1", "PO.2.2"} {
		if slices.ContainsFunc(open, func(g register.Gap) bool { return g.Element == id }) {
			c.t.Errorf("%s is mapped, and a gap", id)
		}
	}
	c.says(c.must("gaps set GV.RM-07#defend PO.3.1 --owner grace --due 2027-01-31 --status planned --by ada"), "2 gaps changed by ada")
	c.must("gaps set GV.RR-01#defend --owner ada --due 2027-02-28 --by ada")
}

// takeCommentsIn sends a pack out, has it filled in, well by Lovelace and badly
// by Babbage, and answers what comes back.
func (c community) takeCommentsIn() {
	t := c.t
	t.Helper()
	c.must("comments export --round June --out pack --run " + c.ssdf)
	template := filepath.Join("pack", "comments.xlsx")
	book, err := excelize.OpenFile(template)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Rows")
	book.Close()
	if err != nil {
		t.Fatal(err)
	}
	id := func(source, target string) string {
		t.Helper()
		i := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 5 && r[3] == source && r[5] == target })
		if i < 0 {
			t.Fatalf("the pack has no row %s to %s", source, target)
		}
		return rows[i][1]
	}
	returned(t, template, "lovelace.xlsx", map[string]string{
		"C5": id("GV.OC-04#secure", "PO.1.3"), "D5": "Lovelace", "E5": "Analytical Engines", "F5": "Users are told too much.", "G5": "superset of",
		"C6": id("GV.OC-03#defend", "PW.2.1"), "D6": "Lovelace", "F6": "Agreed.",
	})
	written(t, "babbage.csv", "Remarks;Row ID;Reviewer\n=2+3 is wrong here;gv.rm-02#thwart -> pw.1.1;Babbage\nWhere is this?;GV.OC-77;Babbage\n;;Babbage\n")
	said := c.must("comments import lovelace.xlsx babbage.csv --round June --run " + c.ssdf)
	c.says(said, "lovelace.xlsx: 2 comments added, 0 known", "babbage.csv: 2 comments added, 0 known", "it does not say which pack it answers", `"GV.OC-77": there is no such row or element; did you mean`)

	l := c.comments(c.ssdf)
	if len(l.Comments) != 4 || l.Summary.Unbound != 1 || l.Summary.Open != 4 {
		t.Fatalf("%+v", l)
	}
	short := func(says string) string {
		t.Helper()
		for _, x := range l.Comments {
			if strings.HasPrefix(x.Comment, says) {
				return x.Short
			}
		}
		t.Fatalf("no comment says %q: %+v", says, l.Comments)
		return ""
	}
	for _, answer := range []struct{ says, as, reason string }{
		{"Users are told", "accepted", "we look at it again"}, {"Agreed.", "noted", "thank you"}, {"=2+3", "rejected", "it stands"},
	} {
		c.must("comments dispose --by ada --run "+c.ssdf, short(answer.says), "--as", answer.as, "--reason", answer.reason)
	}
	if l := c.comments(c.ssdf, "--open"); len(l.Comments) != 1 || l.Comments[0].Comment != "Where is this?" {
		t.Errorf("%+v", l)
	}
	c.must("comments report --out report.csv --run " + c.ssdf)
	report, err := os.ReadFile("report.csv")
	if err != nil {
		t.Fatal(err)
	}
	c.says(string(report), "we look at it again", "'=2+3 is wrong here", "Where is this?", "Analytical Engines")
}

func (c community) comments(run string, more ...string) (l listing) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.must("comments list --json --run "+run, more...)), &l); err != nil {
		c.t.Fatal(err)
	}
	return l
}
