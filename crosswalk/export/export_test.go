package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"concord/crosswalk"
	"concord/crosswalk/export"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tester is what the helpers need of a test, whether plain or drawn.
type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

type write func(io.Writer, *export.Document) error

// formats lists the writers by the extension of their files.
func formats() []struct {
	ext   string
	write write
} {
	return []struct {
		ext   string
		write write
	}{{"csv", export.CSV}, {"json", export.JSON}, {"md", export.Markdown}}
}

func render(tb tester, w write, d *export.Document) string {
	tb.Helper()
	var b bytes.Buffer
	if err := w(&b, d); err != nil {
		tb.Fatalf("%v", err)
	}
	return b.String()
}

func records(tb tester, text string) []map[string]string {
	tb.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		tb.Fatalf("the CSV does not parse: %v", err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		m := map[string]string{}
		for i, c := range cells {
			m[all[0][i]] = c
		}
		out = append(out, m)
	}
	return out
}

func TestDocumentsAreWrittenAsInTheGoldenFiles(t *testing.T) {
	for _, doc := range []struct {
		name  string
		build func(testing.TB) *export.Document
	}{{"morning", morning}, {"empty", blank}, {"hostile", hostile}} {
		for _, f := range formats() {
			t.Run(doc.name+"."+f.ext, func(t *testing.T) {
				got := render(t, f.write, doc.build(t))
				path := filepath.Join("testdata", doc.name+"."+f.ext)
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs; run with -update and look at the change\n%s", path, got)
				}
			})
		}
	}
}

func TestEqualDocumentsGiveEqualBytesInAnyOrder(t *testing.T) {
	for _, f := range formats() {
		d := morning(t)
		once := render(t, f.write, d)

		slices.Reverse(d.Proposals)
		slices.Reverse(d.Sources)

		if again := render(t, f.write, d); again != once {
			t.Errorf("%s depends on the order in which results came in", f.ext)
		}
	}
}

func TestSummaryCountsDistinctElementsAndLeavesTheUnjudgedUnjudged(t *testing.T) {
	s := morning(t).Summary()

	// BK.OV-04 has no result; it is not a finding that nothing maps it.
	if want := (export.Counts{Total: 6, Mapped: 3, Unrelated: 1, NotJudged: 1, Failed: 1}); s.Sources != want {
		t.Errorf("sources: got %+v, want %+v", s.Sources, want)
	}
	// K-1 is mapped twice and counts once.
	if want := (export.Counts{Total: 5, Mapped: 2, Unrelated: 1, NotJudged: 1, Failed: 1}); s.Targets != want {
		t.Errorf("targets: got %+v, want %+v", s.Targets, want)
	}
	if want := (export.Counts{Total: 6, Mapped: 3, Unrelated: 2, Failed: 1}); s.Proposals != want {
		t.Errorf("proposals: got %+v, want %+v", s.Proposals, want)
	}
	var focus []string
	for _, f := range s.Focus {
		focus = append(focus, f.Focus)
	}
	if want := []string{"none", "secure", "defend"}; !slices.Equal(focus, want) {
		t.Errorf("focus areas: got %v, want %v", focus, want)
	}
	wantGaps := []export.Gap{{"BK.OV-02", "Flour", crosswalk.Failed}, {"BK.OV-03", "Bread", crosswalk.Unrelated}, {"BK.OV-04", "Salt", crosswalk.NotJudged}}
	if !slices.Equal(s.SourceGaps, wantGaps) {
		t.Errorf("source gaps: got %v, want %v", s.SourceGaps, wantGaps)
	}
	wantGaps = []export.Gap{{"K-3", "Sweep", crosswalk.Failed}, {"K-4", "Count", crosswalk.Unrelated}, {"K-5", "Dry", crosswalk.NotJudged}}
	if !slices.Equal(s.TargetGaps, wantGaps) {
		t.Errorf("target gaps: got %v, want %v", s.TargetGaps, wantGaps)
	}
	wantRelations := []export.RelationCount{{crosswalk.SubsetOf, 2}, {crosswalk.IntersectsWith, 1}, {crosswalk.Equal, 0}, {crosswalk.SupersetOf, 0}, {crosswalk.NoRelationship, 2}}
	if !slices.Equal(s.Relations, wantRelations) {
		t.Errorf("relations: got %v, want %v", s.Relations, wantRelations)
	}
}

func TestNoRelationshipWithoutAJudgedCandidateIsNotJudged(t *testing.T) {
	d := blank(t)
	d.Sources = []crosswalk.Result{{Source: "BK.OV-03", Outcome: crosswalk.Unrelated}}

	if s := d.Summary(); s.Sources.Unrelated != 0 || s.Sources.NotJudged != s.Sources.Total {
		t.Errorf("got %+v", s.Sources)
	}
}

func TestScopeNarrowsWhatIsCounted(t *testing.T) {
	d := blank(t)
	d.SourceIDs, d.TargetIDs = []string{"BK.OV-04", "BK.OV-01"}, []string{}

	s := d.Summary()

	if s.Sources.Total != 2 || s.Targets.Total != 0 || s.SourceGaps[0].ID != "BK.OV-01" {
		t.Errorf("got %+v", s)
	}
}

func TestNeedReviewPutsFlagsThenDoubtThenStrongClaimsFirst(t *testing.T) {
	d := blank(t)
	flagged := pair(d, "BK.OV-01", "K-1", crosswalk.Mapped, crosswalk.IntersectsWith, 0.99)
	flagged.Flags = []string{"quote not found"}
	d.Proposals = []crosswalk.Proposal{
		pair(d, "BK.OV-02", "K-1", crosswalk.Unrelated, crosswalk.NoRelationship, 0.3),
		pair(d, "BK.OV-02", "K-3", crosswalk.Mapped, crosswalk.IntersectsWith, 0.7),
		pair(d, "BK.OV-03", "K-2", crosswalk.Mapped, crosswalk.Equal, 0.7),
		pair(d, "BK.OV-02", "K-2", crosswalk.Mapped, crosswalk.Equal, 0.9),
		pair(d, "BK.OV-04", "K-4", crosswalk.Failed, "", 0.5),
		flagged,
	}

	var got []string
	for _, r := range d.NeedReview(10) {
		got = append(got, r.Proposal.Source.ID+" "+r.Proposal.Target.ID)
	}

	want := []string{"BK.OV-01 K-1", "BK.OV-03 K-2", "BK.OV-02 K-1", "BK.OV-02 K-3", "BK.OV-02 K-2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	reviews := d.NeedReview(2)
	if len(reviews) != 2 || reviews[0].Reason != "flagged: quote not found; probability 0.990 is 0.490 above the threshold 0.500" ||
		reviews[1].Reason != "probability 0.700 is 0.200 above the threshold 0.500; claims that one side holds all of the other" {
		t.Errorf("got %+v", reviews)
	}
	if n := len(d.NeedReview(-1)); n != 0 {
		t.Errorf("-1 gave %d reviews", n)
	}
	d.Threshold = 0.9
	if got := d.NeedReview(2)[1].Proposal.Target.ID; got != "K-2" {
		t.Errorf("with threshold 0.9 the second is %s", got)
	}
}

func TestCSVShowsMappedFailedAndGapsAndAllOnRequest(t *testing.T) {
	d := morning(t)
	outline := func() (out []string) {
		for _, m := range records(t, render(t, export.CSV, d)) {
			out = append(out, strings.TrimSpace(m["source_id"]+" "+m["target_id"]+" "+m["outcome"]))
		}
		return out
	}

	want := []string{
		"BK.OV-01 K-1 mapped", "BK.OV-01#secure K-2 mapped", "BK.OV-01#defend K-1 mapped",
		"BK.OV-02 K-3 failed", "BK.OV-02  failed", "BK.OV-03  no_relationship", "BK.OV-04  not_judged",
	}
	if got := outline(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	d.CSV.All = true
	if got := outline(); len(got) != len(want)+2 || got[1] != "BK.OV-01 K-4 no_relationship" {
		t.Errorf("with All: got %q", got)
	}
}

func TestProposalsOfASourceComeByRank(t *testing.T) {
	d := blank(t)
	second := pair(d, "BK.OV-01", "K-1", crosswalk.Mapped, crosswalk.Equal, 0.9)
	second.Rank = 2
	d.Proposals = []crosswalk.Proposal{second, pair(d, "BK.OV-01", "K-3", crosswalk.Mapped, crosswalk.Equal, 0.6)}

	rows := records(t, render(t, export.CSV, d))

	if rows[0]["target_id"] != "K-3" || rows[1]["target_id"] != "K-1" {
		t.Errorf("got %s before %s", rows[0]["target_id"], rows[1]["target_id"])
	}
}

func TestNoCellIsAFormulaUnlessRaw(t *testing.T) {
	d := hostile(t)
	for _, m := range records(t, render(t, export.CSV, d)) {
		for name, cell := range m {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n＝", []rune(strings.TrimLeft(cell, " "))[0]) {
				t.Errorf("%s begins a formula: %q", name, cell)
			}
		}
	}
	if m := records(t, render(t, export.CSV, d))[0]; m["source_id"] != `'=HYPERLINK("x")` || m["target_id"] != "'-2" {
		t.Errorf("got %q and %q", m["source_id"], m["target_id"])
	}

	d.CSV.Raw = true

	m := records(t, render(t, export.CSV, d))[0]
	if m["source_id"] != `=HYPERLINK("x")` || m["target_id"] != "-2" {
		t.Errorf("raw: got %q and %q", m["source_id"], m["target_id"])
	}
}

func TestHiddenCharactersAreNeverWritten(t *testing.T) {
	for _, f := range formats() {
		text := render(t, f.write, hostile(t))
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", f.ext)
		}
		if i := strings.IndexAny(text, "\u202e\x1b\x07\u0085\u2028\U000E0041"); i >= 0 {
			t.Errorf("%s holds a hidden character: %q", f.ext, text[max(0, i-20):i+4])
		}
	}
}

func TestJSONKeepsHostileTextVerbatim(t *testing.T) {
	var got struct {
		Format    string `json:"format"`
		Sources   []struct{ Title string }
		Proposals []crosswalk.Proposal `json:"proposals"`
	}
	if err := json.Unmarshal([]byte(render(t, export.JSON, hostile(t))), &got); err != nil {
		t.Fatal(err)
	}
	if got.Format != "concord-draft/1" || got.Sources[1].Title != "a\u202egpj.exe" || got.Proposals[0].Quotes[0].Text != "</td><script>" {
		t.Errorf("got %+v", got)
	}
}

// cellsOf counts the cells of a table row as Markdown does.
func cellsOf(line string) int {
	n := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n - 1
}

// checkMarkdown fails if any text has escaped into the structure of the page.
func checkMarkdown(tb tester, text string) {
	width := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case !strings.HasPrefix(line, "|"):
			width = 0
		case width == 0:
			width = cellsOf(line)
		case cellsOf(line) != width:
			tb.Errorf("%d cells in a table of %d: %s", cellsOf(line), width, line)
		}
		if strings.ContainsAny(line, "<>") {
			tb.Errorf("HTML: %s", line)
		}
		for i, r := range line {
			if strings.ContainsRune("`[*_", r) && (i == 0 || line[i-1] != '\\') {
				tb.Errorf("markup %q: %s", r, line)
			}
		}
		if word, _, _ := strings.Cut(line, " "); !slices.Contains(starts, word) {
			tb.Errorf("a text begins the line: %s", line)
		}
	}
}

// starts are the first words of the lines that the page itself writes.
var starts = []string{"", "#", "##", "###", "|", "This", "Relations", "Elements", "Judged", "Judging", "Never", "None.", "Focus", "Generic", "Text:", "-"}

func TestHostileTextStaysTextInMarkdown(t *testing.T) {
	text := render(t, export.Markdown, hostile(t))

	checkMarkdown(t, text)

	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", `\[click\](javascript:x)`, `a\[U+202E\]gpj.exe`, `\| forged \| row \|`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestADocumentThatContradictsItselfIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(*export.Document)
	}{
		{"no framework", "no source or no target", func(d *export.Document) { d.Target = nil }},
		{"threshold", "threshold 2 is not between", func(d *export.Document) { d.Threshold = 2 }},
		{"scope", `bakery@1.0 has no element "X"`, func(d *export.Document) { d.SourceIDs = []string{"X"} }},
		{"unknown result", `result for "X": bakery@1.0 has no such element`, func(d *export.Document) { d.Sources[0].Source = "X" }},
		{"result twice", `result for "BK.OV-01": there are two`, func(d *export.Document) { d.Sources[1].Source = "BK.OV-01" }},
		{"result outcome", `unknown outcome "maybe"`, func(d *export.Document) { d.Sources[0].Outcome = "maybe" }},
		{"negative", "must not be negative", func(d *export.Document) { d.Sources[0].Judged = -1 }},
		{"mapped by nothing", `"BK.OV-03" says mapped, but no proposal`, func(d *export.Document) { d.Sources[4].Outcome = crosswalk.Mapped }},
		{"unknown target", "kitchen@2:X is not in kitchen@2", func(d *export.Document) { d.Proposals[0].Target.ID = "X" }},
		{"other edition", "kitchen@3:K-1 is not in kitchen@2", func(d *export.Document) { d.Proposals[0].Target.Edition = "3" }},
		{"proposal outcome", `unknown outcome ""`, func(d *export.Document) { d.Proposals[0].Outcome = "" }},
		{"relation", `unknown relation "like"`, func(d *export.Document) { d.Proposals[0].Relation = "like" }},
		{"mapped without relation", `"mapped" does not go with relation ""`, func(d *export.Document) { d.Proposals[0].Relation = "" }},
		{"unrelated and equal", `"no_relationship" does not go with relation "equal"`, func(d *export.Document) { d.Proposals[1].Relation = crosswalk.Equal }},
		{"probability", "must be between 0 and 1", func(d *export.Document) { d.Proposals[0].Probability = math.NaN() }},
		{"score", "not a finite number", func(d *export.Document) { d.Proposals[0].Score = math.Inf(1) }},
		{"similarity", "not a finite number", func(d *export.Document) { d.Proposals[0].Evidence[0].Similarity = math.NaN() }},
		{"proposal twice", `there are two with rationale type "semantic"`, func(d *export.Document) { d.Proposals = append(d.Proposals, d.Proposals[0]) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := morning(t)
			c.spoil(d)
			for _, f := range formats() {
				if err := f.write(io.Discard, d); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: got %v, want %q", f.ext, err, c.want)
				}
			}
		})
	}
}

func TestABlankDocumentHasASummary(t *testing.T) {
	if s := new(export.Document).Summary(); s.Sources.Total != 0 || s.Targets.Total != 0 {
		t.Errorf("got %+v", s)
	}
}

type fullDisk struct{}

var errFull = errors.New("no space")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAFailingWriterIsReported(t *testing.T) {
	for _, f := range formats() {
		if err := f.write(fullDisk{}, morning(t)); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", f.ext, err)
		}
	}
}
