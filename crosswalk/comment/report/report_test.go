package report_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/comment/report"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// hostile is a text that runs, or breaks out, where it is let.
const hostile = "=1+1 | <script>alert(1)</script> [x](javascript:y) ~~ ** \u202e \x1b[31m"

// sample makes up a report with one comment that is answered, on a row that
// changed, and one that is bound to nothing.
func sample(text string) report.Report {
	place := comment.Place{Row: "R-000001", Source: corpus.Ref{Framework: "csf", Edition: "2.0", ID: "GV.OC-01"}, Target: corpus.Ref{Framework: "house", Edition: "1", ID: "AC-1"}, RationaleType: crosswalk.Semantic}
	first := comment.Comment{Received: noon, Pack: "p", Entry: comment.Entry{
		File: text, Number: text, Commenter: text, Organization: text, Text: text, Suggestion: text, Rationale: text, Extra: []comment.Field{{Name: text, Value: text}},
	}, Places: []comment.Place{place}}.Identified()
	second := comment.Comment{Received: noon, Pack: "p", Entry: comment.Entry{File: "b.csv", Row: 7, Text: "second"}, Loose: []comment.Loose{{Reference: text, Why: "there is no such row"}}}.Identified()
	answer := comment.Event{Comment: first.ID, Time: noon, By: "ada", Disposition: comment.Partly, Reason: text}.Identified()
	items := make([]comment.Item, 2)
	for i, s := range comment.Current([]comment.Comment{first, second}, []comment.Event{answer}) {
		items[i].Standing = s
	}
	items[0].Changes = []comment.Change{{Place: place, State: comment.Changed, Row: "R-000001", Parts: []comment.Part{
		{Name: "source", Old: "Keep a list.", New: text, Runs: []corpus.Run{{Op: corpus.RunDeleted, Text: "Keep a list."}, {Op: corpus.RunInserted, Text: text}}},
	}}}
	return report.Report{Name: text, Made: noon, Items: items}
}

func written(t *testing.T, r report.Report, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, r, format); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := report.Write(&again, r, format); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
		t.Errorf("%s: the same report gives other bytes, %v", format, err)
	}
	return b.Bytes()
}

func TestEveryFormatSaysWhatBecameOfAComment(t *testing.T) {
	r := sample("a plain text")
	for _, format := range report.Formats() {
		said := string(written(t, r, format))
		if format == "xlsx" {
			said = cells(t, []byte(said))
		}
		for _, want := range []string{r.Items[0].Short(), r.Items[1].Short(), "R-000001", "GV.OC-01 → AC-1", "a plain text", "partly", "open", "ada", "2026-06-01", "changed since", "there is no such row", "b.csv", "Keep a list."} {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
		if format != "csv" && !strings.Contains(said, "2 comments: 1 answered, 1 open.") {
			t.Errorf("%s does not count", format)
		}
	}
	if err := report.Write(&bytes.Buffer{}, r, "pdf"); err == nil || !strings.Contains(err.Error(), "markdown") {
		t.Error(err)
	}
}

func cells(t *testing.T, data []byte) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for k, text := range row {
				at, _ := excelize.CoordinatesToCellName(k+1, i+1)
				if formula, _ := f.GetCellFormula(sheet, at); formula != "" {
					t.Errorf("%s is a formula", at)
				}
				b.WriteString(text + "\n")
			}
		}
	}
	return b.String()
}

func TestNoFormatRunsWhatReadersWrote(t *testing.T) {
	r := sample(hostile)
	for _, format := range report.Formats() {
		data := written(t, r, format)
		if bytes.ContainsAny(data, "\x1b\u202e") && format != "xlsx" {
			t.Errorf("%s has characters that act unseen", format)
		}
		switch format {
		case "csv":
			rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, c := range row {
					if strings.HasPrefix(c, "=") {
						t.Errorf("cell %q runs", c)
					}
				}
			}
		case "xlsx":
			for line := range strings.Lines(cells(t, data)) {
				if strings.HasPrefix(line, "=") {
					t.Errorf("cell %q runs once it is CSV", line)
				}
			}
		case "markdown":
			if bytes.Contains(data, []byte("<script")) || bytes.Contains(data, []byte("[x](")) {
				t.Error("Markdown has markup of a reader")
			}
			for line := range strings.Lines(string(data)) {
				if strings.HasPrefix(line, "| ") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 12 {
					t.Errorf("a row has another cell: %q", line)
				}
			}
		case "html":
			doc, err := html.Parse(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "a" || n.Data == "img") {
					t.Errorf("HTML has a <%s>", n.Data)
				}
			}
		}
	}
}
