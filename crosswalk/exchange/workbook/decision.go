package workbook

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
	"concord/internal/cell"
)

// An entry is what a reviewer filled in beside a row.
type entry struct {
	action        exchange.Action
	relation      crosswalk.Relation
	rationaleType crosswalk.RationaleType
	strength      *int
	reason        string
	comment       string
}

// decisionOf returns the decision on a row, or nil if nothing was filled in.
func decisionOf(row exchange.Row, h record.Header, cells []string) (*exchange.Decision, record.Faults) {
	filled := slices.DeleteFunc(yours(), func(name string) bool { return strings.TrimSpace(h.Cell(cells, name)) == "" })
	if len(filled) == 0 {
		return nil, nil
	}
	e, bad := readEntry(h, cells)
	if filled[0] != yourDecision {
		bad = append(bad, at(yourDecision, fmt.Errorf("is empty beside %q: choose one of %q", heading(filled[0]), actions())))
	}
	if len(bad) > 0 {
		return nil, bad
	}
	d, bad := e.decide(row)
	if len(bad) > 0 {
		return nil, bad
	}
	if err := d.Check(); err != nil {
		return nil, record.Faults{at(yourDecision, err)}
	}
	return &d, nil
}

func at(name string, err error) error { return fmt.Errorf("column %q: %w", heading(name), err) }

// readEntry reads the cells to fill in. Case, blanks and dashes in words of a
// list do not count.
func readEntry(h record.Header, cells []string) (e entry, bad record.Faults) {
	of := func(name string) string { return strings.TrimSpace(h.Cell(cells, name)) }
	fault := func(name string, err error) { bad = append(bad, at(name, err)) }
	if s := of(yourDecision); s != "" {
		e.action = exchange.Action(record.Key(s))
		if !slices.Contains(actions(), e.action) {
			fault(yourDecision, fmt.Errorf("unknown decision %.60q: want one of %q", s, actions()))
		}
	}
	var err error
	if s := of(yourRelation); s != "" {
		if e.relation, err = crosswalk.ParseRelation(record.Key(s)); err != nil {
			fault(yourRelation, err)
		}
	}
	if s := of(yourType); s != "" {
		if e.rationaleType, err = crosswalk.ParseRationaleType(record.Key(s)); err != nil {
			fault(yourType, err)
		}
	}
	if s := of(yourStrength); s != "" {
		x, err := strconv.ParseFloat(s, 64)
		if n := int(x); err == nil && float64(n) == x && n >= 0 && n <= 10 {
			e.strength = &n
		} else {
			fault(yourStrength, fmt.Errorf("%.60q is not a whole number from 0 to 10", s))
		}
	}
	if s := of(yourReason); s != "" {
		e.reason = strings.ReplaceAll(record.Key(s), "_", "-")
		if !slices.Contains(exchange.Reasons(), e.reason) {
			fault(yourReason, fmt.Errorf("unknown reason %.60q: want one of %q", s, exchange.Reasons()))
		}
	}
	e.comment = cell.Decode(of(yourComment))
	return e, bad
}

// decide makes a decision on a row of what was filled in. What contradicts the
// row or itself is told by column.
func (e entry) decide(row exchange.Row) (exchange.Decision, record.Faults) {
	d := exchange.Decision{
		Source: row.Source, Target: row.Target, Proposal: row.Proposal, ProposalSHA256: row.ProposalSHA256,
		Action: e.action, Reason: e.reason, Comment: e.comment,
	}
	var bad record.Faults
	fault := func(name, message string, args ...any) { bad = append(bad, at(name, fmt.Errorf(message, args...))) }
	relation, kind, strength := cmp.Or(e.relation, row.Relation), cmp.Or(e.rationaleType, row.RationaleType), cmp.Or(e.strength, row.Strength)
	same := relation == row.Relation && kind == row.RationaleType && equal(strength, row.Strength)
	switch e.action {
	case exchange.Accept:
		if relation != row.Relation {
			fault(yourRelation, "%s is not the %s that is accepted: choose correct, or empty the cell", e.relation, cmp.Or(string(row.Relation), "untyped row"))
		}
		if kind != row.RationaleType {
			fault(yourType, "%s is not the %s that is accepted: choose correct, or empty the cell", e.rationaleType, cmp.Or(string(row.RationaleType), "untyped row"))
		}
		if !equal(strength, row.Strength) {
			fault(yourStrength, "%d is not the strength that is accepted: choose correct, or empty the cell", *e.strength)
		}
		if len(bad) == 0 && (relation == "" || kind == "") {
			fault(yourDecision, "nobody said how the pair is related and compared: choose correct and say it")
		}
	case exchange.Correct:
		switch {
		case relation == crosswalk.NoRelationship:
			fault(yourRelation, "a correction to no_relationship is a rejection: choose reject and a reason, or the relation that holds")
		case relation == "":
			fault(yourRelation, "is empty: say how the pair is related")
		case kind == "":
			fault(yourType, "is empty: say how the pair was compared")
		case same:
			fault(yourDecision, "nothing is corrected: choose accept, or what holds instead")
		}
	case exchange.Reject:
		if row.Relation == crosswalk.NoRelationship {
			fault(yourDecision, "the row says no_relationship already: accept it, or correct it to the relation that holds")
		}
		if e.relation != "" && e.relation != crosswalk.NoRelationship {
			fault(yourRelation, "%s, and the pair is rejected: choose correct, or empty the cell", e.relation)
		}
		if e.reason == "" {
			fault(yourReason, "is empty: a rejection needs one of %q", exchange.Reasons())
		}
		bad = append(bad, e.onlyWithRelation()...)
	case exchange.Skip:
		if e.relation != "" {
			fault(yourRelation, "%s, and the row is skipped: choose correct, or empty the cell", e.relation)
		}
		bad = append(bad, e.onlyWithRelation()...)
	}
	if e.action == exchange.Accept || e.action == exchange.Correct {
		d.Relation, d.RationaleType, d.Strength = relation, kind, strength
	}
	return d, bad
}

// onlyWithRelation faults what says how a pair is related where it is not.
func (e entry) onlyWithRelation() (bad record.Faults) {
	if e.rationaleType != "" {
		bad = append(bad, at(yourType, errors.New("goes with accept and correct only: empty the cell")))
	}
	if e.strength != nil {
		bad = append(bad, at(yourStrength, errors.New("goes with accept and correct only: empty the cell")))
	}
	return bad
}

func equal(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }
