package template_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/comment/template"
	"concord/crosswalk/exchange"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// hostile is a text that a spreadsheet runs or reads otherwise, where it is let.
const hostile = "=HYPERLINK(\"http://x\") _x000D_ \u202egpj \x1b[31m <b> 😀"

// pack makes up one with two rows, whose second source says this text.
func pack(t testing.TB, text string) *comment.Pack {
	t.Helper()
	source := &corpus.Framework{Name: "csf", Edition: "2.0", Title: text, Elements: []corpus.Element{
		{ID: "GV.OC-01", Kind: "subcategory", Text: "Know the mission."}, {ID: "GV.OC-02", Kind: "subcategory", Title: text, Text: text},
	}}
	target := &corpus.Framework{Name: "house", Edition: "1", Title: "House", Elements: []corpus.Element{{ID: "AC-1", Kind: "control", Text: "Have a policy."}}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	p, err := comment.NewPack(&exchange.Crosswalk{
		Run: "r1", Draft: true, Source: exchange.Framework{Name: "csf", Edition: "2.0", Title: text}, Target: exchange.Framework{Name: "house", Edition: "1"},
		Rows: []exchange.Row{
			{Source: "GV.OC-01", Target: "AC-1", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Rationale: text},
			{Source: "GV.OC-02", Target: "AC-1", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic},
		},
	}, source, target, text, noon)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func written(t testing.TB, p *comment.Pack) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := template.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPackComesBackWhole(t *testing.T) {
	for _, text := range []string{"Keep a list.", hostile, strings.Repeat("long 😀 ", 9000), "a\r\nb\tc", "_x0041_ [U+202E] 'quoted"} {
		p := pack(t, text)
		data := written(t, p)
		if again := written(t, p); !bytes.Equal(data, again) {
			t.Error("the same pack gives other bytes")
		}

		r, err := template.Read(data, "empty.xlsx")

		if err != nil || r.Pack == nil || r.PackID != p.ID || len(r.Entries) > 0 || len(r.Notices) > 0 {
			t.Fatalf("%.30q: %+v, %v", text, r, err)
		}
		if r.Pack.Elements[1] != p.Elements[1] || r.Pack.Rows[0] != p.Rows[0] {
			t.Errorf("%+v, want %+v", r.Pack.Elements[1], p.Elements[1])
		}
	}
}

// spreadsheet opens a written template for filling in.
func spreadsheet(t testing.TB, p *comment.Pack) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(written(t, p)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func saved(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, sheet string, cells map[string]any) {
	t.Helper()
	for at, v := range cells {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// line puts an entry into words: who, on what, what, instead, why, and the rest.
func line(e comment.Entry) string {
	s := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s", e.Number, e.Element, e.Reference, e.Commenter, e.Organization, e.Text, e.Suggestion, e.Rationale)
	for _, f := range e.Extra {
		s += "|" + f.Name + "=" + f.Value
	}
	return s
}

// TestReadTakesWhatReadersMakeOfATemplate has one case for each way in which
// people fill a template in badly.
func TestReadTakesWhatReadersMakeOfATemplate(t *testing.T) {
	p := pack(t, "Keep a list.")
	id := p.Rows[0].ID
	full := map[string]any{"A5": "1", "B5": "GV.OC-01", "C5": id, "D5": "Ada", "E5": "ACME", "F5": "Too strong.", "G5": "Make it weaker.", "H5": "It is."}
	asFull := "1|GV.OC-01|" + id + "|Ada|ACME|Too strong.|Make it weaker.|It is."
	for _, c := range []struct {
		name   string
		data   func(t *testing.T) []byte
		want   []string
		pack   bool   // the file says which pack it answers
		notice string // in one of the notices
	}{
		{"as it was meant", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"blank rows between", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"F7": "one", "F90": "two", "F2000": "three", "D8": "   "})
			return saved(t, f)
		}, []string{"|||||one||", "|||||two||", "|||||three||"}, true, ""},
		{"columns moved", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"A4": "Comment", "B4": "Rationale", "C4": "Organisation", "D4": "Row id", "E4": "Number", "F4": "Element", "G4": "Commenter", "H4": "Suggested change",
				"A5": "Too strong.", "B5": "It is.", "C5": "ACME", "D5": id, "E5": "1", "F5": "GV.OC-01", "G5": "Ada", "H5": "Make it weaker."})
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"columns renamed", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			set(t, f, "Comments", map[string]any{"A4": "#", "B4": "Subcategory ID", "C4": "ROW (see page)", "D4": "Name of commenter", "E4": "Company", "F4": "Comments (please be specific)", "G4": "Proposed new text", "H4": "Justification:"})
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"columns added", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			must(t, f.InsertCols("Comments", "F", 1))
			set(t, f, "Comments", map[string]any{"F4": "Severity", "F5": "high", "G5": "Too strong.", "K4": "Line", "K5": "12", "L5": "no heading"})
			return saved(t, f)
		}, []string{"|||||Too strong.|||Severity=high|Line=12|=no heading"}, true, ""},
		{"rows above the header", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			must(t, f.InsertRows("Comments", 1, 12))
			set(t, f, "Comments", map[string]any{"A1": "ACME Corporation", "A2": "Our comments, with a name", "A3": "Confidential", "F3": "Comment"})
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"merged cells down", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"D5": "Ada", "E5": "ACME", "C5": id, "F5": "one", "F6": "two", "F7": "three"})
			for _, column := range []string{"C", "D", "E"} {
				must(t, f.MergeCell("Comments", column+"5", column+"6"))
			}
			return saved(t, f)
		}, []string{"||" + id + "|Ada|ACME|one||", "||" + id + "|Ada|ACME|two||", "|||||three||"}, true, ""},
		{"one merged comment on several rows", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"C5": p.Rows[0].ID, "C6": p.Rows[1].ID, "F5": "both", "C7": "2", "F7": "next"})
			must(t, f.MergeCell("Comments", "F5", "F6"))
			return saved(t, f)
		}, []string{"||" + p.Rows[0].ID + "\n" + p.Rows[1].ID + "|||both||", "||2|||next||"}, true, ""},
		{"merged cells across", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"F5": "wide"})
			must(t, f.MergeCell("Comments", "F5", "H5"))
			return saved(t, f)
		}, []string{"|||||wide||"}, true, ""},
		{"formulas", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"F5": "see"})
			must(t, f.SetCellFormula("Comments", "F6", `HYPERLINK("http://x","click")`))
			must(t, f.SetCellFormula("Comments", "C5", "Rows!B2"))
			return saved(t, f)
		}, []string{"||=Rows!B2|||see||", `|||||=HYPERLINK("http://x","click")||`}, true, ""},
		{"texts that look like formulas", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"F5": "=1+1", "F6": "- not so", "F7": "@ada"})
			return saved(t, f)
		}, []string{"|||||=1+1||", "|||||- not so||", "|||||@ada||"}, true, ""},
		{"dates and numbers", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
			must(t, err)
			general, err := f.NewStyle(&excelize.Style{})
			must(t, err)
			must(t, f.SetCellStyle("Comments", "A5", "A6", general))
			set(t, f, "Comments", map[string]any{"A5": 1, "A6": 2.5, "F5": "x", "F6": "y", "I4": "Date", "I5": time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC), "I6": 46000})
			must(t, f.SetCellStyle("Comments", "I5", "I6", style))
			return saved(t, f)
		}, []string{"1|||||x|||Date=2026-05-04", "2.5|||||y|||Date=2025-12-09"}, true, ""},
		{"sheets in another order, renamed", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			must(t, f.SetSheetName("Comments", "Tabelle1"))
			must(t, f.MoveSheet("Rows", "Instructions"))
			must(t, f.MoveSheet("Pack", "Rows"))
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"the hidden sheet deleted", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			must(t, f.DeleteSheet("Pack"))
			return saved(t, f)
		}, []string{asFull}, true, ""},
		{"the hidden sheet changed", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			set(t, f, "Pack", map[string]any{"B12": `{"id":"R-000000"}`})
			return saved(t, f)
		}, []string{asFull}, true, "was changed"},
		{"comments beside the list of rows", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Rows", map[string]any{"I1": "Comment", "I3": "I doubt this."})
			return saved(t, f)
		}, []string{"|GV.OC-02|" + p.Rows[1].ID + "|||I doubt this.||"}, true, ""},
		{"a second sheet of comments", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			_, err := f.NewSheet("Grace")
			must(t, err)
			set(t, f, "Grace", map[string]any{"A1": "Row", "B1": "Remarks", "A2": "2", "B2": "Fine."})
			return saved(t, f)
		}, []string{asFull, "||2|||Fine.||"}, true, ""},
		{"the header twice", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", full)
			for i, name := range []string{"Number", "Element", "Row id", "Commenter", "Organisation", "Comment", "Suggested change", "Rationale"} {
				at, _ := excelize.CoordinatesToCellName(i+1, 6)
				set(t, f, "Comments", map[string]any{at: name})
			}
			set(t, f, "Comments", map[string]any{"F7": "last"})
			return saved(t, f)
		}, []string{asFull, "|||||last||"}, true, ""},
		{"a row that says nothing", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"C5": id, "D5": "Ada", "F6": "x"})
			return saved(t, f)
		}, []string{"|||||x||"}, true, "no comment"},
		{"only a suggestion", func(t *testing.T) []byte {
			f := spreadsheet(t, p)
			set(t, f, "Comments", map[string]any{"C5": id, "G5": "equal"})
			return saved(t, f)
		}, []string{"||" + id + "||||equal|"}, true, ""},
		{"CSV of the sheet", func(*testing.T) []byte {
			return []byte("Comments on x,,\nPack " + p.ID + "; run r1,,\n,,\nNumber,Row id,Comment\n1,\"" + id + ", 2\",\"two\nlines\"\n,,\n")
		}, []string{"1||" + id + ", 2|||two\nlines||"}, true, ""},
		{"CSV with semicolons in another encoding", func(*testing.T) []byte {
			return []byte("Row id;Commenter;Comment\r\n" + id + ";Zo\xeb;na\xefve; extra\r\n")
		}, []string{"||" + id + "|Zoë||naïve|||=extra"}, false, ""},
		{"CSV with tabs and loose quotes", func(*testing.T) []byte {
			return []byte("Row id\tComment\n" + id + "\tsays \"equal\" and is not\n")
		}, []string{"||" + id + `|||says "equal" and is not||`}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := template.Read(c.data(t), "returned")

			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range r.Entries {
				got = append(got, line(e))
				if e.File != "returned" || e.Row < 2 {
					t.Errorf("it stands in %q, row %d", e.File, e.Row)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if (r.PackID == p.ID) != c.pack {
				t.Errorf("it answers pack %q", r.PackID)
			}
			if notices := fmt.Sprint(r.Notices); c.notice == "" && len(r.Notices) > 0 || !strings.Contains(notices, c.notice) {
				t.Errorf("notices %s, want %q", notices, c.notice)
			}
		})
	}
}

func TestReadSaysWhatIsNoTemplate(t *testing.T) {
	f := excelize.NewFile()
	set(t, f, "Sheet1", map[string]any{"A1": "Budget", "B1": "2026"})
	for want, data := range map[string][]byte{
		"no header with a column Comment and one more of Number, Element, Row id, Commenter, Organisation, Suggested change, Rationale on the sheets \"Sheet1\"": saved(t, f),
		"old Excel file":    []byte("\xd0\xcf\x11\xe0rest"),
		"open the workbook": []byte("PK\x03\x04rest"),
		"no header":         []byte("hello\n"),
	} {
		if _, err := template.Read(data, "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	p := pack(f, "Keep a list.")
	book := spreadsheet(f, p)
	set(f, book, "Comments", map[string]any{"C5": p.Rows[0].ID, "F5": "x"})
	f.Add(saved(f, book))
	f.Add([]byte("Pack " + p.ID + "\nRow id,Comment\n1,x\n"))
	f.Add([]byte("Row id;Comment\r\n1;\"x\r\n"))
	f.Add([]byte("Comment\tRow\tComment\n\x00\t1\t2\n"))
	f.Add([]byte("\xff\xfeR\x00o\x00w\x00,\x00C\x00o\x00m\x00m\x00e\x00n\x00t\x00\n\x001\x00,\x00x\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := template.Read(data, "x")
		if err != nil {
			return
		}
		for _, e := range r.Entries {
			if e.Text == "" && e.Suggestion == "" && e.Rationale == "" {
				t.Errorf("%+v says nothing", e)
			}
			if err := comment.Bind(e, "", r.Pack, p, noon).Check(); err != nil {
				t.Error(err)
			}
		}
		if r.Pack != nil {
			if err := r.Pack.Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
