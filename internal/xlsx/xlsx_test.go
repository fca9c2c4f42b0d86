package xlsx_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/internal/xlsx"
)

func built(t *testing.T) []byte {
	t.Helper()
	b := xlsx.New("First")
	b.Add("Second")
	style := b.Look(xlsx.Cell(10, true, xlsx.AsText, xlsx.Shade))
	for i, text := range []string{"Id", "=1+1", ""} {
		b.Put("First", i+1, 1, text)
		b.Style("First", i+1, 1, style)
	}
	b.Width("First", 1, 12)
	b.Width("First", 2, 0)
	b.Head("First", 3, 1, 2)
	b.Landscape("First", xlsx.A4)
	b.Protect("First")
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAWorkbookHoldsTextsAndNoFormulas(t *testing.T) {
	data := built(t)
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	if got := f.GetSheetList(); len(got) != 2 || got[0] != "First" || got[1] != "Second" {
		t.Errorf("%q", got)
	}
	text, _ := f.GetCellValue("First", "B1")
	if formula, _ := f.GetCellFormula("First", "B1"); text != "=1+1" || formula != "" {
		t.Errorf("text %q, formula %q", text, formula)
	}
	if seen, _ := f.GetColVisible("First", "B"); seen {
		t.Error("a column without a width is seen")
	}
	if panes, _ := f.GetPanes("First"); !panes.Freeze || panes.XSplit != 1 || panes.YSplit != 1 || panes.TopLeftCell != "B2" {
		t.Errorf("%+v", panes)
	}
	if !bytes.Equal(data, built(t)) {
		t.Error("the same workbook has other bytes")
	}
}

func TestATextThatNoCellHoldsIsNamedAndTheFirstErrorStays(t *testing.T) {
	b := xlsx.New("First")
	b.Put("First", 2, 3, strings.Repeat("😀", excelize.TotalCellChars/2+1)) // two units each
	b.Put("Nowhere", 1, 1, "x")
	if _, err := b.Bytes(); err == nil || !strings.Contains(err.Error(), `sheet "First" cell B3: 32768 characters`) {
		t.Error(err)
	}
	fits := xlsx.New("First")
	fits.Put("First", 1, 1, strings.Repeat("x", excelize.TotalCellChars))
	if _, err := fits.Bytes(); err != nil {
		t.Error(err)
	}
}
