package mapping_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/table"
	"concord/crosswalk/mapping"
)

// TestTheTablesOfConcordAreReadAsLabels holds for pairs and for the gaps that
// labels know: sources that were judged.
func TestTheTablesOfConcordAreReadAsLabels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		var data bytes.Buffer
		if err := table.Write(&data, c); err != nil {
			rt.Fatal(err)
		}

		labels, err := mapping.Read("table.csv", data.Bytes())

		if err != nil {
			rt.Fatalf("%v\n%s", err, data.Bytes())
		}
		type label struct {
			source, target string
			relation       crosswalk.Relation
			gap            bool
		}
		var want, got []label
		for _, r := range c.Rows {
			want = append(want, label{r.Source, r.Target, r.Relation, false})
		}
		for _, g := range c.Gaps {
			if g == (exchange.Gap{Side: crosswalk.SourceSide, ID: g.ID, Title: g.Title, Judged: true}) {
				want = append(want, label{source: g.ID, gap: true})
			}
		}
		for _, r := range labels.Rows {
			got = append(got, label{r.Source, r.Target, r.Relation, r.Gap})
		}
		if !slices.Equal(got, want) || labels.SourceFramework != "house "+c.Source.Edition && len(want) > 0 {
			rt.Errorf("%q: %v, want %v", labels.SourceFramework, got, want)
		}
	})
}
