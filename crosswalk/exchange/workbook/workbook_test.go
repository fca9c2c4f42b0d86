package workbook_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/workbook"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	exchangetest.RoundTrip(t, exchangetest.Format{Held: workbook.Held(), Write: workbook.Write, Read: workbook.Read})
}

func TestAnyTextComesBack(t *testing.T) {
	part := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"_x000D_", "_x005F_", "_x0041_", "\r\n", "\u202e", " ", "\x00", "\ufffe", "&#10;", "]]>", "="}))
	texts := rapid.Map(rapid.SliceOfN(part, 0, 4), func(p []string) string { return strings.ToValidUTF8(strings.Join(p, ""), "") })
	rapid.Check(t, func(rt *rapid.T) {
		c := sample()
		c.Rows[0].SourceText, c.Rows[0].Rationale, c.Title = texts.Draw(rt, "text"), texts.Draw(rt, "rationale"), texts.Draw(rt, "title")
		c.Rows[0].Quotes[0].Text = "q" + texts.Draw(rt, "quote")
		back, err := workbook.Read(written(rt, c))
		if err != nil {
			rt.Fatal(err)
		}
		if d := exchangetest.Difference(c, back); d != "" {
			rt.Error(d)
		}
	})
}

func sample() *exchange.Crosswalk {
	seven, half := 7, 0.5
	row := func(source, target string, relation crosswalk.Relation) exchange.Row {
		return exchange.Row{Source: source, Target: target, Relation: relation, RationaleType: crosswalk.Semantic, SourceText: "text of " + source,
			Proposal: "proposal of " + source + target, ProposalSHA256: strings.Repeat("ab", 32), Probability: &half,
			Quotes: []crosswalk.Quote{{Side: crosswalk.SourceSide, Text: "=text"}}}
	}
	c := &exchange.Crosswalk{
		Title: "House to Yard", Tool: "concord", Version: "0.1.0", Run: "r1", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1", Title: "House Rules", Digest: "aa"},
		Target: exchange.Framework{Name: "yard", Edition: "2.0", Title: "Yard Code", Digest: "bb"},
		Rows: []exchange.Row{
			row("5.10", "9.2", crosswalk.SubsetOf), row("5.10", "Y-2", crosswalk.Equal), row("H-2", "Y-1", crosswalk.IntersectsWith),
			row("H-2", "Y-2", crosswalk.NoRelationship), row("H-3", "Y-3", ""),
		},
		Gaps: []exchange.Gap{{Side: crosswalk.SourceSide, ID: "H-9", Title: "Fire", Judged: true}, {Side: crosswalk.TargetSide, ID: "Y-9"}},
	}
	c.Rows[0].Strength = &seven
	return c
}

func written(t interface{ Fatal(...any) }, c *exchange.Crosswalk) []byte {
	var b bytes.Buffer
	if err := workbook.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// opened opens a workbook for a test to change.
func opened(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	must(t, err)
	return f
}

func saved(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	b, err := f.WriteToBuffer()
	must(t, err)
	return b.Bytes()
}

// at names the cell of a heading in a row of the sheet "Review"; the first pair
// stands in row 2.
func at(t testing.TB, f *excelize.File, heading string, row int) string {
	t.Helper()
	rows, err := f.GetRows("Review")
	must(t, err)
	i := slices.Index(rows[0], heading)
	if i < 0 {
		t.Fatalf("no column %q in %q", heading, rows[0])
	}
	name, err := excelize.CoordinatesToCellName(i+1, row)
	must(t, err)
	return name
}

// filled returns the sample after somebody wrote into cells ("Your decision 2").
func filled(t testing.TB, cells map[string]any) []byte {
	t.Helper()
	f := opened(t, written(t, sample()))
	for key, value := range cells {
		i := strings.LastIndex(key, " ")
		var row int
		_, err := fmt.Sscan(key[i+1:], &row)
		must(t, err, f.SetCellValue("Review", at(t, f, key[:i], row), value))
	}
	return saved(t, f)
}

func TestAReviewerFindsLockedTextsAndListsToChooseFrom(t *testing.T) {
	f := opened(t, written(t, sample()))

	if got := f.GetSheetList(); !slices.Equal(got, []string{"Review", "Gaps", "About"}) {
		t.Errorf("sheets %q", got)
	}
	for _, name := range f.GetSheetList() {
		protection, err := f.GetSheetProtection(name)
		must(t, err)
		if protection.Password != "" || !protection.AutoFilter || protection.DeleteRows {
			t.Errorf("%s: %+v", name, protection)
		}
	}
	for heading, open := range map[string]bool{
		"Source id": false, "Proposal sha256": false, "Relation": false, "Probability": false, "Seal": false, "Row": false,
		"Your decision": true, "Your relation": true, "Your strength": true, "Your comment": true,
	} {
		id, err := f.GetCellStyle("Review", at(t, f, heading, 3))
		must(t, err)
		style, err := f.GetStyle(id)
		must(t, err)
		if locked := style.Protection == nil || style.Protection.Locked; locked == open {
			t.Errorf("%s: locked is %v", heading, locked)
		}
	}
	lists, err := f.GetDataValidations("Review")
	must(t, err)
	if len(lists) != 5 {
		t.Fatalf("%d lists", len(lists))
	}
	for i, want := range []string{"accept,reject,correct,skip", "subset_of,intersects_with,equal,superset_of,no_relationship", "syntactic,semantic,functional", "wrong-target,wrong-relation,"} {
		if !strings.Contains(lists[i].Formula1, want) {
			t.Errorf("list %d is %s", i, lists[i].Formula1)
		}
	}
	if s := lists[4]; s.Formula1 != "0" || s.Formula2 != "10" || s.Type != "whole" {
		t.Errorf("strength is %+v", s)
	}
	if area, err := f.GetSheetDimension("Review"); err != nil || !strings.HasSuffix(area, "6") {
		t.Errorf("the sheet says that it has the cells %s, %v", area, err)
	}
	panes, err := f.GetPanes("Review")
	must(t, err)
	if !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%+v", panes)
	}
	about, err := f.GetRows("About")
	must(t, err)
	text := fmt.Sprint(about)
	for _, want := range []string{"Draft crosswalk: house@1 to yard@2.0", "No person has confirmed", "concord", "0.1.0", "r1", "aa", "bb", "Your name"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if got, _ := f.GetCellValue("Review", at(t, f, "Sentence", 2)); got != "5.10 is a subset of 9.2" {
		t.Errorf("sentence %q", got)
	}
}

func TestRowsLeftAloneAreNoDecisions(t *testing.T) {
	c, decisions, err := workbook.Review(written(t, sample()))
	must(t, err)
	if len(decisions) != 0 || exchangetest.Difference(sample(), c) != "" {
		t.Errorf("%+v", decisions)
	}
}

func TestDecisionsAreReadAsTheyWereMeant(t *testing.T) {
	f := opened(t, filled(t, map[string]any{
		"Your decision 2": "accept", "Your comment 2": "fine",
		"Your decision 3": "Correct", "Your relation 3": "superset of", "Your strength 3": 4, "Your reason 3": "wrong direction",
		"Your decision 4": "reject", "Your reason 4": "out-of-scope",
		"Your decision 5": "skip",
		"Your decision 6": "correct", "Your relation 6": "equal",
	}))
	must(t, f.SetCellStr("About", "B3", "Ada"))

	c, decisions, err := workbook.Review(saved(t, f))

	must(t, err)
	if d := exchangetest.Difference(sample(), c); d != "" {
		t.Error(d)
	}
	four, seven := 4, 7
	want := []exchange.Decision{
		{Source: "5.10", Target: "9.2", Action: exchange.Accept, Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Strength: &seven, Comment: "fine"},
		{Source: "5.10", Target: "Y-2", Action: exchange.Correct, Relation: crosswalk.SupersetOf, RationaleType: crosswalk.Semantic, Strength: &four, Reason: "wrong-direction"},
		{Source: "H-2", Target: "Y-1", Action: exchange.Reject, Reason: "out-of-scope"},
		{Source: "H-2", Target: "Y-2", Action: exchange.Skip},
		{Source: "H-3", Target: "Y-3", Action: exchange.Correct, Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic},
	}
	if len(decisions) != len(want) {
		t.Fatalf("%+v", decisions)
	}
	for i, w := range want {
		w.Reviewer, w.Proposal, w.ProposalSHA256 = "Ada", "proposal of "+w.Source+w.Target, strings.Repeat("ab", 32)
		got := decisions[i]
		if (got.Strength == nil) != (w.Strength == nil) || got.Strength != nil && *got.Strength != *w.Strength {
			t.Errorf("%d: strength %v", i, got.Strength)
		}
		got.Strength, w.Strength = nil, nil
		if got != w {
			t.Errorf("%+v, want %+v", got, w)
		}
		if err := decisions[i].Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestEverythingThatIsWrongIsToldByItsCell(t *testing.T) {
	f := opened(t, filled(t, map[string]any{
		"Target id 2": "Y-1", "Probability 2": 0.75, "Your decision 2": "accept",
		"Your decision 3": "accept", "Your relation 3": "subset_of",
		"Your decision 4": "maybe", "Your strength 4": 11, "Your rationale type 4": "felt", "Your reason 4": "because",
		"Your decision 5": "reject",
		"Your comment 6":  "hm",
	}))
	must(t, f.SetCellStr("Review", at(t, f, "Source id", 7), "H-4"), f.SetCellStr("Review", at(t, f, "Target id", 7), "Y-4"))

	_, _, err := workbook.Review(saved(t, f))

	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`sheet "Review" row 2: column "Target id": is locked, and was changed to "Y-1"`,
		`sheet "Review" row 2: column "Probability": is locked`,
		`sheet "Review" row 3: column "Your relation": subset_of is not the equal that is accepted`,
		`sheet "Review" row 4: column "Your decision": unknown decision "maybe"`,
		`sheet "Review" row 4: column "Your strength": "11"`,
		`sheet "Review" row 4: column "Your rationale type": unknown rationale type "felt"`,
		`sheet "Review" row 4: column "Your reason": unknown reason "because"`,
		`sheet "Review" row 5: column "Your decision": the row says no_relationship already`,
		`sheet "Review" row 5: column "Your reason": is empty`,
		`sheet "Review" row 6: column "Your decision": is empty beside "Your comment"`,
		`sheet "Review" row 7: column "Seal": is empty`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestADecisionThatContradictsItsRowIsRefused(t *testing.T) {
	for name, cells := range map[string]map[string]any{
		"correct, nothing else":     {"Your decision 2": "correct"},
		"correct to none":           {"Your decision 2": "correct", "Your relation 2": "no_relationship"},
		"correct, still none":       {"Your decision 5": "correct", "Your strength 5": 3},
		"correct, still untyped":    {"Your decision 6": "correct", "Your strength 6": 3},
		"accept, other type":        {"Your decision 2": "accept", "Your rationale type 2": "functional"},
		"accept, other strength":    {"Your decision 2": "accept", "Your strength 2": 3},
		"accept, untyped":           {"Your decision 6": "accept"},
		"reject, no reason":         {"Your decision 2": "reject"},
		"reject, related":           {"Your decision 2": "reject", "Your reason 2": "other", "Your relation 2": "equal"},
		"reject, with strength":     {"Your decision 2": "reject", "Your reason 2": "other", "Your strength 2": 3},
		"skip, related":             {"Your decision 2": "skip", "Your relation 2": "equal"},
		"undo":                      {"Your decision 2": "undo"},
		"half strength":             {"Your decision 2": "correct", "Your strength 2": 2.5},
		"proposal hash was changed": {"Proposal sha256 2": "cd"},
		"number of a row":           {"Row 2": 3},
		"text was emptied":          {"Source text 2": ""},
	} {
		if _, _, err := workbook.Review(filled(t, cells)); err == nil || !strings.Contains(err.Error(), `sheet "Review" row `) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAWorkbookThatAnotherProgramSavedIsRead turns the rows around, moves and
// drops columns, makes numbers of ids, and forgets styles, widths and the names
// of sheets.
func TestAWorkbookThatAnotherProgramSavedIsRead(t *testing.T) {
	was := opened(t, filled(t, map[string]any{"Your decision 2": "accept"}))
	rows, err := was.GetRows("Review", excelize.Options{RawCellValue: true})
	must(t, err)
	f := excelize.NewFile()
	text := slices.Index(rows[0], "Target text")
	for i, cells := range rows {
		for len(cells) < len(rows[0]) {
			cells = append(cells, "")
		}
		cells = slices.Delete(slices.Clone(cells), text, text+1)
		slices.Reverse(cells)
		row := 3
		if i > 0 {
			row = 3 + len(rows) - i
		}
		for k, c := range cells {
			name, _ := excelize.CoordinatesToCellName(k+2, row)
			var value any = strings.ReplaceAll(c, "\n", "\r\n")
			switch c {
			case "5.10":
				value = 5.1
			case "9.2":
				value = 9.1999999999999993
			}
			must(t, f.SetCellValue("Sheet1", name, value))
		}
	}

	c, decisions, err := workbook.Review(saved(t, f))

	must(t, err)
	want := sample()
	if len(decisions) != 1 || decisions[0].Source != "5.10" || decisions[0].Target != "9.2" {
		t.Errorf("%+v", decisions)
	}
	want.Gaps, c.Source, c.Target = nil, want.Source, want.Target
	c.Title, c.Tool, c.Version, c.Run, c.Made, c.Draft = want.Title, want.Tool, want.Version, want.Run, want.Made, want.Draft
	if d := exchangetest.Difference(want, c); d != "" {
		t.Error(d)
	}
}

func TestARowThatWasCopiedIsRefused(t *testing.T) {
	f := opened(t, written(t, sample()))
	must(t, f.DuplicateRow("Review", 2))
	if _, err := workbook.Read(saved(t, f)); err == nil || !strings.Contains(err.Error(), `row 3: column "Row": 1 stands in sheet "Review" row 2 already`) {
		t.Error(err)
	}
}

func TestATextThatDoesNotFitIsToldByItsCell(t *testing.T) {
	c := sample()
	c.Rows[1].SourceText = strings.Repeat("é", 32768)
	var b bytes.Buffer
	if err := workbook.Write(&b, c); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), "32768 characters") {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}

func TestWhatIsNoReviewIsRefused(t *testing.T) {
	empty := saved(t, excelize.NewFile())
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("a,b"), "zip": []byte("PK\x03\x04"), "another workbook": empty} {
		if _, err := workbook.Read(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, sample()))
	f.Add(filled(f, map[string]any{"Your decision 2": "accept"}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, decisions, err := workbook.Review(data)
		if err != nil {
			return
		}
		for _, d := range decisions {
			if err := d.Check(); err != nil {
				t.Error(err)
			}
		}
		if c.Source.Name != "" && c.Target.Name != "" {
			if _, err := workbook.Read(written(t, c)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
