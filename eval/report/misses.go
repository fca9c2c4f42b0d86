package report

import (
	"fmt"
	"strconv"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
)

// mostMisses is how many of the worst misses are told of a set.
const mostMisses = 20

// A miss is a listed pair that was ranked low, with what a reader needs to
// tell whose fault it is.
type miss struct {
	Rank, Targets  int
	Ranked         bool
	Source, Target corpus.Element
	Verdict        string
	Instead        []instead
}

// Instead is a target that was ranked at the top.
type instead struct {
	ID, Name string
	Listed   bool
}

func (s Set) misses(seen Seen) []miss {
	var out []miss
	for _, m := range eval.Misses(seen.Cases, mostMisses) {
		target, ok := s.Target.Element(m.Target)
		if !ok {
			target.ID = m.Target
		}
		told := miss{Rank: m.Rank, Targets: seen.Targets, Ranked: m.Rank <= len(m.Case.Ranked), Source: m.Case.Source, Target: target, Verdict: verdict(m)}
		for _, id := range m.Instead {
			e, _ := s.Target.Element(id)
			l, known := m.Case.Labels[id]
			told.Instead = append(told.Instead, instead{id, nameOf(e), known && !l.Pooled && l.Relation != crosswalk.NoRelationship})
		}
		out = append(out, told)
	}
	return out
}

// Place says where the pair stands.
func (m miss) Place() string {
	if !m.Ranked {
		return "not ranked"
	}
	return fmt.Sprintf("rank %d of %d", m.Rank, m.Targets)
}

// SourceName and TargetName say what the elements are about.
func (m miss) SourceName() string { return nameOf(m.Source) }
func (m miss) TargetName() string { return nameOf(m.Target) }

// nameOf returns the title of an element, or how its text begins.
func nameOf(e corpus.Element) string {
	if e.Title != "" {
		return clip(e.Title, 100)
	}
	return clip(e.Text, 100)
}

// verdict says what the judge made of the pair.
func verdict(m eval.Miss) string {
	if m.Case.Decisions == nil {
		return ""
	}
	for _, d := range m.Case.Decisions {
		if d.Target != m.Target {
			continue
		}
		switch d.Outcome {
		case crosswalk.Mapped:
			return "Proposed all the same, with a probability of " + plain(d.Probability) + "."
		case crosswalk.Failed:
			return "The judge's answer on this pair was unusable."
		}
		return "Judged and not proposed, with a probability of " + plain(d.Probability) + "."
	}
	return "Never judged: it is not among the " + strconv.Itoa(len(m.Case.Decisions)) + " best candidates."
}

// A confusion is a matrix of relations, or why there is none.
type confusion struct {
	Head []string // the system's relations
	Rows []confused
	Why  string
}

type confused struct {
	Name  string // the expert's relation
	Cells []confusedCell
}

type confusedCell struct {
	Pairs int
	Share int // of the row, in fifths, rounded up
	Same  bool
}

func confusionOf(seen Seen) confusion {
	typed, decides := false, false
	for _, c := range seen.Cases {
		decides = decides || c.Decisions != nil
		for _, l := range c.Labels {
			typed = typed || l.Relation != ""
		}
	}
	switch {
	case !decides:
		return confusion{Why: seen.System + " only ranks, so there are no relations to compare."}
	case !typed:
		return confusion{Why: "The experts said which pairs are related but not how, so there is nothing to hold the relations of " + seen.System + " against."}
	}
	var m confusion
	relations := crosswalk.Relations()
	for _, r := range relations {
		m.Head = append(m.Head, string(r))
	}
	all := 0
	for i, counts := range eval.Confuse(seen.Cases) {
		total := 0
		for _, n := range counts {
			total += n
		}
		all += total
		r := confused{Name: string(relations[i])}
		for j, n := range counts {
			cell := confusedCell{Pairs: n, Same: i == j}
			if total > 0 {
				cell.Share = (5*n + total - 1) / total
			}
			r.Cells = append(r.Cells, cell)
		}
		m.Rows = append(m.Rows, r)
	}
	if all == 0 {
		return confusion{Why: seen.System + " decided on none of the pairs to which the experts gave a relation."}
	}
	return m
}
