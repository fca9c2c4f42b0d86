package olir_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/olir"
)

func TestAllComesBackWhicheverSideIsTheFocalDocument(t *testing.T) {
	for name, o := range map[string]olir.Options{"source": {}, "target": {FocalTarget: true}} {
		t.Run(name, func(t *testing.T) {
			exchangetest.RoundTrip(t, exchangetest.Format{
				Held: olir.Held(), Read: olir.Read,
				Write: func(w io.Writer, c *exchange.Crosswalk) error { return olir.Write(w, c, o) },
			})
		})
	}
}

// one is a crosswalk of a single subset.
func one() *exchange.Crosswalk {
	seven := 7
	return &exchange.Crosswalk{
		Source: exchange.Framework{Name: "csf", Edition: "2.0"}, Target: exchange.Framework{Name: "sp800-53", Edition: "5.2.0"},
		Rows: []exchange.Row{{Source: "PR.AA-01", Target: "IA-2", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Strength: &seven}},
	}
}

func book(t *testing.T, c *exchange.Crosswalk, o olir.Options) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := olir.Write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestTheRelationTurnsWithTheColumns(t *testing.T) {
	for _, c := range []struct {
		o    olir.Options
		want []string
	}{
		{olir.Options{}, []string{"PR.AA-01", "", "Semantic", "subset of", "IA-2", "", "PR.AA-01 is a subset of IA-2.", "7"}},
		{olir.Options{FocalTarget: true}, []string{"IA-2", "", "Semantic", "superset of", "PR.AA-01", "", "IA-2 is a superset of PR.AA-01.", "7"}},
	} {
		rows, err := book(t, one(), c.o).GetRows("Relationships")
		if err != nil || len(rows) != 2 || strings.Join(rows[1], "|") != strings.Join(c.want, "|") {
			t.Errorf("%+v: %q, %v; want %q", c.o, rows, err, c.want)
		}
	}
}

func saved(t *testing.T, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatPeopleChangeInTheTemplateCounts(t *testing.T) {
	f := book(t, one(), olir.Options{FocalTarget: true})
	for at, text := range map[string]string{"D2": "intersects with", "H2": "N/A", "A3": "IA-5", "E3": "PR.AA-01", "D3": "subset of", "C3": "Functional"} {
		if err := f.SetCellStr("Relationships", at, text); err != nil {
			t.Fatal(err)
		}
	}

	c, err := olir.Read(saved(t, f))

	if err != nil || len(c.Rows) != 2 || c.Rows[0].Relation != crosswalk.IntersectsWith || c.Rows[0].Strength != nil {
		t.Fatalf("%v: %+v", err, c)
	}
	if r := c.Rows[1]; r.Source != "PR.AA-01" || r.Target != "IA-5" || r.Relation != crosswalk.SupersetOf || r.RationaleType != crosswalk.Functional {
		t.Errorf("a row that was added reads %+v", r)
	}
}

func TestWhatIsWrongIsToldByItsRow(t *testing.T) {
	f := book(t, one(), olir.Options{})
	for at, text := range map[string]string{"D2": "same", "A3": "PR.AA-02", "E3": "IA-2", "H3": "eleven"} {
		if err := f.SetCellStr("Relationships", at, text); err != nil {
			t.Fatal(err)
		}
	}
	_, err := olir.Read(saved(t, f))
	for _, want := range []string{`row 2: unknown relationship "same"`, `row 3: strength "eleven"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := f.DeleteSheet("Concord"); err != nil {
		t.Fatal(err)
	}
	if data := saved(t, f); olir.Is(data) {
		t.Error("a workbook of others is taken for ours")
	} else if _, err := olir.Read(data); err == nil || !strings.Contains(err.Error(), `no sheet "Concord"`) {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := olir.Write(&b, one(), olir.Options{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := olir.Read(data)
		if err == nil && c.Check() == nil {
			if err := olir.Write(io.Discard, c, olir.Options{}); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}
