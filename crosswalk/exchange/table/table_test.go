package table_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/table"
)

func format() exchangetest.Format {
	return exchangetest.Format{Held: table.Held(), Write: table.Write, Read: table.Read}
}

func TestWhatIsWrittenIsRead(t *testing.T) { exchangetest.RoundTrip(t, format()) }

func sample() *exchange.Crosswalk {
	seven, half := 7, 0.5
	return &exchange.Crosswalk{
		Title: "House to Yard", Tool: "concord", Version: "0.1.0", Run: "r1", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1", Title: "House Rules", Digest: "aa"},
		Target: exchange.Framework{Name: "yard", Edition: "2.0", Title: "Yard Code", Digest: "bb"},
		Rows: []exchange.Row{
			{Source: "H-1", Target: "Y-1", SourceTitle: "=HYPERLINK(\"http://x\")", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic,
				Strength: &seven, Probability: &half, Rationale: "first\nsecond\u202e", Flags: []string{"demoted", "no quote"},
				Quotes: []crosswalk.Quote{{Side: crosswalk.TargetSide, Text: "lock\nthe gate"}, {Side: crosswalk.SourceSide, Text: "lock"}}},
			{Source: "H-1", Target: "Y-2"},
		},
		Gaps: []exchange.Gap{{Side: crosswalk.SourceSide, ID: "H-2", Title: "Fire", Judged: true}, {Side: crosswalk.TargetSide, ID: "Y-9"}},
	}
}

func written(t testing.TB, c *exchange.Crosswalk) string {
	t.Helper()
	var b bytes.Buffer
	if err := table.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestATableReadsWellInASpreadsheet(t *testing.T) {
	text := written(t, sample())

	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()

	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if lines := strings.Count(text, "\r\n"); lines != 5 {
		t.Errorf("%d lines end in CRLF", lines)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, want := range []struct {
		row        int
		name, cell string
	}{
		{1, "source_title", "'=HYPERLINK(\"http://x\")"},
		{1, "sentence", "H-1 is a subset of Y-1"},
		{1, "strength", "7"},
		{1, "quotes", "target: lock[U+000A]the gate\nsource: lock"},
		{1, "flags", "demoted\nno quote"},
		{1, "rationale", "first\nsecond[U+202E]"},
		{2, "sentence", "H-1 is mapped to Y-2, nobody said how"},
		{2, "status", "draft"}, {2, "source_framework", "house"}, {2, "target_edition", "2.0"}, {2, "target_digest", "bb"}, {2, "run", "r1"},
		{3, "sentence", "H-2 is mapped to nothing"}, {3, "gap", "judged"}, {3, "target_id", ""},
		{4, "sentence", "nothing is mapped to Y-9"}, {4, "gap", "not mapped"}, {4, "source_id", ""},
	} {
		if got := rows[want.row][at[want.name]]; got != want.cell {
			t.Errorf("row %d, %s: %q, want %q", want.row, want.name, got, want.cell)
		}
	}
}

// TestNoCellRuns holds for any text in any field.
func TestNoCellRuns(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b bytes.Buffer
		if err := table.Write(&b, exchangetest.Random(rt)); err != nil {
			rt.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			rt.Fatal(err)
		}
		for _, cells := range rows {
			for _, c := range cells {
				if c = strings.TrimLeft(c, " \n"); c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
					rt.Errorf("%q", c)
				}
			}
		}
	})
}

// resaved writes the cells as a spreadsheet of another country might: other
// columns first, semicolons, decimal commas, a byte order mark.
func resaved(t *testing.T, text string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = ';', true
	for i, cells := range rows {
		for k, c := range cells {
			if rows[0][k] == "probability" {
				cells[k] = strings.Replace(c, ".", ",", 1)
			}
			if i == 0 {
				cells[k] = strings.ToUpper(strings.ReplaceAll(c, "_", " "))
			}
		}
		w.Write(append([]string{"mine"}, append(cells[7:], cells[:7]...)...))
	}
	w.Write(nil)
	w.Flush()
	return b.String()
}

func TestATableThatASpreadsheetSavedIsRead(t *testing.T) {
	c := sample()
	back, err := table.Read([]byte(resaved(t, written(t, c))))
	if err != nil {
		t.Fatal(err)
	}
	if d := exchangetest.Difference(c, back); d != "" {
		t.Error(d)
	}
}

func TestATableOfOtherToolsNeedsOnlyIDs(t *testing.T) {
	back, err := table.Read([]byte("Target ID\tSource ID\tRelation\nY-1\tH-1\tSubset of\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Rows) != 1 || back.Rows[0].Source != "H-1" || back.Rows[0].Relation != crosswalk.SubsetOf {
		t.Errorf("%+v", back)
	}
}

func TestAnErrorNamesEveryBadCell(t *testing.T) {
	_, err := table.Read([]byte("source_id,target_id,relation,strength,gap,probability,decided,quotes,run\n" +
		"H-1,Y-1,same,11,,2,yesterday,words,r1\nH-1,,,,,,,,r1\nH-1,Y-2,,2.5,,,,,r2\nH-1,Y-3,,,judged,,,,r1\nH-1,,,,perhaps,,,,r1\nH-3,Y-3,,,,,,,\nH-3,Y-3,,,,,,,\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`line 2: column "relation": unknown relation "same"`, `line 2: column "strength": "11"`, `line 2: column "probability": "2"`,
		`line 2: column "decided": "yesterday"`, `line 2: column "quotes": "words"`,
		"line 3: there is no source_id or no target_id", `line 4: column "run": "r2" after "r1"`, `line 4: column "strength": "2.5"`,
		"line 5: a gap has either", `line 6: unknown kind of gap "perhaps"`, "line 8: H-3 to Y-3 stands on line 7 already",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestATableThatIsNoneIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no ids": "a,b\n1,2\n", "two": "source_id,Source ID,target_id\n", "quote": "source_id,target_id\n\"a,b\n",
		"long": "source_id,target_id\na,b,c\n", "binary": "source_id\x00\xff\xfe\x01",
		"rejected, related": "source_id,target_id,state,relation\na,b,rejected,equal\n",
	} {
		if _, err := table.Read([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNothingIsWrittenOfACrosswalkThatContradictsItself(t *testing.T) {
	for name, change := range map[string]func(*exchange.Crosswalk){
		"pair twice":     func(c *exchange.Crosswalk) { c.Rows = append(c.Rows, c.Rows[0]) },
		"rationale type": func(c *exchange.Crosswalk) { c.Rows[0].RationaleType = "felt" },
		"side of quote":  func(c *exchange.Crosswalk) { c.Rows[0].Quotes[0].Side = "middle" },
		"side of gap":    func(c *exchange.Crosswalk) { c.Gaps[0].Side = "middle" },
	} {
		c := sample()
		change(c)
		var b bytes.Buffer
		if err := table.Write(&b, c); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(written(f, sample())))
	f.Add([]byte("source_id;target_id\nH-1;Y-1\n"))
	f.Add([]byte("source_id\ttarget_id\tgap\nH-1\t\tjudged\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := table.Read(data)
		if err != nil || c.Source.Name == "" || c.Target.Name == "" {
			return
		}
		back, err := table.Read([]byte(written(t, c)))
		if err != nil {
			t.Fatal(err)
		}
		if d := exchangetest.Difference(c, back); d != "" {
			t.Error(d)
		}
	})
}
