package mapping_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/exchange/table"
	"concord/crosswalk/mapping"
)

func TestATableIsACrosswalkWithCanonicalIds(t *testing.T) {
	table, err := mapping.Read("list.csv", []byte("source_framework,source_id,target_framework,target_id,relation,strength,rationale\n"+
		"NIST Cybersecurity Framework 2.0,GV.OC-1,NIST SP 800-53 Rev. 5,AC-02(03),subset of,7,why\n"+
		"NIST Cybersecurity Framework 2.0,GV.OC-01,NIST SP 800-53 Rev. 5,AC-2(3),subset of,7,why\n"+
		"NIST Cybersecurity Framework 2.0,GV.OC-02,NIST SP 800-53 Rev. 5,none,,,\n"))
	if err != nil {
		t.Fatal(err)
	}

	c := table.Crosswalk()

	if c.Source.Spec() != "csf@2.0" || c.Target.Name != "sp800-53" || len(c.Rows) != 1 || len(c.Gaps) != 1 {
		t.Fatalf("%+v", c)
	}
	if r := c.Rows[0]; r.Source != "GV.OC-01" || r.Target != "AC-2(3)" || r.Relation != crosswalk.SubsetOf || *r.Strength != 7 || r.Rationale != "why" {
		t.Errorf("%+v", r)
	}
	if g := c.Gaps[0]; g.ID != "GV.OC-02" || g.Side != crosswalk.SourceSide || !g.Judged {
		t.Errorf("%+v", g)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestWhatConcordExportsIsReadAsLabels(t *testing.T) {
	seven := 7
	c := &exchange.Crosswalk{Source: exchange.Framework{Name: "s", Edition: "1"}, Target: exchange.Framework{Name: "t", Edition: "2"},
		Rows: []exchange.Row{
			{Source: "A", Target: "X", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Strength: &seven, Rationale: "why", State: exchange.Accepted},
			{Source: "B", Target: "X", Relation: crosswalk.NoRelationship, State: exchange.Rejected},
		},
		Gaps: []exchange.Gap{
			{Side: crosswalk.SourceSide, ID: "C", Judged: true}, {Side: crosswalk.SourceSide, ID: "D"}, {Side: crosswalk.TargetSide, ID: "Y", Judged: true},
		}}
	for format, write := range map[string]func(io.Writer, *exchange.Crosswalk) error{mapping.ConcordJSON: document.Write, mapping.CSV: table.Write} {
		var b bytes.Buffer
		if err := write(&b, c); err != nil {
			t.Fatal(err)
		}
		got, err := mapping.Read("exported", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got.Format != format || got.SourceFramework == "" || len(got.Rows) != 3 {
			t.Fatalf("%+v", got)
		}
		if r := got.Rows[0]; r.Source != "A" || r.Relation != crosswalk.SubsetOf || r.Strength != 7 || r.Rationale != "why" {
			t.Errorf("%+v", r)
		}
		if r := got.Rows[1]; r.Relation != crosswalk.NoRelationship || r.Strength != -1 {
			t.Errorf("%+v", r)
		}
		if r := got.Rows[2]; r.Source != "C" || !r.Gap {
			t.Errorf("%+v", r)
		}
	}
}

func TestAListOfDerivedRelationsIsNoCrosswalk(t *testing.T) {
	_, err := mapping.Read("derived.csv", []byte("source,via,target,relation_1,relation_2,derived_relation\nA,H,X,equal,equal,equal\n"))
	if err == nil || !strings.Contains(err.Error(), "nobody asserts") {
		t.Error(err)
	}
}
