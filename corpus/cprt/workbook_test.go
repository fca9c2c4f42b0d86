package cprt_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/cprt"
	"concord/corpus/oscal"
	"concord/corpus/sheet"

	"github.com/xuri/excelize/v2"
)

const csf = "../../../shared/data/catalogs/nist-csf-2.0/"

// workbook returns a workbook with a cover and these rows on a sheet "Rules 3".
func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	if err := book.SetCellValue("Sheet1", "B1", "About this file"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.NewSheet("Rules 3"); err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = book.SetSheetRow("Rules 3", at, &cells)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func TestReadTakesTheWorkbookOfACoreByItsHeader(t *testing.T) {
	header := []any{"Informative  References", "Function", "CATEGORY", "Subcategory", "Implementation Examples"}
	want := []corpus.Element{
		{ID: "GO", Kind: "function", Title: "Go", Text: "Get going."},
		{ID: "GO.ON", Kind: "category", Parent: "GO", Title: "Going (on)", Text: "Keep going."},
		{ID: "GO.ON-01", Printed: "GO.ON-1", Kind: "subcategory", Parent: "GO.ON", Text: "Steps are taken: left, right.", Guide: "Take one.\nTake two."},
		{ID: "GO.ON-02", Kind: "subcategory", Parent: "GO.ON", Withdrawn: true, Replaced: []string{"GO.ON-01"}},
		{ID: "GO.BY", Kind: "category", Parent: "GO", Title: "Going By", Withdrawn: true},
	}
	for name, rows := range map[string][][]any{
		"a cell a row": {{nil, "\n Cybersecurity Framework 2.0 \nwww"}, header,
			{"SP 800-53 Rev 5: PM-09\nISO/IEC 1:2: Part: 7\nBook", "GO (GO): Get going."},
			{nil, nil, "Going (on) (GO.ON): Keep going."},
			{},
			{"CSF v1.1: ID.AM-01", nil, nil, "GO.ON-1: Steps are taken:\nleft, right.", "Ex1: Take one.\n\nEx2: Take two."},
			{nil, nil, nil, "GO.ON-02: [Withdrawn: Moved to GO.ON-01, OR.XX-01]"},
			{nil, nil, "Going By (GO.BY): [Withdrawn: Incorporated into other Categories]"},
			{nil, "GO (GO)"}},
		"every cell in every row": {{"NIST CSF 2.0"}, header,
			{"SP 800-53 Rev 5: PM-09\nISO/IEC 1:2: Part: 7\nBook", "GO (GO): Get going."},
			{"CSF v1.1: ID.AM-01", "GO (GO): Get going.", "Going (on) (GO.ON): Keep going.", "GO.ON-1: Steps are taken:\nleft, right.", "Ex1: Take one.\n\nEx2: Take two."},
			{nil, "GO (GO): Get going.", "Going (on) (GO.ON): Keep going.", "GO.ON-02: [Withdrawn: Moved to GO.ON-01, OR.XX-01]"},
			{nil, "GO (GO)", "Going By (GO.BY): [Withdrawn: Incorporated into other Categories]"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := cprt.Read(workbook(t, rows...))
			if err != nil {
				t.Fatal(err)
			}

			if f.Spec() != "csf@2.0" {
				t.Errorf("spec is %s, want csf@2.0", f.Spec())
			}
			if len(f.Elements) != len(want) {
				t.Fatalf("elements are\n%+v, want\n%+v", f.Elements, want)
			}
			for i, e := range f.Elements {
				if !reflect.DeepEqual(e, want[i]) {
					t.Errorf("element %d is\n%+v, want\n%+v", i+1, e, want[i])
				}
			}
			refs := []corpus.Reference{
				{Element: "GO", Column: "Informative References", Scheme: "sp800-53", ID: "PM-9", Printed: "SP 800-53 Rev 5: PM-09"},
				{Element: "GO", Column: "Informative References", Scheme: "iso-iec-1-2", ID: "Part: 7", Printed: "ISO/IEC 1:2: Part: 7"},
				{Element: "GO", Column: "Informative References", Scheme: "book", Printed: "Book"},
				{Element: "GO.ON-01", Column: "Informative References", Scheme: "csf", ID: "ID.AM-1", Printed: "CSF v1.1: ID.AM-01"},
			}
			if !reflect.DeepEqual(f.References, refs) {
				t.Errorf("references are\n%+v, want\n%+v", f.References, refs)
			}
		})
	}
}

func TestReadNamesTheRowOfAWorkbookThatIsWrong(t *testing.T) {
	header := []any{"Function", "Category", "Subcategory"}
	for want, rows := range map[string][][]any{
		`sheet "Rules 3" row 3: column "Category": "no id here" has no id`:             {header, {"GO (GO): Go."}, {nil, "no id\nhere"}},
		`sheet "Rules 3" row 4: id "GO" is in row 2 too, where it says something else`: {header, {"GO (GO): Go."}, {}, {"GO (GO): Come."}},
		"has no elements": {header},
	} {
		_, err := cprt.Read(workbook(t, rows...))
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, cprt.ErrOtherWorkbook) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
	if _, err := cprt.Read(workbook(t, []any{"id", "text"})); !errors.Is(err, cprt.ErrOtherWorkbook) {
		t.Errorf("error for another workbook is %v", err)
	}
	if _, err := cprt.Read([]byte("PK\x03\x04 nothing")); err == nil || errors.Is(err, cprt.ErrOtherWorkbook) {
		t.Errorf("error for a broken workbook is %v", err)
	}
}

func TestReadTakesThePublishedWorkbookOfCSF(t *testing.T) {
	f, err := cprt.Read(published(t, csf+"csf-2-0-export-olir-2026-07-20.xlsx"))
	if err != nil {
		t.Fatal(err)
	}

	if f.Spec() != "csf@2.0" || f.Title != "The NIST Cybersecurity Framework 2.0" {
		t.Errorf("it is read as %s, %q", f.Spec(), f.Title)
	}
	catalog, err := oscal.Read(published(t, csf+"NIST_CSF_v2.0_catalog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sheet.Read(published(t, csf+"nist-csf-2.0.jsonl"), sheet.Options{Name: "csf"})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"function": 6, "category": 22, "subcategory": 106, "withdrawn category": 12, "withdrawn subcategory": 79} {
		if got := f.Counts()[kind]; got != want {
			t.Errorf("%d elements of kind %s, want %d", got, kind, want)
		}
	}
	round := strings.NewReplacer("[", "(", "]", ")") // as the catalog has them
	for _, e := range f.Elements {
		if e.Withdrawn {
			continue
		}
		inLines, ok := lines.Element(e.ID)
		inCatalog, found := catalog.Element(e.ID)
		if !ok || !found {
			t.Errorf("%s is in no other edition of the file", e.ID)
		}
		if e.Text != inLines.Text || e.Parent != inLines.Parent {
			t.Errorf("%s is %+v, in JSON lines %+v", e.ID, e, inLines)
		}
		if e.Kind == corpus.KindSubcategory && (e.Text != inCatalog.Text || e.Parent != inCatalog.Parent || e.Kind != inCatalog.Kind) {
			t.Errorf("%s is %+v, in the catalog %+v", e.ID, e, inCatalog)
		}
		if round.Replace(e.Guide) != inLines.Guide {
			t.Errorf("%s has the guidance %q, in JSON lines %q", e.ID, e.Guide, inLines.Guide)
		}
	}
}

func TestReferencesOfThePublishedWorkbookAreTheLabelsOfNIST(t *testing.T) {
	f, err := cprt.Read(published(t, csf+"csf-2-0-export-olir-2026-07-20.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]string]bool{}
	for line := range strings.Lines(string(published(t, "../../../shared/data/labels/csf2-olir/csf2-to-nist-sp800-53-r5.2.0.tsv"))) {
		if cells := strings.Split(line, "\t"); strings.HasPrefix(cells[0], "nist-csf") {
			want[[2]string{cells[1], cells[3]}] = true
		}
	}

	found := 0
	for _, r := range f.References {
		e, _ := f.Element(r.Element)
		// Three of them mean a family as a whole.
		if strings.HasPrefix(r.Printed, "SP 800-53 Rev 5.2.0: ") && e.Kind == corpus.KindSubcategory && len(r.ID) > 2 {
			if found++; !want[[2]string{r.Element, r.ID}] {
				t.Errorf("%s refers to %s, which is no label", r.Element, r.ID)
			}
		}
	}

	if found != len(want) {
		t.Errorf("%d references to SP 800-53, want %d", found, len(want))
	}
}

func FuzzReadWorkbook(f *testing.F) {
	f.Add("GO (GO): Get going.", "On (GO.ON): Keep going.", "GO.ON-01: [Withdrawn: Moved to GO]", "Ex1: x", "A: b")
	f.Add("GO", "GO (GO)", "GO: x", "", "")
	f.Fuzz(func(t *testing.T, function, category, subcategory, example, reference string) {
		fw, err := cprt.Read(workbook(t, []any{"Function", "Category", "Subcategory", "Implementation Examples", "Informative References"},
			[]any{function, category, subcategory, example, reference}, []any{nil, category, nil, example, reference}))
		if err != nil {
			return
		}
		for _, e := range fw.Elements {
			if e.ID == "" || strings.ContainsAny(e.ID, " \n") {
				t.Errorf("id is %q", e.ID)
			}
		}
		for _, r := range fw.References {
			if _, ok := fw.Element(r.Element); !ok || r.Printed == "" {
				t.Errorf("reference %+v", r)
			}
		}
	})
}
