package strm_test

import (
	"bytes"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/strm"
)

func TestAllComesBack(t *testing.T) {
	exchangetest.RoundTrip(t, exchangetest.Format{Held: strm.Held(), Write: strm.Write, Read: strm.Read})
}

func sample(t testing.TB) (*exchange.Crosswalk, []byte) {
	t.Helper()
	c := &exchange.Crosswalk{
		Source: exchange.Framework{Name: "csf", Edition: "2.0", Title: "CSF"}, Target: exchange.Framework{Name: "scf", Edition: "2026"}, Draft: true,
		Rows: []exchange.Row{{Source: "PR.AA-01", Target: "IAC-01", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Rationale: "=1+2"}},
	}
	var b bytes.Buffer
	if err := strm.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return c, b.Bytes()
}

func TestTheFormIsTheOneThatToolsKnow(t *testing.T) {
	_, data := sample(t)
	lines := strings.Split(string(data), "\r\n")

	if !strings.HasPrefix(lines[0], "Focal Document:,CSF (csf@2.0),Draft") || !strings.HasPrefix(lines[1], "Reference Document:,(scf@2026)") {
		t.Errorf("%q", lines[:2])
	}
	if !strings.HasPrefix(lines[3], "FDE #,FDE Name,") || !strings.HasPrefix(lines[4], "PR.AA-01,,,Semantic,subset of,,IAC-01,,,PR.AA-01 is a subset of IAC-01. =1+2,") {
		t.Errorf("%q", lines[3:5])
	}
	if !strm.Is(data) {
		t.Error("it is not recognised")
	}
}

func TestWhatPeopleChangeCounts(t *testing.T) {
	_, data := sample(t)
	changed := bytes.Replace(data, []byte("Semantic,subset of,,IAC-01,,,"), []byte("Functional,equal,,IAC-01,,9,"), 1)

	c, err := strm.Read(changed)

	if err != nil || c.Rows[0].Relation != crosswalk.Equal || c.Rows[0].RationaleType != crosswalk.Functional || *c.Rows[0].Strength != 9 {
		t.Errorf("%v: %+v", err, c)
	}
	for from, want := range map[string]string{"subset of,": `line 5: unknown STRM relationship "part of"`, ",Semantic,": "line 5: unknown rationale type"} {
		to := map[string]string{"subset of,": "part of,", ",Semantic,": ",Guess,"}[from]
		if _, err := strm.Read(bytes.Replace(data, []byte(from), []byte(to), 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestABundleOfTheFrameworkItselfIsTold(t *testing.T) {
	_, ours := sample(t)
	bundle := []byte("Focal Document:,X\nReference Document:,SCF\n,\nFDE #,FDE Name,STRM Rationale,STRM Relationship,SCF Control,SCF #\n1,a,Semantic,equal,b,IAC-01\n")
	if strm.IsBundle(ours) || !strm.IsBundle(bundle) || strm.Is(bundle) {
		t.Error("ours and theirs are not told apart")
	}
}

func FuzzRead(f *testing.F) {
	_, data := sample(f)
	f.Add(data)
	f.Add([]byte("Focal Document:\n\n\nFDE #\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := strm.Read(data)
		if err == nil && c.Check() == nil {
			if err := strm.Write(&bytes.Buffer{}, c); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}
