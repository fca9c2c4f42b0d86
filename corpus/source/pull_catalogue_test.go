package source_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"concord/corpus/source"
)

func TestEveryOfficialAddressFixesItsEdition(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range source.Official() {
		parts := strings.Split(d.URL, "/")
		if !strings.HasPrefix(d.URL, "https://raw.githubusercontent.com/") || len(parts) < 7 || len(parts[5]) != 40 {
			t.Errorf("%s: no commit in %s", d.Spec(), d.URL)
		}
		if seen[d.Name] || d.Publisher == "" || d.Licence == "" || d.MaxBytes == 0 || d.SHA256 != "" && len(d.SHA256) != 64 {
			t.Errorf("%s: %+v", d.Spec(), d)
		}
		seen[d.Name] = true
	}
}

// The pinned files are at hand beside some checkouts: a server in the
// publisher's place gives them out, and the true hash must accept them.
func TestPinnedHashesAreThoseOfTheOfficialFiles(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the official files are not beside this checkout: %v", err)
	}
	tests := map[string]struct {
		file, kind string
		elements   int
	}{
		"mitre-atlas": {"catalogs/mitre-atlas/ATLAS.yaml", "mitigation", 35},
		"owasp-asvs":  {"catalogs/owasp-asvs-5.0/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv", "requirement", 345},
	}
	for _, d := range source.Official() {
		tt, ok := tests[d.Name]
		if !ok {
			if d.SHA256 != "" {
				t.Errorf("%s is pinned and not tested", d.Spec())
			}
			continue
		}
		data, err := os.ReadFile(shared + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, data) })
		d.URL = strings.Replace(d.URL, "https://raw.githubusercontent.com", server.URL, 1)
		out, err := server.puller(t).Pull(t.Context(), d)
		if err != nil {
			t.Errorf("%s: %v", d.Spec(), err)
			continue
		}
		if f := out.Framework; f.Counts()[tt.kind] != tt.elements || f.Spec() != d.Spec() || f.Title == "" || len(data)*4 > int(d.MaxBytes)*3 {
			t.Errorf("%s: read as %s, %q, %v; %d of %d bytes", d.Spec(), f.Spec(), f.Title, f.Counts(), len(data), d.MaxBytes)
		}
	}
}
