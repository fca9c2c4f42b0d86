package source_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/corpus/source"
)

// shared is where the official files lie beside the checkout, if they do.
const shared = "../../../shared/data/"

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRealFilesAreRecognisedByTheirContent(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the official files are not beside this checkout: %v", err)
	}
	tests := []struct {
		path, spec string
		mappable   int
		kinds      []string
	}{
		{"catalogs/nist-ir-8596/nist-ir-8596-iprd.json", "cyber-ai-profile@iprd", 312, nil},
		{"catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.2.0_assembled_catalog.json", "sp800-53@5.2.0", 300, []string{"control"}},
		{"catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.0.1_catalog.json", "sp800-53@5.0.1", 298, []string{"control"}},
		{"catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.2.0_HIGH-baseline-resolved-profile_catalog.yaml", "sp800-53@5.2.0-high", 370, nil},
		{"catalogs/nist-sp800-53r5/cprt_SP_800_53_B_5_2_0_05-15-2026.json", "sp800-53b@5.2.0", 1014, nil},
		{"catalogs/nist-csf-2.0/NIST_CSF_v2.0_catalog.yaml", "csf@2.0", 106, nil},
		{"catalogs/mitre-atlas/ATLAS.yaml", "mitre-atlas@5.6.0", 35, []string{"mitigation"}},
		{"catalogs/nist-sp800-171r3/NIST_SP800-171_rev3_catalog.yaml", "sp800-171@r3", 97, nil},
		{"catalogs/nist-sp800-218/NIST_SP800-218_ver1_catalog.yaml", "ssdf@1.1", 42, nil},
		{"catalogs/nist-ir-8596/nist-ir-8596-iprd.jsonl", "cyber-ai-profile@iprd", 312, nil},
		{"catalogs/nist-csf-2.0/csf-2-0-export-olir-2026-07-20.xlsx", "csf@2.0", 106, nil},
		{"catalogs/mitre-attack/enterprise-attack-compact.json", "mitre-attack@18.1", 44, []string{"mitigation"}},
		{"catalogs/owasp-asvs-5.0/OWASP_Application_Security_Verification_Standard_5.0.0_en.flat.json", "owasp-asvs@5.0.0", 345, nil},
		{"labels/raa/nist-csf-1.1.texts.tsv", "nist-csf-1.1.texts@unversioned", 106, nil},
	}
	for _, tt := range tests {
		f, err := source.Library{}.Open(shared + tt.path)
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		if f.Spec() != tt.spec || len(f.SHA256) != 64 {
			t.Errorf("%s: read as %s, want %s", tt.path, f.Spec(), tt.spec)
		}
		if n := len(f.Mappable(tt.kinds...)); tt.mappable > 0 && n != tt.mappable {
			t.Errorf("%s: %d mappable elements, want %d", tt.path, n, tt.mappable)
		}
	}
}

func TestFormatsAreToldFromContentNotFromTheName(t *testing.T) {
	tests := map[string]string{
		"id,text\nA-1,Encrypt records.":             "A-1",
		"id;text\nA-1;Encrypt records.":             "A-1",
		"id\ttext\nA-1\tEncrypt records.":           "A-1",
		`{"id":"A-1","text":"Encrypt records."}`:    "A-1",
		"\ufeffid,text\r\nA-1,\"Encrypt, records\"": "A-1",
		`{"framework":{"name":"own","edition":"1"}}` + "\n" + `{"id":"A-1","kind":"control","text":"x"}`:                                                          "A-1",
		`{"catalog":{"metadata":{"title":"Own","version":"1"},"controls":[{"id":"a-1","title":"T","parts":[{"id":"s","name":"statement","prose":"Encrypt."}]}]}}`: "a-1",
		"catalog:\n  metadata:\n    title: Own\n    version: '1'\n  controls:\n    - id: a-1\n      title: T\n":                                                   "a-1",
	}
	for content, id := range tests {
		f, err := source.Library{}.Open(write(t, "file.dat", content))
		if err != nil {
			t.Errorf("%q: %v", content, err)
			continue
		}
		if _, ok := f.Element(id); !ok {
			t.Errorf("%q: no element %s", content, id)
		}
	}
}

func TestBadFilesEndWithOneClearError(t *testing.T) {
	tests := map[string]struct{ content, says string }{
		"empty":             {"", "the file is empty"},
		"blank":             {" \n\t\n", "the file is empty"},
		"html":              {"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML, and XML other than OSCAL, cannot be read"},
		"pdf":               {"%PDF-1.7 ...", "PDF cannot be read"},
		"list":              {"[1,2]", "JSON list"},
		"other json":        {`{"a":1,"b":2}`, "its keys are a, b"},
		"broken json":       {"{\n\"catalog\": {\n\"groups\": [}\n}", "line 3"},
		"other yaml":        {"name: x\nvalue: y\n", "YAML that is neither"},
		"no id column":      {"ref,text\nA,B\n", "id"},
		"invalid utf-8":     {"id,text\nA,caf\x81\n", "UTF-8"},
		"duplicate id":      {"id,text\nA,one\nA,two\n", `"A"`},
		"header alone":      {"id,text\n", "no"},
		"empty catalog":     {`{"catalog":{"metadata":{"title":"Own","version":"1"}}}`, "no elements"},
		"duplicate control": {`{"catalog":{"metadata":{"title":"Own","version":"1"},"controls":[{"id":"a","title":"T"},{"id":"a","title":"T"}]}}`, `duplicate id "a"`},
	}
	for name, tt := range tests {
		path := write(t, "file.dat", tt.content)
		_, err := source.Library{}.Open(path)
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want it to name the file and say %q", name, err, tt.says)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", name, err)
		}
	}
}

func TestAFileOverTheLimitIsNotRead(t *testing.T) {
	path := write(t, "large.csv", "id,text\n"+strings.Repeat("x", 2<<20))
	_, err := source.Library{MaxBytes: 1 << 20}.Open(path)
	if err == nil || !strings.Contains(err.Error(), "limit of 1 MB") {
		t.Errorf("error %v", err)
	}
}

func TestAnUnknownNameListsTheKnownOnes(t *testing.T) {
	_, err := source.Library{}.Open("sp800-35")
	var unknown *source.UnknownError
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "sp800-53@5.2.0") || !strings.Contains(err.Error(), "cyber-ai-profile@iprd") {
		t.Errorf("error %v", err)
	}
	for spec, says := range map[string]string{"sp800-53@4": "sp800-53@5.2.0", "./no/such.csv": "no such file", t.TempDir() + "/": "folder"} {
		if _, err := (source.Library{}).Open(spec); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want %q", spec, err, says)
		}
	}
}

func TestAnImportedFrameworkIsFoundByItsNameBeforeABuiltInOne(t *testing.T) {
	l := source.Library{Dir: filepath.Join(t.TempDir(), "corpora")}
	path := write(t, "Our Controls.csv", "id,text\nAC-1,Own words.\n")

	f, err := l.Import(path, "sp800-53", "5.2.0", false)
	if err != nil {
		t.Fatal(err)
	}
	if f.Spec() != "sp800-53@5.2.0" {
		t.Errorf("imported as %s", f.Spec())
	}
	found, err := l.Open("sp800-53")
	if err != nil {
		t.Fatal(err)
	}
	if e, _ := found.Element("AC-1"); e.Text != "Own words." || found.Digest() != f.Digest() {
		t.Errorf("found %+v", e)
	}
	if f, err := l.Import(path, "", "", false); err != nil || f.Name != "our-controls" {
		t.Errorf("named %q, %v", f.Name, err)
	}
	for _, bad := range []string{"../evil", "a/b", "..", "a b"} {
		if _, err := l.Import(path, bad, "1", false); err == nil {
			t.Errorf("imported under the name %q", bad)
		}
	}
}

func TestANameMeansItsNewestEditionWhereverThatIs(t *testing.T) {
	l := source.Library{Dir: filepath.Join(t.TempDir(), "corpora")}
	path := write(t, "own.csv", "id,text\nA-1,Own words.\n")
	for _, edition := range []string{"1.0", "1.1-high", "9.0", "10.0", "10.0-low"} {
		if _, err := l.Import(path, "csf", edition, false); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	editions, err := l.Editions("csf")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		got = append(got, e.Edition)
	}
	if want := "10.0 9.0 2.0 1.1 1.0 10.0-low 1.1-high"; strings.Join(got, " ") != want {
		t.Errorf("editions %v, want %s", got, want)
	}
	for spec, want := range map[string]string{"csf": "csf@10.0", "csf@2.0": "csf@2.0", "csf@1.1-high": "csf@1.1-high"} {
		if f, err := l.Open(spec); err != nil || f.Spec() != want {
			t.Errorf("%s: %v, %v", spec, f, err)
		}
	}
}

func TestAProfileIsResolvedAgainstTheCatalogBesideIt(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"catalog.json": `{"catalog":{"uuid":"u","metadata":{"title":"Own","version":"1"},"controls":[
			{"id":"a-1","title":"One","parts":[{"id":"s1","name":"statement","prose":"Encrypt."}]},
			{"id":"a-2","title":"Two","parts":[{"id":"s2","name":"statement","prose":"Train."}]}]}}`,
		"profile.json": `{"profile":{"uuid":"p","metadata":{"title":"Own low baseline","version":"1"},
			"imports":[{"href":"https://example.org/elsewhere/catalog.json","include-controls":[{"with-ids":["a-2"]}]}],"merge":{"as-is":true}}}`,
		"lost.json": `{"profile":{"uuid":"p","metadata":{"title":"Own","version":"1"},"imports":[{"href":"../catalog-that-is-not-here.json","include-all":{}}]}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	f, err := source.Library{}.Open(filepath.Join(dir, "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Mappable(); len(got) != 1 || got[0].ID != "a-2" {
		t.Errorf("resolved to %+v", got)
	}
	if _, err := (source.Library{}).Open(filepath.Join(dir, "lost.json")); err == nil || !strings.Contains(err.Error(), "catalog-that-is-not-here.json") {
		t.Errorf("error %v", err)
	}
}

// TestALargeCatalogIsReadInLittleMemory reads an OSCAL catalog of some 100 MB
// and looks at the heap while that goes on.
func TestALargeCatalogIsReadInLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads a file of 100 MB")
	}
	const size = 100 << 20
	path := filepath.Join(t.TempDir(), "large.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprint(w, `{"catalog":{"uuid":"u","metadata":{"title":"Large","version":"1"},"controls":[`)
	prose := strings.Repeat("Encrypt stored records and review who can read them. ", 20)
	n := 0
	for written := 0; written < size; n++ {
		if n > 0 {
			fmt.Fprint(w, ",")
		}
		k, _ := fmt.Fprintf(w, `{"id":"c-%d","title":"Control %d","parts":[{"id":"c-%d_smt","name":"statement","prose":"%s"}]}`, n, n, n, prose)
		written += k
	}
	fmt.Fprint(w, "]}}")
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}

	peak := make(chan uint64)
	done := make(chan struct{})
	go func() {
		var highest uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapAlloc)
			select {
			case <-done:
				peak <- highest
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	f, err := source.Library{MaxBytes: 2 * size}.Open(path)
	close(done)
	if err != nil {
		t.Fatal(err)
	}

	highest := <-peak
	t.Logf("%d controls of %d MB, heap at most %d MB", n, size>>20, highest>>20)
	if len(f.Elements) != n || highest > 3*size {
		t.Errorf("%d elements, want %d; heap %d MB, want at most %d MB", len(f.Elements), n, highest>>20, 3*size>>20)
	}
}

func TestOneLineOfJSONIsNotTakenForATable(t *testing.T) {
	bundle := `{"type":"bundle","id":"bundle--1","objects":[{"type":"course-of-action","id":"course-of-action--1","name":"Train","description":"Train users.",` +
		`"external_references":[{"source_name":"mitre-attack","external_id":"M1017"}]}]}`
	f, err := source.Library{}.Open(write(t, "bundle.json", bundle))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := f.Element("M1017"); !ok {
		t.Errorf("read %+v", f.Elements)
	}
	if _, err := (source.Library{}).Open(write(t, "other.json", `{"id":"x","a":1}`)); err == nil || !strings.Contains(err.Error(), "its keys are id, a") {
		t.Errorf("error %v", err)
	}
}

func TestAnImportUnderAKnownNameTakesItsSpellingAndItsStates(t *testing.T) {
	l := source.Library{Dir: filepath.Join(t.TempDir(), "corpora")}
	path := write(t, "controls.csv", "id,text\nAC-02,Manage accounts.\nAC-02(03),Disable accounts.\nRA-4,Gone.\n")

	f, err := l.Import(path, "sp800-53", "5.2.0", false)
	if err != nil {
		t.Fatal(err)
	}

	for id, want := range map[string]struct {
		kind      string
		withdrawn bool
	}{"AC-2": {"control", false}, "AC-2(3)": {"enhancement", false}, "RA-4": {"control", true}} {
		if e, ok := f.Element(id); !ok || e.Kind != want.kind || e.Withdrawn != want.withdrawn {
			t.Errorf("%s: %+v", id, e)
		}
	}
	if e, _ := f.Element("AC-2"); e.Printed != "AC-02" {
		t.Errorf("printed form %q", e.Printed)
	}
}

func TestTextThatMayNotBeCopiedStaysHere(t *testing.T) {
	l := source.Library{Dir: filepath.Join(t.TempDir(), "corpora")}
	path := write(t, "iso.csv", "id,text\nA.5.1,Licensed words.\n")
	for _, tt := range []struct {
		name, edition string
		local, want   bool
	}{{"iso-27001", "2022", false, true}, {"own", "1", false, false}, {"own", "2", true, true}} {
		f, err := l.Import(path, tt.name, tt.edition, tt.local)
		if err != nil || f.Local != tt.want {
			t.Errorf("%s@%s: local %v, %v", tt.name, tt.edition, f.Local, err)
		}
		if again, err := l.Open(tt.name + "@" + tt.edition); err != nil || again.Local != tt.want {
			t.Errorf("%s@%s, read again: %v", tt.name, tt.edition, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"id,text\nA,B", `{"catalog":{}}`, `{"id":"A"}`, "catalog:\n", "PK\x03\x04", "<a>", "id: ATLAS\n", "a: b\nc: d"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := source.Read(data, "file", nil)
		if err == nil && len(fw.Elements) == 0 {
			t.Fatal("no elements and no error")
		}
	})
}
