package sheet_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"concord/corpus/sheet"

	"github.com/xuri/excelize/v2"
)

// workbook returns the bytes of a workbook whose sheets are filled by edit.
func workbook(t testing.TB, edit func(*excelize.File)) []byte {
	t.Helper()
	book := excelize.NewFile()
	edit(book)
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// must fails the test if one of its steps does.
func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// setRows writes rows from the top of a sheet.
func setRows(t testing.TB, book *excelize.File, name string, rows ...[]any) {
	t.Helper()
	for i, cells := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		must(t, err, book.SetSheetRow(name, at, &cells))
	}
}

func TestReadFindsTheTableInAWorkbook(t *testing.T) {
	book := excelize.NewFile()
	set := func(sheet, cell string, value any) {
		if err := book.SetCellValue(sheet, cell, value); err != nil {
			t.Fatal(err)
		}
	}
	set("Sheet1", "A1", "About this file")
	if _, err := book.NewSheet("Rules"); err != nil {
		t.Fatal(err)
	}
	set("Rules", "A1", "Rules of the house")
	for cell, value := range map[string]any{
		"A3": "Ref", "B3": "Requirement", "C3": "Title",
		"A4": 9.1999999999999993, "B4": "Keep logs\nfor a year", "C4": "Logs",
		"A6": "9.3", "B6": "Read them",
	} {
		set("Rules", cell, value)
	}
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}

	f := read(t, data.Bytes(), map[string]string{"id": "ref", "text": "requirement"})

	if len(f.Elements) != 2 {
		t.Fatalf("%d elements, want 2", len(f.Elements))
	}
	if e, ok := f.Element("9.2"); !ok || e.Text != "Keep logs\nfor a year" || e.Title != "Logs" {
		t.Errorf("element 9.2 is %+v in %+v", e, f.Elements)
	}
	_, err := sheet.Read(data.Bytes(), sheet.Options{Name: "rules"})
	for _, want := range []string{`sheet "Sheet1"`, `sheet "Rules"`, `"Requirement"`, "--columns"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %s", err, want)
		}
	}
}

func TestReadTakesIdsAsTheSheetShowsThem(t *testing.T) {
	data := workbook(t, func(book *excelize.File) {
		twoDigits, err := book.NewStyle(&excelize.Style{NumFmt: 2})
		must(t, err)
		setRows(t, book, "Sheet1",
			[]any{"id", "text"}, []any{9.1999999999999993, "a"}, []any{1.1, "b"}, []any{1.1, "c"}, []any{0.1 + 0.2, "d"}, []any{12, "e"}, []any{"01.10", "f"})
		must(t, book.SetCellStyle("Sheet1", "A4", "A4", twoDigits))
	})

	var got []string
	for _, e := range read(t, data, nil).Elements {
		got = append(got, e.ID)
	}

	if want := []string{"9.2", "1.1", "1.10", "0.3", "12", "01.10"}; !slices.Equal(got, want) {
		t.Errorf("ids are %q, want %q", got, want)
	}
}

func TestReadTakesAMergedCellForAllItsRows(t *testing.T) {
	data := workbook(t, func(book *excelize.File) {
		setRows(t, book, "Sheet1",
			[]any{"Rules of the house", nil, nil},
			[]any{"Parent", "ID", "Text"},
			[]any{nil, "A", "All rules."},
			[]any{"A", "A-1", "First line."},
			[]any{nil, nil, "Second line."},
			[]any{},
			[]any{nil, "A-2", "Said of two."},
			[]any{nil, "A-3", nil})
		must(t,
			book.MergeCell("Sheet1", "A1", "C1"),
			book.MergeCell("Sheet1", "A4", "A900"),
			book.MergeCell("Sheet1", "B4", "B5"),
			book.MergeCell("Sheet1", "C7", "C8"))
	})

	f := read(t, data, nil)

	for i, want := range []struct{ id, parent, text string }{
		{"A", "", "All rules."},
		{"A-1", "A", "First line.\nSecond line."},
		{"A-2", "A", "Said of two."},
		{"A-3", "A", "Said of two."},
	} {
		if e := f.Elements[i]; e.ID != want.id || e.Parent != want.parent || e.Text != want.text {
			t.Errorf("element %d is %+v, want %+v", i+1, e, want)
		}
	}
}

func TestReadKeepsHiddenRowsAndJoinsSheetsWithOneHeader(t *testing.T) {
	data := workbook(t, func(book *excelize.File) {
		for _, name := range []string{"Part 2", "Other"} {
			_, err := book.NewSheet(name)
			must(t, err)
		}
		setRows(t, book, "Sheet1", []any{"a title that is hidden"}, []any{"id", "text", "note"}, []any{"A", "one", "x"}, []any{"B", "two"})
		setRows(t, book, "Part 2", []any{"id", "text", "note"}, []any{"B", "two", "y"}, []any{"C", "three"})
		setRows(t, book, "Other", []any{"id", "text"}, []any{"A", "an old version"})
		must(t, book.SetRowVisible("Sheet1", 1, false), book.SetRowVisible("Sheet1", 4, false))
	})

	f := read(t, data, nil)

	if len(f.Elements) != 3 || f.Elements[1].Text != "two" || f.Elements[2].ID != "C" {
		t.Errorf("elements are %+v", f.Elements)
	}
}

func TestReadNamesTheSheetAndRowThatIsWrong(t *testing.T) {
	for want, rows := range map[string][][]any{
		`id "A" is in sheet "Sheet1" row 2 and again in sheet "Sheet1" row 4`: {{"id", "text"}, {"A", "one"}, {"B", "x"}, {"A", "two"}},
		`sheet "Sheet1" row 3 has no id`:                                      {{"id", "text"}, {"A", "one"}, {nil, "x"}},
		`no rows below the header`:                                            {{"id", "text"}},
	} {
		data := workbook(t, func(book *excelize.File) { setRows(t, book, "Sheet1", rows...) })

		if _, err := sheet.Read(data, sheet.Options{Name: "rules"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
}

func TestSheetsReturnsWhatIsShown(t *testing.T) {
	data := workbook(t, func(book *excelize.File) {
		setRows(t, book, "Sheet1", []any{"a", nil, 9.1999999999999993}, []any{}, []any{true})
	})

	sheets, err := sheet.Sheets(data)

	must(t, err)
	if len(sheets) != 1 || sheets[0].Name != "Sheet1" || !slices.EqualFunc(sheets[0].Rows, [][]string{{"a", "", "9.2"}, nil, {"TRUE"}}, slices.Equal) {
		t.Errorf("sheets are %+v", sheets)
	}
	if _, err := sheet.Sheets([]byte("PK\x03\x04 nothing")); err == nil || !sheet.IsWorkbook([]byte("PK\x03\x04 nothing")) {
		t.Errorf("a broken workbook gives %v", err)
	}
}

const labels = "../../../shared/data/labels/"

func TestReadTakesPublishedWorkbooks(t *testing.T) {
	focal := map[string]string{"id": "Focal Document Element", "text": "Focal Document Element Description"}
	for name, c := range map[string]struct {
		path    string
		columns map[string]string
		count   int
		id      string
		text    string
	}{
		"OLIR crosswalk, one row a pair": {
			"nist-olir/upstream/Cybersecurity_Framework_v2-0_Concept_Crosswalk_800-53_final.xlsx", focal,
			134, "GV.OC-02", "Internal and external stakeholders are understood"},
		"OLIR mapping, one sheet a family": {
			"nist-olir/upstream/sp800-53r5-to-iso-27001-mapping-2022-OLIR-2023-10-12-UPDATED.xlsx", focal,
			1189, "SR-12", "Dispose of"},
		"NIS2 table below a title": {
			"enisa-nis2/upstream/ENISA_Technical_Implementation_Guidance_Mapping_table_version_1.0.xlsx",
			map[string]string{"id": "Point No", "text": "Title"},
			49, "6.10", "Vulnerability handling and disclosure"},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, published(t, labels+c.path), c.columns)

			if len(f.Elements) != c.count {
				t.Errorf("%d elements, want %d", len(f.Elements), c.count)
			}
			if e, _ := f.Element(c.id); !strings.HasPrefix(e.Text, c.text) || e.Title != "" {
				t.Errorf("%s is %+v", c.id, e)
			}
		})
	}
}

func TestOnlyAWorkbookMaySayTheSameTwice(t *testing.T) {
	book := workbook(t, func(f *excelize.File) {
		setRows(t, f, "Sheet1", []any{"id", "text", "target"}, []any{"A", "one", "x"}, []any{"B", "two", "x"}, []any{"A", "one", "y"})
	})

	if f, err := sheet.Read(book, sheet.Options{Name: "rules"}); err != nil || len(f.Elements) != 2 {
		t.Errorf("workbook: %+v, %v", f, err)
	}
	if _, err := sheet.Read([]byte("id,text\nA,one\nB,two\nA,one\n"), sheet.Options{Name: "rules"}); err == nil || !strings.Contains(err.Error(), `"A" is in line 2 and again in line 4`) {
		t.Errorf("text: %v", err)
	}
}
