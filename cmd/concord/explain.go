package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk/candidate"
)

// because says in one line what speaks for a target and what against it, most
// telling first. What speaks for it is shared out to 100 %; what speaks against
// it is measured by the same sum. Less than half a percent is left out.
func because(target *corpus.Framework, id string, of []candidate.Contribution) string {
	of = slices.Clone(of)
	slices.SortStableFunc(of, func(a, b candidate.Contribution) int {
		return cmp.Compare(math.Abs(b.Amount), math.Abs(a.Amount))
	})
	var up, down float64
	for _, c := range of {
		if c.Amount > 0 {
			up += c.Amount
		} else {
			down -= c.Amount
		}
	}
	whole := up
	if up == 0 {
		whole = down
	}
	var reasons, objections []string
	for _, c := range of {
		percent := math.Round(100 * math.Abs(c.Amount) / whole)
		if !(percent >= 1) { // also where all is zero
			continue
		}
		said := fmt.Sprintf("%s %.0f %%", point(target, id, c), percent)
		if c.Amount > 0 {
			reasons = append(reasons, said)
		} else {
			objections = append(objections, said)
		}
	}
	parts := []string{strings.Join(reasons, ", ")}
	if len(objections) > 0 {
		parts = append(parts, "against: "+strings.Join(objections, ", "))
	}
	if len(reasons) == 0 {
		parts = parts[1:]
	}
	return strings.Join(parts, "; ")
}

// point names a signal as one would in talking of a target, with the element
// that it was read from.
func point(target *corpus.Framework, id string, c candidate.Contribution) string {
	var from string
	if len(c.Evidence) > 0 {
		from = c.Evidence[0].Name
	}
	switch c.Signal {
	case candidate.Lexical:
		return "words"
	case candidate.Semantic:
		return "meaning"
	case candidate.Child:
		if c.Amount <= 0 {
			return "best part"
		}
		return bestPart(target, id, c.Evidence)
	case candidate.Related, candidate.Precedent:
		return strings.TrimSpace(c.Signal + " " + from)
	case candidate.Detail:
		return strings.TrimSuffix("detail of "+from, "of ")
	}
	return c.Signal
}

// bestPart names the children that speak for a target: one if words and
// vectors agree.
func bestPart(target *corpus.Framework, id string, evidence []candidate.Reason) string {
	kind := "part"
	var names []string
	for _, r := range evidence {
		name := r.Name
		if name == id {
			name = "itself"
		} else if e, ok := target.Element(name); ok && e.Kind == corpus.KindEnhancement {
			kind = "enhancement"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if slices.Contains(names, "itself") {
		kind = "part"
	}
	return strings.TrimSpace("best " + kind + " " + strings.Join(names, " and "))
}

// table shows what every signal adds to a score, one a line, and the sum.
func table(of []candidate.Contribution, score float64) []string {
	lines := []string{fmt.Sprintf("%-10s %8s %8s %8s  %s", "signal", "adds", "value", "weight", "evidence")}
	for _, c := range of {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%-10s %+8.3f %+8.3f %8.3f  %s",
			c.Signal, c.Amount, c.Value, c.Weight, evidence(c)), " "))
	}
	return append(lines, fmt.Sprintf("%-10s %+8.3f", "score", score))
}

// evidenceShown is how many reasons of one signal a person is told.
const evidenceShown = 6

func evidence(c candidate.Contribution) string {
	var said []string
	for i, r := range c.Evidence {
		if i == evidenceShown {
			said = append(said, fmt.Sprintf("%d more", len(c.Evidence)-i))
			break
		}
		said = append(said, reason(c.Signal, r))
	}
	return strings.Join(said, ", ")
}

// reason says one piece of evidence. The scale of a number follows from what it
// is of.
func reason(signal string, r candidate.Reason) string {
	switch {
	case signal == candidate.Detail:
		return "of " + r.Name
	case signal == candidate.Child && r.Of == candidate.Semantic:
		return fmt.Sprintf("%s by cosine %.2f", r.Name, r.Value)
	case signal == candidate.Child:
		return fmt.Sprintf("%s by words %.2f", r.Name, r.Value)
	case r.Of != "":
		return fmt.Sprintf("%s %.2f in %s", r.Name, r.Value, r.Of)
	}
	return fmt.Sprintf("%s %.2f", r.Name, r.Value)
}
