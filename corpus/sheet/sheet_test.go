package sheet_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"concord/corpus"
	"concord/corpus/internal/readertest"
	"concord/corpus/sheet"

	"github.com/xuri/excelize/v2"
)

const catalogs = "../../../shared/data/catalogs/"

// published returns a published file, or skips the test.
func published(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("the published file is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, data []byte, columns map[string]string) *corpus.Framework {
	t.Helper()
	f, err := sheet.Read(data, sheet.Options{Name: "rules", Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// encode16 returns text as UTF-16 with a byte order mark.
func encode16(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func TestReadTellsTheSameTableFromEveryEncoding(t *testing.T) {
	comma := "ID,Text,Title,Parent,Kind\nR1,Übung macht's,Drill,,Control\nR2,\"one, two; three\",,R1,\n"
	tab := strings.NewReplacer("ID,Text,Title,Parent,Kind", "id\ttext\ttitle\tparent\tkind",
		"R1,Übung macht's,Drill,,Control", "R1\tÜbung macht's\tDrill\t\tControl",
		"R2,\"one, two; three\",,R1,", "R2\tone, two; three\t\tR1\t").Replace(comma)
	semicolon := strings.NewReplacer(",", ";").Replace("ID,Text,Title,Parent,Kind\nR1,Übung macht's,Drill,,Control\n") +
		"R2;\"one, two; three\";;R1;\n"
	want := []corpus.Element{
		{ID: "R1", Kind: "control", Title: "Drill", Text: "Übung macht's"},
		{ID: "R2", Kind: "requirement", Text: "one, two; three", Parent: "R1"},
	}

	for name, data := range map[string][]byte{
		"comma":                    []byte(comma),
		"comma, CRLF":              []byte(strings.ReplaceAll(comma, "\n", "\r\n")),
		"comma, BOM":               []byte("\ufeff" + comma),
		"comma, UTF-16 LE":         encode16(comma, binary.LittleEndian),
		"tab":                      []byte(tab),
		"tab, UTF-16 BE":           encode16(tab, binary.BigEndian),
		"comma, UTF-16 LE, no BOM": encode16(comma, binary.LittleEndian)[2:],
		"tab, UTF-16 BE, no BOM":   encode16(tab, binary.BigEndian)[2:],
		"comma, Windows-1252":      []byte(strings.ReplaceAll(comma, "Ü", "\xdc")),
		"semicolon":                []byte(semicolon),
		"blank rows":               []byte("\n" + strings.ReplaceAll(comma, "\n", "\n\n,,,,\n")),
		"header over two rows":     []byte(strings.Replace(comma, "Title", "\"Ti\n tle\"", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			columns := map[string]string{}
			if name == "header over two rows" {
				columns["title"] = "ti tle"
			}
			f := read(t, data, columns)

			if len(f.Elements) != len(want) {
				t.Fatalf("%d elements, want %d", len(f.Elements), len(want))
			}
			for i, e := range f.Elements {
				if e.ID != want[i].ID || e.Kind != want[i].Kind || e.Title != want[i].Title || e.Text != want[i].Text || e.Parent != want[i].Parent {
					t.Errorf("element %d is %+v, want %+v", i, e, want[i])
				}
			}
		})
	}
}

func TestReadTakesWindows1252ForWesternTextAlone(t *testing.T) {
	for written, want := range map[string]string{
		"O\xf9 aller \xe0 pied\xa0?":                  "Où aller à pied\u00a0?",
		"Gr\xf6\xdfe: 10 \x80, \xa7 5 \x96 \x93x\x94": "Größe: 10 €, § 5 – “x”",
		"Pass\xe9":                 "Passé",
		"\xc7\xe0\xf9\xe8\xf2\xe0": "", // Windows-1251
		"\x89PNG \x1a \xe9":        "",
		"caf\xe9 \xc3\xa9":         "", // two encodings
	} {
		f, err := sheet.Read([]byte("id,text\nR1,\""+written+"\"\n"), sheet.Options{Name: "rules"})
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "is not UTF-8") {
				t.Errorf("%q: error %v, want one that asks for UTF-8", written, err)
			}
		} else if err != nil || f.Elements[0].Text != want {
			t.Errorf("%q: %v, want %q", written, err, want)
		}
	}
}

func TestReadTellsUnmarkedUTF16OfOtherScripts(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		f := read(t, encode16("id,text\n一,"+strings.Repeat("访问一切须经授权。", 40)+"\n", order)[2:], nil)

		if e, ok := f.Element("一"); !ok || !strings.HasPrefix(e.Text, "访问一切须经授权。") {
			t.Errorf("%v: elements are %+v", order, f.Elements)
		}
	}
}

func TestReadTakesTheFirstIDOfAParentCell(t *testing.T) {
	f := read(t, []byte("id\ttext\tparent\nA\tone\t\nA, B\ttwo\t\nC\tx\tA; B\nD\tx\tA, B\nE\tx\t\"\nA\nC\"\nF\tx\tnowhere, A\n"), nil)

	for id, want := range map[string]string{"A": "", "C": "A", "D": "A, B", "E": "A", "F": ""} {
		if e, _ := f.Element(id); e.Parent != want {
			t.Errorf("%s stands below %q, want %q", id, e.Parent, want)
		}
	}
}

func TestReadPrefersTheSeparatorThatShowsTheColumns(t *testing.T) {
	f := read(t, []byte("id;text;a,b,c,d,e\nR1;one;x\n"), nil)

	if e, _ := f.Element("R1"); e.Text != "one" {
		t.Errorf("R1 says %q, want %q", e.Text, "one")
	}
}

func TestReadTakesQuotesInTSVAsTheFileMeansThem(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"quoted cell over lines": {"id\ttext\nR1\t\"a\nb \"\"c\"\"\"\n", "a\nb \"c\""},
		"quote inside a word":    {"id\ttext\nR1\tthe \"model\" is 5\" wide\n", "the \"model\" is 5\" wide"},
		"quote opens a sentence": {"id\ttext\nR1\t\"AI\" is defined\n", "\"AI\" is defined"},
		"quote is never closed":  {"id\ttext\nR1\t\"AI is\nR2\tmore\n", "\"AI is"},
		"quoted cell with tabs":  {"id\ttext\nR1\t\"AI\nR2\tx\ty\"\n", "AI\nR2\tx\ty"},
		"neither reading fits":   {"id\ttext\nR1\t\"AI\nR2\tx\ty\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := sheet.Read([]byte(c.data), sheet.Options{Name: "rules"})
			if c.want == "" {
				if err == nil || !strings.Contains(err.Error(), "line") {
					t.Errorf("error is %v, want one that names a line", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, _ := f.Element("R1"); e.Text != c.want {
				t.Errorf("R1 says %q, want %q", e.Text, c.want)
			}
		})
	}
}

func TestReadDropsTheCopyOfTheIDFromTheText(t *testing.T) {
	for text, want := range map[string]string{
		"ID.AM-1: Devices are known": "Devices are known",
		"ID.AM-1 - Devices":          "Devices",
		"ID.AM-1. Devices":           "Devices",
		"ID.AM-10: Other":            "ID.AM-10: Other",
		"ID.AM-1 applies here too":   "ID.AM-1 applies here too",
		"Devices; see ID.AM-1: list": "Devices; see ID.AM-1: list",
	} {
		f := read(t, []byte("id\ttext\nID.AM-1\t"+text+"\n"), nil)

		if got := f.Elements[0].Text; got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestReadNamesTheRowThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"too few cells":       {"id,text\nR1,one\nR2\n", "line 3 has 1 cells where the header has 2"},
		"too many cells":      {"id,text\nR1,one,two\n", "line 2 has 3 cells"},
		"id occurs twice":     {"id,text\nR1,\"a\nb\"\nR2,x\nR1,y\n", `id "R1" is in line 2 and again in line 5`},
		"no id":               {"id,text\nR1,one\n ,two\n", `line 3 has no id: fill column "id"`},
		"no rows":             {"id,text\n,\n", "no rows below the header"},
		"nothing":             {"", "empty"},
		"missing column":      {"Ref,Requirement\nR1,one\n", `no column "id" for id in the header, which has "Ref", "Requirement": name the columns, as in --columns id=Ref,text=Requirement`},
		"column twice":        {"id,text,Text\nR1,a,b\n", `two columns "text"`},
		"no encoding":         {"id,text\nR1,caf\x81\n", "line 2: byte 0x81 at offset 14 is not UTF-8"},
		"UTF-8 with an error": {"id,text\nR1,café au\xe9 lait\n", "line 2: byte 0xE9 at offset 19 is not UTF-8"},
		"Cyrillic":            {"id,text\nR1,\xe4\xe0\xed\xed\xfb\xe5\n", "line 2: byte 0xE4 at offset 11 is not UTF-8"},
		"stray zero":          {"id,text\nR1,one\nR2,tw\x00o\nR3,three more words to read\n", "line 3: byte 0x00"},
		"UTF-16 cut off":      {"\xff\xfei\x00d", "cut off"},
		"old Excel":           {"\xd0\xcf\x11\xe0 ...", ".xlsx"},
		"broken workbook":     {"PK\x03\x04 nothing", "open the workbook"},
		"JSON array":          {`[{"id": "R1"}]`, "JSON Lines"},
		"bad JSON":            {"{\"id\": \"R1\"}\n{\"id\": }\n", "line 2: not valid JSON"},
		"number for id":       {"\n{\"id\": 7}\n", "line 2: id: cannot read a JSON number as string"},
		"JSON id twice":       {"{\"id\": \"R1\"}\n\n{\"id\": \"R1\"}\n", `id "R1" is in line 1 and again in line 3`},
		"JSON without id":     {"{\"text\": \"R1\"}\n", "line 1: the element has no id"},
		"two frameworks":      {"{\"framework\": \"a\", \"id\": \"1\"}\n{\"framework\": \"b\", \"id\": \"2\"}\n", `line 2: framework "b" after "a"`},
		"late framework":      {"{\"id\": \"1\"}\n{\"framework\": {}}\n", "line 2: the framework must be on the first line"},
		"null reference":      {"{\"id\": \"1\"}\n{\"reference\": null}\n", "line 2"},
		"unclosed CSV quote":  {"id,text\nR1,\"one\n", "line"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Read([]byte(c.data), sheet.Options{Name: "rules"})

			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "read rules: ") {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestReadRefusesColumnsItDoesNotHave(t *testing.T) {
	for name, columns := range map[string]map[string]string{
		`there is no column "txt"`: {"txt": "Text"},
		`no column "Heading"`:      {"title": "Heading"},
	} {
		_, err := sheet.Read([]byte("id,text\nR1,one\n"), sheet.Options{Name: "rules", Columns: columns})

		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error is %v, want one that says %q", err, name)
		}
	}
}

func TestReadTakesThePublishedSpreadsheets(t *testing.T) {
	f := read(t, published(t, catalogs+"nist-sp800-53r5/nist800-53-r5-controls.tsv"),
		map[string]string{"id": "Control Identifier", "text": "Control (or Control Enhancement)", "title": "Control (or Control Enhancement) Name"})
	if len(f.Elements) < 1000 {
		t.Errorf("%d controls in the TSV, want more than 1000", len(f.Elements))
	}
	if e, _ := f.Element("AC-1"); !strings.HasPrefix(e.Text, "a. Develop") || !strings.Contains(e.Text, "\nb. Designate") {
		t.Errorf("AC-1 says %q", e.Text)
	}

	asvs := read(t, published(t, catalogs+"owasp-asvs-5.0/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"),
		map[string]string{"id": "req_id", "text": "req_description"})
	if len(asvs.Elements) != 345 {
		t.Errorf("%d requirements in the CSV, want 345", len(asvs.Elements))
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"id,text\nR1,one\n", "id\ttext\nR1\t\"one\n", "id;text\nR1;\"a;b\"\n", "\xff\xfei\x00d\x00",
		"{\"framework\": {\"name\": \"a\"}}\n{\"id\": \"R1\"}\n{\"reference\": {\"element\": \"R1\"}}\n",
		"{\"framework\": \"nist-csf\", \"version\": \"2.0\", \"id\": \"GV.OC-1\", \"kind\": \"subcategory\"}\n",
	} {
		f.Add([]byte(seed))
	}
	book := excelize.NewFile()
	book.SetCellValue("Sheet1", "A1", "id")
	book.SetCellValue("Sheet1", "B1", "text")
	book.SetCellValue("Sheet1", "A2", "R1")
	var xlsx bytes.Buffer
	if err := book.Write(&xlsx); err != nil {
		f.Fatal(err)
	}
	f.Add(xlsx.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := sheet.Read(data, sheet.Options{Name: "fuzz"})
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
