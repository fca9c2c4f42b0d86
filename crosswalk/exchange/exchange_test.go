package exchange_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
)

func TestAFormatThatHoldsAllLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		if lost := exchange.Lost(c, exchange.Fields()); len(lost) > 0 {
			rt.Errorf("%v", lost)
		}
		if d := exchangetest.Difference(c, exchange.Holding(c, exchange.Fields())); d != "" {
			rt.Error(d)
		}
	})
}

// TestWhatIsDroppedIsWhatIsLost drops every field by itself: it is counted
// before, and gone after, and nothing else changes but with it.
func TestWhatIsDroppedIsWhatIsLost(t *testing.T) {
	met := map[exchange.Field]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		for _, f := range exchange.Fields() {
			held := slices.DeleteFunc(exchange.Fields(), func(g exchange.Field) bool { return g == f })
			lost := exchange.Lost(c, held)
			rest := exchange.Holding(c, held)
			switch {
			case len(lost) > 1 || len(lost) == 1 && lost[0].Field != f:
				rt.Fatalf("without %s: %v", f, lost)
			case len(lost) == 1 && exchangetest.Difference(c, rest) == "":
				rt.Fatalf("%s is lost, and nothing is gone", f)
			case len(lost) == 0 && exchangetest.Difference(c, rest) != "":
				rt.Fatalf("%s is not lost, yet %s", f, exchangetest.Difference(c, rest))
			}
			met[f] = met[f] || len(lost) == 1
			if again := exchange.Lost(rest, held); len(again) > 0 {
				rt.Fatalf("without %s there is still %v", f, again)
			}
		}
	})
	for _, f := range exchange.Fields() {
		if !met[f] {
			t.Errorf("no crosswalk has %q", f)
		}
	}
}

func TestInvertingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		if d := exchangetest.Difference(c, c.Inverted().Inverted()); d != "" {
			rt.Error(d)
		}
		for i, r := range c.Inverted().Rows {
			if was := c.Rows[i]; r.Source != was.Target || was.Relation == crosswalk.SubsetOf && r.Relation != crosswalk.SupersetOf {
				rt.Errorf("%+v", r)
			}
		}
	})
}

func TestACrosswalkThatContradictsItselfIsRefused(t *testing.T) {
	eleven, half := 11, 1.5
	for name, change := range map[string]func(*exchange.Crosswalk){
		"no framework":    func(c *exchange.Crosswalk) { c.Target.Name = "" },
		"no target":       func(c *exchange.Crosswalk) { c.Rows[0].Target = "" },
		"twice":           func(c *exchange.Crosswalk) { c.Rows = append(c.Rows, c.Rows[0]) },
		"strength":        func(c *exchange.Crosswalk) { c.Rows[0].Strength = &eleven },
		"probability":     func(c *exchange.Crosswalk) { c.Rows[0].Probability = &half },
		"relation":        func(c *exchange.Crosswalk) { c.Rows[0].Relation = "same" },
		"state":           func(c *exchange.Crosswalk) { c.Rows[0].State = "maybe" },
		"rejected, equal": func(c *exchange.Crosswalk) { c.Rows[0].State = exchange.Rejected },
	} {
		c := &exchange.Crosswalk{Source: exchange.Framework{Name: "a"}, Target: exchange.Framework{Name: "b"},
			Rows: []exchange.Row{{Source: "1", Target: "2", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic}}}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		change(c)
		if c.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
