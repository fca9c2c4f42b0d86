package mapping_test

import (
	"testing"

	"concord/crosswalk"
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
