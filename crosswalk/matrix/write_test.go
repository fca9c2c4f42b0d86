package matrix_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"concord/corpus"
	"concord/crosswalk/matrix"
	"concord/internal/hostile"
)

func written(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// reversed turns the first column round.
func reversed(t *testing.T, m *matrix.Matrix) *matrix.Table {
	t.Helper()
	r, err := m.Reverse(0, true)
	if err != nil {
		t.Fatal(err)
	}
	return r.Table()
}

func TestEveryFormatGivesTheSameBytesTwice(t *testing.T) {
	for name, write := range map[string]func(*matrix.Table, io.Writer) error{
		"xlsx": (*matrix.Table).XLSX, "csv": (*matrix.Table).CSV, "html": (*matrix.Table).HTML, "markdown": (*matrix.Table).Markdown,
	} {
		again := func() string {
			return written(t, func(w io.Writer) error { return write(small(t, "text", matrix.View{}).Table(), w) })
		}
		if again() != again() {
			t.Errorf("%s differs", name)
		}
	}
}

func TestTheCSVHoldsTheMarksInWords(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, small(t, "", matrix.View{Items: 1, Words: 2}).Table().CSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Group", "Id", "Outcome", "Focus Area", "Priority", "yard@1", "street@1"},
		{"KP.LK Locks ", "KP.LK-01", "Locks are …", "", "", "equal to: Y-3; and 2 more", "not drafted"},
		{"KP.LK Locks ", "KP.LK-01#secure", "Locks with …", "Secure", "1 (high)", "subset of: Y-1; and 1 more", "not drafted"},
		{"KP.LK Locks ", "KP.LK-02", "Keys are …", "", "", "none", "not drafted"},
		{"KP.LK Locks ", "KP.LK-02#thwart", "Keys are …", "Thwart", "1 (high)", "draft, intersects with: Y-2; and 2 more", "not drafted"},
	}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("%q", rows)
	}
}

func TestTheWorkbookIsReadyToFilterAndToPrint(t *testing.T) {
	m := small(t, "", matrix.View{Title: "Locks", Intro: "For those who lock.\n\nAnd unlock."})
	for name, test := range map[string]struct {
		table *matrix.Table
		cells map[string]string
	}{
		"Matrix":   {m.Table(), map[string]string{"A1": "Id", "A2": "KP.LK-01", "E2": "equal to: Y-3\nintersects with: Y-2\ndraft, intersects with: Y-4", "F2": "not drafted", "D3": "1 (high)"}},
		"Controls": {reversed(t, m), map[string]string{"A1": "Id", "A2": "Y-1", "C2": "1", "D2": "1", "G2": "superset of: KP.LK-01#secure (1)\ndraft, intersects with: KP.LK-02#thwart (1)"}},
	} {
		f, err := excelize.OpenReader(strings.NewReader(written(t, test.table.XLSX)))
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range test.cells {
			if got, err := f.GetCellValue(name, at); err != nil || got != want {
				t.Errorf("%s %s: %q, want %q (%v)", name, at, got, want, err)
			}
		}
		layout, _ := f.GetPageLayout(name)
		panes, _ := f.GetPanes(name)
		if layout.Orientation == nil || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || !panes.Freeze || panes.XSplit != 1 || panes.YSplit != 1 {
			t.Errorf("%s: layout %+v, panes %+v", name, layout, panes)
		}
		var defined []string
		for _, d := range f.GetDefinedName() {
			defined = append(defined, d.Scope+" "+d.Name)
		}
		for _, want := range []string{"_xlnm.Print_Titles", "_xlnm.Print_Area", "_xlnm._FilterDatabase"} {
			if !slices.Contains(defined, name+" "+want) {
				t.Errorf("%s has no %s among %q", name, want, defined)
			}
		}
		about, err := f.GetRows("About")
		if err != nil || about[0][0] != "Locks" || !slices.ContainsFunc(about, func(r []string) bool { return slices.Contains(r, "And unlock.") }) {
			t.Errorf("about %q, %v", about, err)
		}
		if names, err := f.GetRows("Names"); err != nil || len(names) < 2 {
			t.Errorf("names %q, %v", names, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheWorkbookRefusesATextThatFitsNoCell(t *testing.T) {
	var b bytes.Buffer
	err := small(t, strings.Repeat("x", 40000), matrix.View{}).Table().XLSX(&b)
	if err == nil || !strings.Contains(err.Error(), `sheet "Matrix" cell B2`) || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}

func TestThePageSaysRelationsInWordsToo(t *testing.T) {
	text := written(t, small(t, "", matrix.View{}).Table().HTML)
	for _, want := range []string{
		`<span class="mark" aria-hidden="true">⊂</span><span class="said">subset of:</span> <span class="id"><bdi>Y-1</bdi></span>`,
		"No person has confirmed what is marked as draft.", "2 of 4 (50 %), 1 related to nothing, 1 more as drafts", "1 of 2 (50 %), 1 more as drafts",
		"What the yard has.", "Left out: 1 focus-area cell with nothing", `<th scope="row"><bdi>KP.LK-01#secure</bdi></th>`, `<html lang="en">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestTheMarkdownIsATableForEachGroup(t *testing.T) {
	text := written(t, small(t, "", matrix.View{}).Table().Markdown)
	for _, want := range []string{
		"# house@1 beside yard@1, street@1\n", "### KP.LK Locks\n\n| Id | Outcome | Focus Area | Priority | yard@1 | street@1 |\n|---|---|---|---|---|---|\n",
		"| = Y-3<br>∩ Y-2<br>draft ∩ Y-4 | not drafted |\n", "| ⊂ | subset of | the other holds all of the house@1 element, and more |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestASourceWithoutFocusAreasHasNoColumnsForThem(t *testing.T) {
	source := framework(t, "plain", corpus.Element{ID: "P-1", Kind: corpus.KindControl, Text: "Walls."})
	target := yard(t, "")
	m, err := matrix.Of(source, []matrix.Beside{{Target: target, Covers: []string{"P-1"}, Crosswalk: crosswalkOf(t, source, target, "P-1 equal Y-1 accepted 1")}}, matrix.View{})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []*matrix.Table{m.Table(), reversed(t, m)} {
		if text := written(t, table.HTML); strings.Contains(text, "riority") || strings.Contains(text, "Focus") {
			t.Errorf("%s shows what the source does not have", table.Name)
		}
	}
}

// attacks are texts that act where they are let.
func attacks() []string {
	list := []string{"=HYPERLINK(\"http://x.example\",\"y\")", "\t@SUM(1+1)*cmd|' /C calc'!A0", "＝1+1", "+1", "-1",
		"</title></style><script>alert(1)</script><img src=x onerror=alert(1)> --> {{.}} \u202egpj.exe\u2066 \x1b[31m",
		"| a | b |\n\n# Heading\n<b>x</b> [x](javascript:alert(1)) `c`"}
	for _, e := range hostile.Elements() {
		if len(e.Text) < 5000 {
			list = append(list, e.Text)
		}
	}
	return list
}

func TestNoTextRunsInASpreadsheet(t *testing.T) {
	for _, text := range attacks() {
		m := small(t, "", matrix.View{Title: text, Intro: text})
		m.Columns[0].Means = text
		for i := range m.Rows {
			m.Rows[i].ID, m.Rows[i].Text, m.Rows[i].Group = text, text, text
		}
		table := m.Table()
		f, err := excelize.OpenReader(strings.NewReader(written(t, table.XLSX)))
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for y, row := range rows {
				cells = append(cells, row...)
				for x := range row {
					at, _ := excelize.CoordinatesToCellName(x+1, y+1)
					if formula, _ := f.GetCellFormula(sheet, at); formula != "" {
						t.Errorf("%q: sheet %s cell %s has the formula %q", text, sheet, at, formula)
					}
				}
			}
		}
		f.Close()
		rows, err := csv.NewReader(strings.NewReader(written(t, table.CSV))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			cells = append(cells, row...)
		}
		for _, c := range cells {
			if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") || strings.ContainsAny(c, "\x1b\u202e\u2066") {
				t.Errorf("%q: cell %q", text, c)
			}
		}
	}
}

// tags lists the elements and attributes of a page.
func tags(t *testing.T, text string) (list []string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.CommentToken:
			t.Error("a comment")
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			list = append(list, token.Data)
			for _, a := range token.Attr {
				if list = append(list, a.Key); a.Key == "src" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s has %s=%q", token.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestNoTextBecomesMarkup(t *testing.T) {
	page := func(text string) string {
		return written(t, small(t, text, matrix.View{Title: text}).Table().HTML)
	}
	want := tags(t, page("harmless"))
	for _, text := range attacks() {
		got := page(text)
		if list := tags(t, got); !slices.Equal(list, want) {
			t.Errorf("%q: %d tags and attributes, want %d", text, len(list), len(want))
		}
		report := written(t, small(t, text, matrix.View{Title: text, Intro: text}).Table().Markdown)
		if strings.ContainsAny(got+report, "\u202e\u2066\x1b") {
			t.Errorf("%q: a character acts without being seen", text)
		}
		if strings.Contains(report, "<script") || strings.Contains(report, "\n# Heading") || strings.Contains(report, "[x](") {
			t.Errorf("%q makes markup:\n%s", text, report)
		}
		for line := range strings.Lines(report) {
			if strings.HasPrefix(line, "| KP.LK-01 ") && strings.Count(line, "|")-strings.Count(line, `\|`) != 7 {
				t.Errorf("%q makes another cell: %s", text, line)
			}
		}
	}
}
