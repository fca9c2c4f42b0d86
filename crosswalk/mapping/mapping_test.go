package mapping_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/mapping"
)

func read(t testing.TB, data string) *mapping.Table {
	t.Helper()
	table, err := mapping.Read("made up", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// workbook returns the bytes of a workbook with these rows in each sheet.
func workbook(t testing.TB, sheets map[string][][]any, edit func(*excelize.File) error) []byte {
	t.Helper()
	book := excelize.NewFile()
	for name, rows := range sheets {
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, cells := range rows {
			at, err := excelize.CoordinatesToCellName(1, i+1)
			if err == nil {
				err = book.SetSheetRow(name, at, &cells)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if edit != nil {
		if err := edit(book); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// brief says what a test compares of a row.
func brief(rows []mapping.Row) []string {
	var out []string
	for _, r := range rows {
		s := r.Source + " " + string(r.Relation) + " " + r.Target
		if r.Gap {
			s = r.Source + " gap"
		}
		out = append(out, strings.Join(strings.Fields(s), " "))
	}
	return out
}

func same(t testing.TB, table *mapping.Table, want ...string) {
	t.Helper()
	if got := brief(table.Rows); !reflect.DeepEqual(got, want) {
		t.Errorf("rows are\n%q, want\n%q", got, want)
	}
}

func TestTheSameTableIsToldFromEveryContainer(t *testing.T) {
	comma := "Rationale Type,TARGET-ID,relationship,source id,strength,Notes\nsemantic,B-1,Subset of,A-1,7,\"why, then\"\n,B-2,not related to,A-1,N/A,\n"
	tab := "source_id\ttarget_id\trelationship\trationale_type\tstrength\tnotes\nA-1\tB-1\tsubset_of\tsemantic\t7\twhy, then\nA-1\tB-2\tnone\t\t\t\n"
	for name, c := range map[string]struct{ format, data string }{
		"comma":         {mapping.CSV, comma},
		"comma, CRLF":   {mapping.CSV, strings.ReplaceAll(comma, "\n", "\r\n")},
		"comma, BOM":    {mapping.CSV, "\ufeff" + comma},
		"semicolon":     {mapping.CSV, strings.ReplaceAll(strings.Replace(comma, "why, then", "why| then", 1), ",", ";")},
		"tab":           {mapping.TSV, tab},
		"tab, comments": {mapping.TSV, "# pairs: 2\n\n" + tab},
		"tab, quoted":   {mapping.TSV, strings.Replace(tab, "why, then", "\"why,\nthen\"", 1)},
		"title above":   {mapping.CSV, "My crosswalk\n2026\n\n" + comma},
	} {
		t.Run(name, func(t *testing.T) {
			table := read(t, c.data)
			if table.Format != c.format {
				t.Errorf("format is %s", table.Format)
			}
			same(t, table, "A-1 subset_of B-1", "A-1 no_relationship B-2")
			if r := table.Rows[0]; r.Strength != 7 || r.RationaleType != crosswalk.Semantic || !strings.HasPrefix(r.Rationale, "why") {
				t.Errorf("first row is %+v", r)
			}
			if r := table.Rows[1]; r.Strength != -1 || r.RationaleType != "" || r.Rationale != "" || r.Word == "" {
				t.Errorf("second row is %+v", r)
			}
		})
	}
}

func TestQuotesInTSVAreCharacters(t *testing.T) {
	table := read(t, "# from: a page\nsource_id\ttarget_id\trationale\nA-1\tB-1\t\"AI\" is the word\nA-2\tB-2\t\"never closed\n\nA-3\tB\"3\tend\"\n")

	same(t, table, "A-1 B-1", "A-2 B-2", `A-3 B"3`)
	if r := table.Rows[0].Rationale; r != `"AI" is the word` {
		t.Errorf("rationale is %q", r)
	}
	if table.Rows[2].Line != 6 {
		t.Errorf("line is %d, want 6", table.Rows[2].Line)
	}
}

func TestRelationsAreReadInTheWordsOfTheirMakers(t *testing.T) {
	for word, want := range map[string]crosswalk.Relation{
		"equal": crosswalk.Equal, "Equivalent": crosswalk.Equal, "EXACT": crosswalk.Equal, "equal-to": crosswalk.Equal,
		"subset of": crosswalk.SubsetOf, "is subset_of": crosswalk.SubsetOf, "Superset Of": crosswalk.SupersetOf,
		"intersects with": crosswalk.IntersectsWith, "Intersects": crosswalk.IntersectsWith, "overlaps": crosswalk.IntersectsWith,
		"none": crosswalk.NoRelationship, "no_relationship": crosswalk.NoRelationship, "not related to": crosswalk.NoRelationship,
		"mitigates": "", "": "",
	} {
		r := read(t, "from,to,relation\nA,B,"+word+"\n").Rows[0]
		if r.Relation != want || r.Word != word {
			t.Errorf("%q is %q, in the words of its maker %q", word, r.Relation, r.Word)
		}
	}
}

func TestARationaleThatNamesATypeIsOne(t *testing.T) {
	table := read(t, "Focal Document Element,Rationale,Relationship,Reference Document Element,Comments (optional),Strength of Relationship (optional)\n"+
		"A-1,Functional,equal,B-1,because,10\nA-2,They differ,,B-2,because,11\nA-3,,,,,\n")

	if r := table.Rows[0]; r.RationaleType != crosswalk.Functional || r.Rationale != "because" || r.Strength != 10 {
		t.Errorf("%+v", r)
	}
	if r := table.Rows[1]; r.RationaleType != "" || r.Rationale != "They differ" || r.Strength != -1 {
		t.Errorf("%+v", r)
	}
	if table.Blank != 1 {
		t.Errorf("%d blank rows", table.Blank)
	}
}

func TestCellsMayListSeveralIDs(t *testing.T) {
	for cell, want := range map[string][]string{
		"B-1":                          {"A B-1"},
		"B-1, B-2 ,":                   {"A B-1", "A B-2"},
		"B-1; B-2\nB-3":                {"A B-1", "A B-2", "A B-3"},
		"GV, ID":                       {"A GV", "A ID"},
		"Detect, respond and recover":  {"A Detect, respond and recover"},
		"Art. 5, Art. 6;Prevent, then": {"A Art. 5", "A Art. 6", "A Prevent, then"},
	} {
		same(t, read(t, "source,target\nA,\""+cell+"\"\n"), want...)
		same(t, read(t, string(workbook(t, map[string][][]any{"S": {{"source", "target"}, {"A", cell}}}, nil))), want...)
	}
	same(t, read(t, "source\ttarget\nA\tB-1, B-2\n"), "A B-1, B-2")
	same(t, read(t, "source,target\nA1;A2,B1;B2\n"), "A1 B1", "A1 B2", "A2 B1", "A2 B2")
}

func TestAWorkbookIsReadAsASpreadsheetShowsIt(t *testing.T) {
	data := workbook(t, map[string][][]any{
		"About": {{"Made by hand"}},
		"One":   {{"My list"}, {"Source", "Relation", "Target"}, {9.1999999999999993, "equal", "B-1"}, {nil, nil, "B-2"}, {"A-4", nil, nil}, {"A-5", "no relationship", nil}, {"A-6", nil, "None"}, {"A-8", nil, "–"}},
		"Two":   {{"Target", "Source"}, {"B-7", "A-7"}},
	}, func(book *excelize.File) error {
		if err := book.MergeCell("One", "B3", "B4"); err != nil {
			return err
		}
		return book.MergeCell("One", "A3", "A4")
	})

	table := read(t, string(data))

	rows := brief(table.Rows)
	if table.Rows[0].Source != "9.2" { // the order of sheets is that of a map here
		rows = append(rows[1:], rows[0])
		table.Rows = append(table.Rows[1:], table.Rows[0])
	}
	want := []string{"9.2 equal B-1", "9.2 equal B-2", "A-5 gap", "A-6 gap", "A-8 gap", "A-7 B-7"}
	if !reflect.DeepEqual(rows, want) || table.Blank != 1 {
		t.Errorf("rows are %q with %d blank, want %q", rows, table.Blank, want)
	}
	if where := table.Rows[1].Where; where != `sheet "One" row 4` {
		t.Errorf("the second row is in %s", where)
	}
}

func TestPreferredColumnsWin(t *testing.T) {
	table := read(t, "Focal Document: A\n\nFDE #,FDE Name,Focal Document Element,STRM Rationale,STRM Relationship,SCF Control,SCF #,Strength of Relationship,Notes\n"+
		"1.1,Name,Its text,Semantic,Intersects With,Title,GOV-01,5,\n1.2,Name,Its text,Semantic,No Relationship,,,,\n")

	same(t, table, "1.1 intersects_with GOV-01", "1.2 gap")
	if r := table.Rows[0]; r.RationaleType != crosswalk.Semantic || r.Strength != 5 {
		t.Errorf("%+v", r)
	}
}

func TestFrameworksAreNamedWhereTheFileNamesOne(t *testing.T) {
	table := read(t, "source_framework\tsource_id\ttarget_framework\ttarget_id\nf\tA\tg\tB\nf\tA\th\tC\nf\tA\tg\tD\n")
	if table.SourceFramework != "f" || table.TargetFramework != "" {
		t.Errorf("frameworks are %q and %q", table.SourceFramework, table.TargetFramework)
	}
}

func TestErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for data, want := range map[string]string{
		"":                                    "empty",
		"\n\n":                                "empty",
		"id,text\nA,b\n":                      `needs source and target columns, such as source_id and target_id; it has "id", "text"`,
		"source_id,text\nA,b\n":               `needs a target column`,
		"target_id\ttext\nA\tb\n":             `needs a source column`,
		"source,target,Target\nA,B,C\n":       `two columns "target"`,
		"source,target\n":                     "CSV table: no pair",
		"source,target\nA,B\nC,\n":            `line 3: "C" and nothing in the target column "target"`,
		"source,target\nA,B\n,D\n":            `line 3: a target and nothing in the source column "source"`,
		"source,target\nA,B,C\n":              "line 2 has 3 cells where the header has 2",
		"source\ttarget\tx\nA\tB\t\"x\n":      "",
		"source\ttarget\nA\tB\tC\n":           "line 2 has 3 cells where the header has 2",
		"source,target\nA,\"B\n":              "line 2",
		"source,target\nA,caf\xe9 \xc3\xa9\n": "is not UTF-8",
		"[1]":                                 "JSON array",
		"{\"a\": 1}":                          "no crosswalk",
		"{\n\"a\": }":                         "line 2: not valid JSON",
		`{"format": "concord-draft/99"}`:      "export it again",
		`{"format": 7}`:                       "format: cannot read a JSON number as string",
		"\xd0\xcf\x11\xe0":                    "old Excel file",
		"PK\x03\x04":                          "open the workbook",
		"mapping-collection: [":               "not valid YAML",
		"mapping-collection: {mappings: 3}":   "cannot read a JSON number",
		"mapping-collection: {}":              "no pair",
		"source_id,target_id,relation,outcome\nA,B,equal,odd\n":                                   `line 2: outcome "odd" is none of`,
		"source_id,target_id,relation,outcome\nA,B,bigger,mapped\n":                               `the relation "bigger"`,
		"source_id,target_id,relation,outcome\nA,,,no_relationship\n":                             `nothing in the column "target_id"`,
		"subject_id\tpredicate_id\tobject_id\nx:A\tskos:exactMatch\t\n":                           "sssom:NoTermFound",
		"#a: [\nsubject_id\tpredicate_id\tobject_id\nx:A\ts:b\tx:B\n":                             "metadata above the header",
		"subject_id\tpredicate_id\tobject_id\tpredicate_modifier\nA\tb\tB\tNever\n":               "SSSOM knows only Not",
		"subject_id\tpredicate_id\tobject_id\tpredicate_modifier\nA\tb\tsssom:NoTermFound\tNot\n": "has no meaning",
		`{"mapping-collection": {"mappings": [{"maps": [{"sources": [{"id-ref": " "}]}]}]}}`:      "map 1: sources: id 1 is empty",
		`{"mapping-collection": {"mappings": {"maps": [{"sources": [{"id-ref": "A"}]}]}}}`:        "map 1: targets: the list is empty",
		`{"format": "concord-draft/1", "proposals": [{"source": {"id": "A"}}]}`:                   "proposal 1 lacks the id",
	} {
		_, err := mapping.Read("list.csv", []byte(data))
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", data, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "read list.csv: ")):
			t.Errorf("%q: error %v, want one that says %q", data, err, want)
		}
	}
}

func TestColumnsToNameMustBeKnownAndThere(t *testing.T) {
	data := []byte("source,target,x\nA,B,C\n")
	if _, err := mapping.ReadColumns("l", data, map[string]string{"id": "x"}); err == nil || !strings.Contains(err.Error(), "want source_id") {
		t.Errorf("error %v", err)
	}
	for _, column := range []string{"target_id", "strength"} {
		if _, err := mapping.ReadColumns("l", data, map[string]string{column: "y"}); err == nil || !strings.Contains(err.Error(), `"source", "target", "x"`) {
			t.Errorf("error %v", err)
		}
	}
	table, err := mapping.ReadColumns("l", data, map[string]string{"target_id": " X "})
	if err != nil {
		t.Fatal(err)
	}
	same(t, table, "A C")
}

func TestListsPairedWithListsAreBounded(t *testing.T) {
	list := strings.Repeat("A1;", 2000)
	if _, err := mapping.Read("l", []byte("source,target\n"+list+","+list+"\n")); err == nil || !strings.Contains(err.Error(), "more than 250000 pairs") {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("source_id,target_id,relationship,strength\nA-1,\"B-1;B-2\",subset of,7\n'=x,B,none,\n"))
	f.Add([]byte("source_id\ttarget_id\trationale\nA-1\tB-1\t\"AI\" is\n"))
	f.Add([]byte("source;target\nA;B\n"))
	f.Add([]byte("source_id,target_id,relation,outcome,flags\nA,B,equal,mapped,\nC,,,no_relationship,gap\n"))
	f.Add([]byte(sssom))
	f.Add([]byte(oscalJSON))
	f.Add([]byte(oscalYAML))
	f.Add([]byte(`{"format": "concord-draft/1", "sources": [{"id": "A", "outcome": "no_relationship"}], "proposals": [{"source": {"id": "A"}, "target": {"id": "B"}, "outcome": "mapped", "relation": "equal", "strength": 3}]}`))
	f.Add(workbook(f, map[string][][]any{"S": {{"source", "target"}, {"A", "B"}}}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := mapping.Read("fuzz", data)
		if err != nil {
			return
		}
		if len(table.Rows) == 0 {
			t.Fatal("no rows and no error")
		}
		for _, r := range table.Rows {
			if r.Source == "" || r.Where == "" || r.Line < 1 || (r.Target == "") != r.Gap || r.Gap && r.Relation != "" || r.Strength < -1 || r.Strength > 10 {
				t.Fatalf("row is %+v", r)
			}
			if !utf8.ValidString(r.Source + r.Target + r.Word + r.Rationale + r.Where) {
				t.Fatalf("row %+v is not UTF-8", r)
			}
		}
	})
}
