package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// whereSaid returns what holds the details of a row that Concord wrote: the map,
// or the target in a group.
func whereSaid(m, target node) node {
	for _, n := range []node{m, target} {
		if prop(n, "review-state") != "" {
			return n
		}
	}
	return node{}
}

// common reads what all rows of a map share.
func (r *reader) common(mapping, m node) exchange.Row {
	var row exchange.Row
	rel := m.get("relationship")
	said := cmp.Or(rel.text(), rel.get("type").text())
	ns := m.get("ns").text()
	switch {
	case ns == "" || ns == standard:
		row.Relation = relation(said)
		if row.Relation == "" && said != "" {
			row.Flags = append(row.Flags, "relationship "+fold(said))
		}
	case ns != Namespace:
		row.Flags = append(row.Flags, "relationship "+fold(said)+" of "+fold(ns))
	}
	if prop(m, "matching-rationale") == "" {
		kind := inherited("matching-rationale", m, mapping, r.collection.get("provenance"))
		if t, err := crosswalk.ParseRationaleType(strings.ToLower(kind)); err == nil {
			row.RationaleType = t
		}
	}
	return row
}

// inherited returns what the first of these says.
func inherited(key string, from ...node) string {
	for _, n := range from {
		if s := n.get(key).text(); s != "" {
			return s
		}
	}
	return ""
}

// foreign reads what others say of a map.
func (r *reader) foreign(row *exchange.Row, mapping, m node) {
	row.Origin = crosswalk.OriginImport
	row.Rationale = strings.TrimSpace(strings.ReplaceAll(m.get("remarks").text(), "\r\n", "\n"))
	provenance := r.collection.get("provenance")
	for _, n := range []node{m, mapping, provenance} {
		if x, ok := n.get("confidence-score").get("percentage").number(); ok && x >= 0 && x <= 1 {
			row.Confidence = &x
			break
		}
	}
	for _, p := range m.get("props").list() {
		if x, err := strconv.Atoi(p.get("value").text()); err == nil && p.get("name").text() == "strength" && x >= 0 && x <= 10 {
			row.Strength = &x
		}
	}
	if inherited("status", mapping, provenance) == "draft" {
		return
	}
	switch inherited("method", mapping, provenance) {
	case "human":
		row.State = exchange.Entered
	case "hybrid":
		row.State = exchange.Accepted
		if row.Relation == crosswalk.NoRelationship {
			row.State = exchange.Rejected
		}
	}
}

// details reads the properties and remarks of a row that Concord wrote.
func details(row *exchange.Row, n node) error {
	row.State = exchange.State(prop(n, "review-state"))
	if row.State == "draft" {
		row.State = exchange.Draft
	}
	row.Reviewer, row.Group, row.StrengthBasis = prop(n, "reviewer"), prop(n, "group"), prop(n, "strength-basis")
	row.Origin, row.Model, row.Prompt = crosswalk.Origin(prop(n, "origin")), prop(n, "model"), prop(n, "prompt-sha256")
	row.Convention, row.Focus, row.Basis = prop(n, "convention"), prop(n, "focus-area"), prop(n, "basis")
	row.Proposal, row.ProposalSHA256 = prop(n, "proposal-id"), prop(n, "proposal-sha256")
	row.Fulfilled = prop(n, "fulfilled-by")
	row.Flags = append(row.Flags, props(n, "flag")...)
	var errs []error
	if s := prop(n, "strength"); s != "" {
		x, err := strconv.Atoi(s)
		row.Strength, errs = &x, append(errs, err)
	}
	for _, f := range []struct {
		name string
		into **float64
	}{{"confidence", &row.Confidence}, {"probability", &row.Probability}} {
		if s := prop(n, f.name); s != "" {
			x, err := strconv.ParseFloat(s, 64)
			*f.into, errs = &x, append(errs, err)
		}
	}
	if s := prop(n, "decided"); s != "" {
		t, err := time.Parse(time.RFC3339, s)
		row.Decided, errs = t.UTC(), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s: %w", n.get("props").at, err)
	}
	for _, p := range partsOf(n.get("remarks").text()) {
		switch p.heading {
		case rationalePart:
			row.Rationale = p.text
		case sourceQuotePart:
			row.Quotes = append(row.Quotes, crosswalk.Quote{Side: crosswalk.SourceSide, Text: p.text})
		case targetQuotePart:
			row.Quotes = append(row.Quotes, crosswalk.Quote{Side: crosswalk.TargetSide, Text: p.text})
		case commentPart:
			row.Comment = p.text
		}
	}
	return nil
}
