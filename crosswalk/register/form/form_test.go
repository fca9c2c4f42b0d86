package form_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/crosswalk/register/form"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var by = register.Author{Name: "ada", Time: noon.Add(time.Hour)}

// aGap makes up a gap with what people put down for it.
func aGap(element, owner, due, note string, status register.Status) register.Gap {
	k := register.Key{Side: crosswalk.TargetSide, Source: "profile", Target: "catalog", Element: element}
	p := 0.25
	return register.Gap{
		ID: k.ID(), Key: k, Title: "Title of " + element, Family: "AC", FamilyTitle: "Access", Why: register.Undecided, Status: status, Owner: owner, Due: due, Note: note,
		Nearest: []register.Miss{{ID: "S-1", Title: "=cmd|' /C calc'!A0", Probability: &p, State: "proposed"}},
		First:   register.Seen{Run: "r1", TargetEdition: "5", Time: noon}, Last: register.Seen{Run: "r2", TargetEdition: "5", Time: noon},
	}
}

// hostile texts are those that somebody could mean ill with.
func hostile() []string {
	return []string{"", "ada", "=1+1", "'=1+1", "+49 30", "@SUM(A1)", "-", "\"quoted\", and; so\ton", "a\nb", "007", "1e5", "2026-01-01", "TRUE", "<b>&amp;</b>", "[U+202E]", "_x000D_", "ｆｕｌｌ＝", strings.Repeat("[U+202E]", 500), "‮ evil", "🜂"}
}

// random draws a register whose fields hold what a register can.
func random(t *rapid.T) []register.Gap {
	var gaps []register.Gap
	for i := range rapid.IntRange(0, 6).Draw(t, "gaps") {
		parsed := func(f register.Field) string {
			for {
				if text, err := register.Parse(f, rapid.SampledFrom(hostile()).Draw(t, string(f))); err == nil {
					return text
				}
			}
		}
		due := rapid.SampledFrom([]string{"", "2000-01-01", "2028-02-29", "2999-12-31"}).Draw(t, "due")
		gaps = append(gaps, aGap(fmt.Sprint(rapid.SampledFrom([]string{"AC-", "=A", "1."}).Draw(t, "prefix"), i), parsed(register.OwnerField), due, parsed(register.NoteField), rapid.SampledFrom(register.Statuses()).Draw(t, "status")))
	}
	return gaps
}

func xlsx(t rapid.TB, gaps []register.Gap) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := form.XLSX(&b, gaps, noon); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func table(t rapid.TB, gaps []register.Gap) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := form.CSV(&b, gaps); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t rapid.TB, data []byte) []register.Filling {
	t.Helper()
	fillings, err := form.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return fillings
}

func TestAFormThatNobodyTouchedSaysNothingAndHoldsAll(t *testing.T) {
	for name, write := range map[string]func(rapid.TB, []register.Gap) []byte{"CSV": table, "XLSX": xlsx} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				gaps := random(rt)
				data := write(rt, gaps)
				if !bytes.Equal(data, write(rt, gaps)) {
					rt.Fatal("the same register gives other bytes")
				}

				fillings := read(rt, data)

				if len(fillings) != len(gaps) {
					rt.Fatalf("%d rows of %d", len(fillings), len(gaps))
				}
				for i, g := range gaps {
					for _, f := range register.Fields() {
						if got := fillings[i].Values[f]; got != g.Filled(f) {
							rt.Fatalf("%s is %q, and was %q", f, got, g.Filled(f))
						}
					}
				}
				// What the register says now does not matter: nothing was touched.
				others := slices.Clone(gaps)
				for i := range others {
					others[i].Owner, others[i].Due, others[i].Status = "somebody else", "2031-01-01", register.Planned
				}
				for _, known := range [][]register.Gap{gaps, others} {
					if events, err := register.Take(known, fillings, by); err != nil || len(events) > 0 {
						rt.Fatalf("%+v, %v", events, err)
					}
				}
			})
		})
	}
}

// edit opens a workbook, has something done to it and returns it.
func edit(t *testing.T, data []byte, do func(f *excelize.File, at func(name string, row int) string)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Gaps")
	if err != nil {
		t.Fatal(err)
	}
	do(f, func(name string, row int) string {
		i := slices.Index(rows[0], name)
		if i < 0 {
			t.Fatalf("no column %q in %q", name, rows[0])
		}
		at, _ := excelize.CoordinatesToCellName(i+1, row)
		return at
	})
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatPeopleFillInAWorkbookIsTaken(t *testing.T) {
	gaps := []register.Gap{aGap("AC-1", "ada", "2026-12-01", "old", register.Open), aGap("AC-2", "", "", "", register.Open), aGap("AC-3", "", "", "", register.Open)}
	data := edit(t, xlsx(t, gaps), func(f *excelize.File, at func(string, int) string) {
		f.SetCellStr("Gaps", at("Owner", 2), "")
		f.SetCellStr("Gaps", at("Status", 2), "In progress")
		f.SetCellInt("Gaps", at("Due", 2), 46387) // as a spreadsheet stores 2026-12-31
		f.SetCellStr("Gaps", at("Due", 3), "2027-01-31")
		f.SetCellStr("Gaps", at("Note", 3), "two\nlines")
		f.SetCellStr("Gaps", at("Title", 4), "another title") // is not read
		f.SetSheetName("Gaps", "Lücken")
		f.InsertRows("Lücken", 1, 1)
	})

	events, err := register.Take(gaps, read(t, data), by)

	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprint(e.Of.Element, e.Changes))
	}
	want := []string{"AC-1[{owner ada } {due 2026-12-01 2026-12-31} {status open in-progress}]", "AC-2[{due  2027-01-31} {note  two\nlines}]"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAFaultyWorkbookIsRefusedRowByRow(t *testing.T) {
	gaps := []register.Gap{aGap("AC-1", "", "", "", register.Open), aGap("AC-2", "", "", "", register.Open), aGap("AC-3", "", "", "", register.Open), aGap("AC-4", "", "", "", register.Open)}
	data := edit(t, xlsx(t, gaps), func(f *excelize.File, at func(string, int) string) {
		f.SetCellStr("Gaps", at("Due", 2), "2026-02-30")
		f.SetCellFormula("Gaps", at("Owner", 3), `"ad"&"a"`)
		f.SetCellStr("Gaps", at("Status", 4), "")
		f.SetCellFloat("Gaps", at("Due", 5), 46387.5, -1, 64)
		f.SetCellStr("Gaps", at("Gap", 6), "made-up")
		f.SetCellStr("Gaps", at("Note", 6), "=1")
		f.SetCellStr("Gaps", at("Note", 7), "no id")
	})

	events, err := register.Take(gaps, read(t, data), by)

	wrong, _ := err.(*register.FillError)
	want := []string{`sheet "Gaps" row 2: AC-1: due date "2026-02-30"`, `sheet "Gaps" row 3: column "owner" holds a formula`, `sheet "Gaps" row 4: AC-3: the status is empty`,
		`sheet "Gaps" row 5: AC-4: due date "46387.5"`, `sheet "Gaps" row 6: the register has no gap "made-up"`, `sheet "Gaps" row 7: column "gap" is empty`}
	if len(events) > 0 || wrong == nil || len(wrong.Faults) != len(want) {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, w := range want {
		if !strings.HasPrefix(wrong.Faults[i], w) {
			t.Errorf("%q, want %q", wrong.Faults[i], w)
		}
	}
}

// A person who sorts the columns that show moves them away from the ids, which are
// hidden.
func TestColumnsThatCameApartAreRefused(t *testing.T) {
	gaps := []register.Gap{aGap("5.1", "", "", "", register.Open), aGap("5.2", "", "", "", register.Open), aGap("5.10", "", "", "", register.Open)}
	data := edit(t, xlsx(t, gaps), func(f *excelize.File, at func(string, int) string) {
		for row, element := range map[int]string{2: "5.2", 3: "5.1"} {
			f.SetCellStr("Gaps", at("Element", row), element)
			f.SetCellStr("Gaps", at("Owner", row), "sees to "+element)
		}
		f.SetCellStr("Gaps", at("Side", 4), "source")
	})

	events, err := register.Take(gaps, read(t, data), by)

	wrong, _ := err.(*register.FillError)
	if wrong == nil || len(wrong.Faults) != 3 || len(events) > 0 || !strings.Contains(wrong.Faults[0], `row 2: gap `+gaps[0].ID+` is that of the target element 5.1, and the row says it is of "target 5.2"`) {
		t.Errorf("%+v, %v", events, err)
	}
	// A spreadsheet makes a number of 5.10 where it opens a CSV.
	opened := bytes.ReplaceAll(table(t, gaps), []byte("5.10,"), []byte("5.1,"))
	if events, err := register.Take(gaps, read(t, opened), by); err != nil || len(events) > 0 {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestATableOfOnesOwnChangesWhatItSaysAlone(t *testing.T) {
	gaps := []register.Gap{aGap("AC-1", "ada", "2026-12-01", "old", register.Open), aGap("AC-2", "", "", "", register.Open)}
	for _, separator := range []string{",", ";", "\t"} {
		lines := [][]string{{"\ufeffDue", "GAP", "Owner"}, {"2027-01-01", gaps[0].ID, ""}, {"", gaps[1].ID, "'=grace"}, {"", "", ""}}
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(strings.Join(l, separator) + "\r\n")
		}

		events, err := register.Take(gaps, read(t, []byte(b.String())), by)

		if err != nil || len(events) != 2 || events[0].Changes[0].New != "2027-01-01" || len(events[0].Changes) != 1 || events[1].Changes[0].New != "=grace" {
			t.Errorf("%q: %+v, %v", separator, events, err)
		}
	}
	_, err := register.Take(gaps, read(t, []byte("gap,note\n"+gaps[0].ID+",=1+1\n")), by)
	if err == nil || !strings.Contains(err.Error(), `row 2: column "note" holds a formula`) {
		t.Errorf("%v", err)
	}
}

func TestAFileThatIsNoFormIsAnError(t *testing.T) {
	for want, data := range map[string]string{
		"no rows":            "",
		`column "gap"`:       "id,owner\n1,ada\n",
		"one of":             "gap,title\n1,ada\n",
		"two columns":        "gap,owner,Owner\n1,ada,ada\n",
		"open the workbook":  "PK\x03\x04nonsense",
		"extraneous or miss": "gap,owner\n1,\"a\nb\" c\n",
	} {
		if _, err := form.Read([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

func TestNothingInATableRunsAsAFormula(t *testing.T) {
	gap := aGap("=1+1", "@SUM(1)", "", "+cmd|' /C calc'!A0", register.Open)
	gap.Title, gap.Family = "\t=1", "-1+1"

	rows, err := csv.NewReader(bytes.NewReader(table(t, []register.Gap{gap}))).ReadAll()

	if err != nil {
		t.Fatal(err)
	}
	for i, c := range rows[1] {
		if trimmed := strings.TrimLeft(c, " \t"); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") {
			t.Errorf("%s: %q", rows[0][i], c)
		}
	}
}

func FuzzRead(f *testing.F) {
	gaps := []register.Gap{aGap("AC-1", "ada", "2026-12-01", "old", register.Open)}
	var book, list bytes.Buffer
	if err := form.XLSX(&book, gaps, noon); err != nil {
		f.Fatal(err)
	}
	if err := form.CSV(&list, gaps); err != nil {
		f.Fatal(err)
	}
	f.Add(book.Bytes())
	f.Add(list.Bytes())
	f.Add([]byte("gap;due\nx;2026-02-30\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fillings, err := form.Read(data)
		if err != nil {
			return
		}
		events, err := register.Take(gaps, fillings, by)
		for _, e := range events {
			if err := e.Check(); err != nil {
				t.Errorf("%+v: %v", e, err)
			}
		}
		if err != nil && len(events) > 0 {
			t.Error("taken in part")
		}
	})
}
