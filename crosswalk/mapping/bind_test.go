package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/mapping"
)

func framework(t testing.TB, name, edition string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: edition, Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func csf(t testing.TB) *corpus.Framework {
	return framework(t, "csf", "2.0", corpus.Element{ID: "GV.OC-01"}, corpus.Element{ID: "GV.OC-02"}, corpus.Element{ID: "GV.OC-03"}, corpus.Element{ID: "GV.OC-04"})
}

func controls(t testing.TB) *corpus.Framework {
	return framework(t, "sp800-53", "5", corpus.Element{ID: "AC-2"}, corpus.Element{ID: "AC-2(1)"}, corpus.Element{ID: "RA-3"},
		corpus.Element{ID: "RA-4", Withdrawn: true, Replaced: []string{"RA-3"}})
}

func TestBindGivesCanonicalIDs(t *testing.T) {
	table := read(t, "source,target,rationale_type,relationship\nGV.OC-1,ac-02,semantic,equal\nGV.OC-01,AC-2,syntactic,intersects with\nGV.OC-02,AC-02 (01),,\nGV.OC-03,,,none\n")

	rows, err := table.Bind(csf(t), controls(t))

	if err != nil {
		t.Fatal(err)
	}
	same(t, &mapping.Table{Rows: rows}, "GV.OC-01 equal AC-2", "GV.OC-01 intersects_with AC-2", "GV.OC-02 AC-2(1)", "GV.OC-03 gap")
	if table.Rows[0].Source != "GV.OC-1" {
		t.Error("the table lost what was printed")
	}
}

func TestBindFindsEveryFaultyRow(t *testing.T) {
	table := read(t, strings.Join([]string{"source,target,relationship", // a line each from here
		"GV.OC-01,AC-2,equal",
		"GV.OC-9,AC-2,",
		"GV.OC-01,XX-9,",
		"RA-3,AC-2,",
		"GV.OC-01,RA-4,",
		"GV.OC-01,AC-02,equal",
		"GV.OC-1,AC-2,subset of",
		"GV.OC-01,,none",
		"GV.OC-02,,none",
		"GV.OC-02,,none",
		"GV.OC-03,RA-3,none",
		"GV.OC-03,,none",
	}, "\n"))
	want := map[int]string{
		3:  `line 3: csf@2.0 has no element "GV.OC-9"`,
		4:  `line 4: sp800-53@5 has no element "XX-9"`,
		5:  `line 5: csf@2.0 has no element "RA-3"; sp800-53@5 has one`,
		6:  `line 6: "RA-4" is withdrawn in sp800-53@5: see RA-3`,
		7:  `line 7: "GV.OC-01" to "AC-02" stands in line 2 already`,
		8:  `line 8: "GV.OC-1" to "AC-2" is subset_of here and equal in line 2`,
		9:  `line 9: "GV.OC-01" is a gap here, and line 2 maps it to "AC-2"`,
		11: `line 11: the gap "GV.OC-02" stands in line 10 already`,
	}

	rows, left, err := table.BindLoosely(csf(t), controls(t))

	if err != nil {
		t.Fatal(err)
	}
	same(t, &mapping.Table{Rows: rows}, "GV.OC-01 equal AC-2", "GV.OC-02 gap", "GV.OC-03 no_relationship RA-3", "GV.OC-03 gap")
	if len(left) != len(want) {
		t.Errorf("%d findings, want %d", len(left), len(want))
	}
	for _, f := range left {
		if f.String() != want[f.Row.Line] {
			t.Errorf("finding %q, want %q", f, want[f.Row.Line])
		}
	}

	rows, err = table.Bind(csf(t), controls(t))

	faulty, ok := errors.AsType[*mapping.BindError](err)
	if !ok || rows != nil || len(faulty.Findings) != len(want) || !strings.Contains(err.Error(), want[8]) {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
}

func TestBindSaysWhatMayBeWrongWithAllOfIt(t *testing.T) {
	var swapped, edition strings.Builder
	swapped.WriteString("source,target\nAC-2,GV.OC-01\nRA-3,GV.OC-02\n")
	edition.WriteString("source,target\nGV.OC-01,AC-2\n")
	for i := range 30 {
		fmt.Fprintf(&edition, "ID.AM-%d,AC-2\n", i)
	}
	for data, want := range map[string]string{
		swapped.String(): "the columns look swapped: 2 of 2 source ids are in sp800-53@5, 2 of 2 target ids in csf@2.0",
		edition.String(): "30 of 31 source ids are unknown or withdrawn in csf@2.0: a crosswalk for another edition?",
	} {
		_, err := read(t, data).Bind(csf(t), controls(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	replaced := framework(t, "csf", "3", corpus.Element{ID: "A", Withdrawn: true}, corpus.Element{ID: "B", Withdrawn: true}, corpus.Element{ID: "C", Withdrawn: true})
	_, err := read(t, "source,target\nA,AC-2\nB,AC-2\nC,AC-2\n").Bind(replaced, controls(t))
	if err == nil || !strings.Contains(err.Error(), "3 of 3 source ids are unknown or withdrawn in csf@3") {
		t.Errorf("error %v", err)
	}
	_, err = read(t, edition.String()).Bind(csf(t), controls(t))
	if !strings.HasPrefix(err.Error(), "30 rows cannot be used") || !strings.HasSuffix(err.Error(), "and 20 more") {
		t.Errorf("error %v", err)
	}
}

func TestBindLooselyNeedsARowThatHolds(t *testing.T) {
	if _, _, err := read(t, "source,target\nx,y\n").BindLoosely(csf(t), controls(t)); err == nil || !strings.Contains(err.Error(), "1 row cannot be used") {
		t.Errorf("error %v", err)
	}
	if _, err := (&mapping.Table{}).Bind(csf(t), controls(t)); err == nil {
		t.Error("an empty table was bound")
	}
}

func TestPublishedLabelsBindToTheirEditions(t *testing.T) {
	for _, c := range []struct {
		path, source, target string
		left                 int
	}{
		{"csf2-olir/csf2-to-nist-sp800-53-r5.2.0.tsv", "csf@2.0", "sp800-53@5.2.0", 1}, // RA-4 is withdrawn
		{"csf2-olir/csf2-to-nist-sp800-171-r3.tsv", "csf@2.0", "sp800-171@r3", 0},
		{"raa/nist-csf-1.1-to-nist-sp800-53-r5.base.tsv", "csf@1.1", "sp800-53@5.2.0", 0},
		{"ssdf/nist-ssdf-1.1-to-nist-sp800-53-r5.tsv", "ssdf@1.1", "sp800-53@5.2.0", 0},
		{"atlas/atlas-mitigation-to-technique.tsv", "mitre-atlas", "mitre-atlas", 0},
		{"nist-olir/upstream/Cybersecurity_Framework_v2-0_Concept_Crosswalk_800-53_final.xlsx", "csf@2.0", "sp800-53@5.2.0", 1},
	} {
		t.Run(c.path, func(t *testing.T) {
			table := read(t, string(published(t, c.path)))
			source, err := builtin.Open(c.source)
			if err != nil {
				t.Fatal(err)
			}
			target, err := builtin.Open(c.target)
			if err != nil {
				t.Fatal(err)
			}

			rows, left, err := table.BindLoosely(source, target)

			if err != nil {
				t.Fatal(err)
			}
			if len(left) != c.left || len(rows)+len(left) != len(table.Rows) {
				t.Errorf("%d rows, left out %v", len(rows), left)
			}
		})
	}
}

func TestARowMadeOnAnotherTextIsFound(t *testing.T) {
	f := &corpus.Framework{Name: "own", Edition: "1", Elements: []corpus.Element{{ID: "A", Kind: corpus.KindControl, Text: "Lock the door."}}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	sum := f.Elements[0].TextSHA256()
	for hashes, want := range map[string]int{sum + "\t" + sum: 0, "\t": 0, sum + "\t": 0, "\t" + sum[1:] + "0": 1, "x\ty": 1} {
		table, err := mapping.Read("own.tsv", []byte("source_id\ttarget_id\tsource_sha256\ttarget_sha256\tunknown\nA\tA\t"+hashes+"\t?\n"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := table.Bind(f, f)
		if err != nil {
			t.Fatal(err)
		}
		if found := mapping.Reworded(rows, f, f); len(found) != want {
			t.Errorf("%q: %v", hashes, found)
		}
	}
}
