package exchange_test

import (
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

func TestADecisionThatContradictsItselfIsRefused(t *testing.T) {
	eleven := 11
	typed := exchange.Decision{Action: exchange.Correct, Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic}
	for name, c := range map[string]struct {
		change func(*exchange.Decision)
		fine   bool
	}{
		"corrected":                  {func(*exchange.Decision) {}, true},
		"accepted":                   {func(d *exchange.Decision) { d.Action = exchange.Accept }, true},
		"not related, accepted":      {func(d *exchange.Decision) { d.Action, d.Relation = exchange.Accept, crosswalk.NoRelationship }, true},
		"rejected":                   {func(d *exchange.Decision) { *d = exchange.Decision{Action: exchange.Reject, Reason: "too-strong"} }, true},
		"skipped":                    {func(d *exchange.Decision) { *d = exchange.Decision{Action: exchange.Skip} }, true},
		"no action":                  {func(d *exchange.Decision) { d.Action = "" }, false},
		"rejected without reason":    {func(d *exchange.Decision) { *d = exchange.Decision{Action: exchange.Reject} }, false},
		"rejected, yet related":      {func(d *exchange.Decision) { d.Action, d.Reason = exchange.Reject, "other" }, false},
		"corrected to no relation":   {func(d *exchange.Decision) { d.Relation = crosswalk.NoRelationship }, false},
		"unknown reason":             {func(d *exchange.Decision) { d.Reason = "because" }, false},
		"strength out of range":      {func(d *exchange.Decision) { d.Strength = &eleven }, false},
		"accepted without relation":  {func(d *exchange.Decision) { d.Action, d.Relation = exchange.Accept, "" }, false},
		"corrected without its type": {func(d *exchange.Decision) { d.RationaleType = "" }, false},
	} {
		d := typed
		c.change(&d)
		if err := d.Check(); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}
