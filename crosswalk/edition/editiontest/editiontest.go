// Package editiontest makes up a new edition, for tests.
package editiontest

import (
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
)

// Next makes up the next edition of the built-in Profile: a cell is renamed, one
// reworded, one split, two are merged, one is added and one withdrawn.
func Next(t testing.TB) *corpus.Framework {
	t.Helper()
	old, err := builtin.Open("cyber-ai-profile")
	if err != nil {
		t.Fatal(err)
	}
	f := *old
	f.Edition, f.Elements = "next", nil
	for _, e := range old.Elements {
		switch e.ID {
		case "GV.RM-01#defend":
			e.ID = "GV.RM-01#defend-a"
		case "GV.OC-02#defend":
			e.Text = "Weigh the strengths and limits of machine learning for defenders against what stakeholders expect."
		case "GV.OC-05#secure":
			first, rest, _ := strings.Cut(e.Text, ". ")
			part := e
			e.Text, part.Text, part.ID = first+".", rest, "GV.OC-05#secure-b"
			f.Elements = append(f.Elements, e)
			e = part
		case "GV.OC-04#secure":
			other, _ := old.Element("GV.OC-04#defend")
			e.Text += " " + other.Text
		case "GV.OC-04#defend":
			continue
		case "GV.RM-02#thwart":
			e.Withdrawn = true
		case "GV.OC-01":
			f.Elements = append(f.Elements, e)
			e.ID, e.Parent, e.Kind, e.Focus, e.Priority, e.Text = "GV.OC-01#thwart-n", "GV.OC-01", corpus.KindCell, "thwart", 1, "Adversaries read mission statements too."
		}
		f.Elements = append(f.Elements, e)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return &f
}
