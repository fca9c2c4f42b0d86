package sheet_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"concord/corpus"
	"concord/corpus/sheet"

	"pgregory.net/rapid"
)

// frameworks draws finished frameworks with any text in them.
func frameworks(t *rapid.T) *corpus.Framework {
	printable := rapid.StringOfN(rapid.RuneFrom([]rune(" <&\""), unicode.Letter, unicode.Number, unicode.Punct), 1, 12, -1)
	ids := rapid.SliceOfNDistinct(printable, 1, 6, rapid.ID).Draw(t, "ids")
	some := func(label string) []string {
		if s := rapid.SliceOfN(rapid.SampledFrom(ids), 0, 2).Draw(t, label); len(s) > 0 {
			return s
		}
		return nil
	}
	text := rapid.String()
	f := &corpus.Framework{
		Name: rapid.StringN(1, 8, -1).Draw(t, "name"), Edition: text.Draw(t, "edition"),
		Title: text.Draw(t, "title"), Publisher: text.Draw(t, "publisher"), Licence: text.Draw(t, "licence"),
		Source: text.Draw(t, "source"), SHA256: text.Draw(t, "sha"), Notice: text.Draw(t, "notice"),
		Local: rapid.Bool().Draw(t, "local"),
	}
	for i, id := range ids {
		parent := ""
		if i > 0 {
			parent = rapid.SampledFrom(ids[:i]).Draw(t, "parent")
		}
		f.Elements = append(f.Elements, corpus.Element{
			ID: id, Printed: text.Draw(t, "printed"), Kind: text.Draw(t, "kind"), Parent: parent,
			Title: text.Draw(t, "title"), Text: text.Draw(t, "text"), Guide: text.Draw(t, "guide"),
			Related: some("related"), Replaced: some("replaced"), Withdrawn: rapid.Bool().Draw(t, "withdrawn"),
			Focus: text.Draw(t, "focus"), Priority: rapid.IntRange(0, 3).Draw(t, "priority"), Generic: text.Draw(t, "generic"),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "references") {
		f.References = append(f.References, corpus.Reference{
			Element: rapid.SampledFrom(ids).Draw(t, "element"), Column: text.Draw(t, "column"),
			Scheme: text.Draw(t, "scheme"), ID: text.Draw(t, "refID"), Printed: text.Draw(t, "refPrinted"),
		})
	}
	return f
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := frameworks(t)
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := corpus.WriteLines(&file, f); err != nil {
			t.Fatal(err)
		}

		again, err := sheet.Read(file.Bytes(), sheet.Options{Name: "ignored"})
		if err != nil {
			t.Fatalf("%v in\n%s", err, file.String())
		}

		if !reflect.DeepEqual(again, f) {
			t.Fatalf("read %+v, wrote %+v", again, f)
		}
	})
}

func TestReadUnderstandsRecordsThatRepeatTheirFramework(t *testing.T) {
	f, err := sheet.Read([]byte(`
{"framework": "nist-sp-800-53", "version": "5.2.0", "id": "AC", "kind": "family", "parent": null, "title": "Access Control", "text": ""}
{"framework": "nist-sp-800-53", "version": "5.2.0", "id": "AC-02(03)", "kind": "control-enhancement", "parent": "AC", "title": "Off", "text": " Switch it off. ", "extra": {"discussion": "Why.", "related": ["ac-1"]}}
{"framework": "nist-sp-800-53", "version": "5.2.0", "id": "AC-3", "kind": "control", "title": "AC-3", "extra": {"status": "withdrawn", "withdrawn_to": ["AC-02(03)"]}}
`), sheet.Options{Name: "file"})
	if err != nil {
		t.Fatal(err)
	}

	if f.Spec() != "sp800-53@5.2.0" {
		t.Errorf("spec is %s, want sp800-53@5.2.0", f.Spec())
	}
	want := corpus.Element{
		ID: "AC-2(3)", Printed: "AC-02(03)", Kind: "enhancement", Parent: "AC",
		Title: "Off", Text: "Switch it off.", Guide: "Why.", Related: []string{"AC-1"},
	}
	if e, _ := f.Element("AC-2(3)"); !reflect.DeepEqual(e, want) {
		t.Errorf("read %+v, want %+v", e, want)
	}
	if e, _ := f.Element("AC-3"); !e.Withdrawn || e.Title != "" || fmt.Sprint(e.Replaced) != "[AC-2(3)]" {
		t.Errorf("read %+v, want it withdrawn into AC-2(3) and untitled", e)
	}
}

func TestReadTakesEveryPublishedCatalogInJSONLines(t *testing.T) {
	specs := map[string]string{
		"nist-csf-2.0.jsonl": "csf@2.0", "nist-sp800-53r5.2.0.jsonl": "sp800-53@5.2.0",
		"nist-sp800-171r3.jsonl": "sp800-171@r3", "nist-sp800-218.jsonl": "ssdf@1.1",
		"nist-sp800-218a.jsonl": "ssdf-ai@1.0", "mitre-atlas.jsonl": "mitre-atlas@5.6.0",
		"nist-ir-8596-iprd.jsonl": "cyber-ai-profile@iprd", "owasp-asvs-5.0.0.jsonl": "owasp-asvs@5.0.0",
	}
	files, err := filepath.Glob(catalogs + "*/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Skip("the published catalogs are not here")
	}

	for _, path := range files {
		data := published(t, path)
		f, err := sheet.Read(data, sheet.Options{Name: "file"})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if want, ok := specs[filepath.Base(path)]; ok && f.Spec() != want {
			t.Errorf("%s is %s, want %s", path, f.Spec(), want)
		}
		if want := bytes.Count(bytes.TrimSpace(data), []byte("\n")) + 1; len(f.Elements) != want {
			t.Errorf("%s has %d elements, want %d", path, len(f.Elements), want)
		}
		for _, e := range f.Elements {
			if strings.Contains(e.Kind, "-") {
				t.Errorf("%s: %s has kind %q", path, e.ID, e.Kind)
			}
		}
	}
}

// Published label files hold literal quotes; each of their lines is one row.
func TestReadKeepsLiteralQuotesOfPublishedTSV(t *testing.T) {
	const labels = "../../../shared/data/labels/ctid"
	if _, err := os.Stat(labels); err != nil {
		t.Skipf("the published labels are not here: %v", err)
	}
	quotes := 0
	err := filepath.WalkDir(labels, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tsv" {
			return err
		}
		// A number before each line makes an id of it.
		var numbered strings.Builder
		lines := strings.Split(strings.TrimSpace(string(published(t, path))), "\n")
		for i, line := range lines {
			fmt.Fprintf(&numbered, "%d\t%s\n", i, line)
		}
		text := strings.Replace(numbered.String(), "0\t", "id\t", 1)
		f, err := sheet.Read([]byte(text), sheet.Options{Name: "labels", Columns: map[string]string{"text": "rationale"}})
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(f.Elements) != len(lines)-1 {
			t.Errorf("%s has %d rows, want %d", path, len(f.Elements), len(lines)-1)
		}
		for _, e := range f.Elements {
			quotes += strings.Count(e.Text, `"`)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if quotes == 0 {
		t.Error("no quote was kept")
	}
}
