package mapping_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"concord/crosswalk/mapping"
)

// labels holds what others published. All else in these tests is made up.
const labels = "../../../shared/data/labels/"

// published returns a published file, or skips the test.
func published(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(labels + path)
	if os.IsNotExist(err) {
		t.Skipf("the published file is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryPublishedLabelFileIsRead(t *testing.T) {
	files, err := filepath.Glob(labels + "*/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		header, body, _ := strings.Cut(string(data), "\n")
		if !strings.Contains(header, "source_id\t") {
			continue
		}
		table, err := mapping.Read(filepath.Base(path), data)
		if err != nil {
			t.Error(err)
			continue
		}
		read++
		lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
		if table.Format != mapping.TSV || len(table.Rows) != len(lines) {
			t.Errorf("%s: %s with %d rows, the file has %d", path, table.Format, len(table.Rows), len(lines))
			continue
		}
		for i, r := range table.Rows {
			if cells := strings.Split(lines[i], "\t"); r.Source != strings.TrimSpace(cells[1]) || r.Target != strings.TrimSpace(cells[3]) || r.Line != i+2 {
				t.Fatalf("%s: row %d is %+v", path, i+2, r)
			}
		}
	}
	if read == 0 {
		t.Skip("the published files are not here")
	}
}

func TestPublishedCountsAreReached(t *testing.T) {
	for path, want := range map[string]int{
		"csf2-olir/csf2-to-nist-sp800-53-r5.2.0.tsv":            737,
		"csf2-olir/csf2-to-nist-sp800-171-r3.tsv":               310,
		"csf2-olir/csf2-to-csa-ccm-4.0.tsv":                     657,
		"raa/nist-csf-1.1-to-nist-sp800-53-r5.base.tsv":         495,
		"nist-internal/sp800-53-r5-related-controls.tsv":        3397,
		"opencre/cre-to-standards.tsv":                          4401,
		"cri/ffiec-bcm-to-cri-profile-2.0.tsv":                  461,
		"atlas/atlas-mitigation-to-technique.tsv":               244,
		"nist-olir/nist-sp800-53-r5-to-iso-27001-2022.tsv":      643,
		"cyber-ai-profile/csf2-to-owasp-ai-exchange.tsv":        162,
		"enisa-nis2/nis2-annex-to-nist-csf-2.0.tsv":             282,
		"nist-internal/csf-1.1-withdrawn-to-csf-2.0.tsv":        127,
		"d3fend/nist-sp800-53-r5-to-d3fend.tsv":                 180,
		"ssdf/nist-ssdf-1.1-to-nist-sp800-53-r5.tsv":            86,
		"nist-internal/sp800-53-r4-withdrawn-to-r5.tsv":         197,
		"owasp-ai-exchange/controls-to-iso.tsv":                 35,
		"cyber-ai-profile/csf2-to-databricks-dasf.tsv":          995,
		"csf2-olir/csf2-to-nist-nice.tsv":                       647,
		"owasp-llm/llm-top10-2025-related-frameworks.tsv":       16,
		"cyber-ai-profile/cosais-sp800-53-to-nist-ai-100-2.tsv": 21,
	} {
		t.Run(path, func(t *testing.T) {
			table := read(t, string(published(t, path)))
			if len(table.Rows) != want {
				t.Errorf("%d rows, want %d", len(table.Rows), want)
			}
		})
	}
}

func TestGenuineOLIRWorkbooksAreRead(t *testing.T) {
	for path, want := range map[string]struct{ rows, blank int }{
		"nist-olir/upstream/Cybersecurity_Framework_v2-0_Concept_Crosswalk_800-53_final.xlsx":  {740, 26},
		"nist-olir/upstream/sp800-53r5-to-iso-27001-mapping-2022-OLIR-2023-10-12-UPDATED.xlsx": {643, 971},
	} {
		table := read(t, string(published(t, path)))
		if table.Format != mapping.XLSX || len(table.Rows) != want.rows || table.Blank != want.blank {
			t.Errorf("%s: %s, %d rows, %d blank", path, table.Format, len(table.Rows), table.Blank)
		}
	}
}

func TestAWorkbookWithHeadersOfItsOwnIsReadByTheirNames(t *testing.T) {
	data := published(t, "enisa-nis2/upstream/ENISA_Technical_Implementation_Guidance_Mapping_table_version_1.0.xlsx")

	if _, err := mapping.Read("enisa.xlsx", data); err == nil || !strings.Contains(err.Error(), `"Point No"`) {
		t.Errorf("error is %v, want one that lists the columns", err)
	}
	table, err := mapping.ReadColumns("enisa.xlsx", data, map[string]string{"source_id": "point no", "target_id": "NIST Cybersecurity Framework v2.0"})
	if err != nil {
		t.Fatal(err)
	}

	// The label file has each pair once, and two cells with slips in them mended.
	listed := map[[2]string]bool{}
	for _, r := range read(t, string(published(t, "enisa-nis2/nis2-annex-to-nist-csf-2.0.tsv"))).Rows {
		listed[[2]string{r.Source, r.Target}] = true
	}
	found, gaps := map[[2]string]bool{}, 0
	var odd []string
	for _, r := range table.Rows {
		switch pair := [2]string{r.Source, r.Target}; {
		case r.Gap:
			gaps++
		case listed[pair]:
			found[pair] = true
		default:
			odd = append(odd, r.Target)
		}
	}
	if len(listed) != 282 || len(found) != 279 || gaps != 2 || !reflect.DeepEqual(odd, []string{"RC.CO-04.", "RS.CO-03. PR.IR-03"}) {
		t.Errorf("%d of %d pairs, %d gaps, and %q", len(found), len(listed), gaps, odd)
	}
}
