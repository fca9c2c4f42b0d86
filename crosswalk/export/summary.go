package export

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// Counts says how many things had which outcome. The four add up to Total.
type Counts struct {
	Total     int `json:"total"`
	Mapped    int `json:"mapped"`
	Unrelated int `json:"no_relationship"`
	NotJudged int `json:"not_judged"`
	Failed    int `json:"failed"`
}

func (c *Counts) add(o crosswalk.Outcome) {
	c.Total++
	switch o {
	case crosswalk.Mapped:
		c.Mapped++
	case crosswalk.Unrelated:
		c.Unrelated++
	case crosswalk.Failed:
		c.Failed++
	default:
		c.NotJudged++
	}
}

// A Summary counts a document.
type Summary struct {
	// Sources and Targets count distinct elements. A source element has the
	// outcome its result states. A target is mapped if any source maps to it,
	// no_relationship if it was judged and never mapped, failed if judging it
	// failed every time, and not_judged if no proposal names it.
	Sources Counts `json:"sources"`
	Targets Counts `json:"targets"`
	// Proposals counts pairs.
	Proposals Counts `json:"proposals"`
	// Missed is how many links are expected among the pairs that nobody judged.
	Missed float64 `json:"expected_missed"`
	// Focus splits Sources by focus area, in document order, if the source
	// framework has focus-area cells; elsewhere it is empty.
	Focus []FocusCounts `json:"by_focus_area,omitempty"`
	// Relations counts the judged pairs, in the order of NIST IR 8477.
	Relations []RelationCount `json:"by_relation"`
	// SourceGaps are the sources that nothing maps, TargetGaps the targets
	// that nothing maps to, both in document order. The outcome of a gap says
	// whether it was found by judging or is merely unknown.
	SourceGaps []Gap `json:"-"`
	TargetGaps []Gap `json:"-"`
}

// FocusCounts counts the source elements of one focus area; "none" holds the
// elements that belong to no focus area.
type FocusCounts struct {
	Focus string `json:"focus_area"`
	Counts
}

// A RelationCount says how many judged pairs have a relation.
type RelationCount struct {
	Relation crosswalk.Relation `json:"relation"`
	Count    int                `json:"count"`
}

// A Gap is an element without a mapping.
type Gap struct {
	ID      string            `json:"id"`
	Title   string            `json:"title,omitempty"`
	Outcome crosswalk.Outcome `json:"outcome"` // never mapped
}

// Summary counts the document. What has no result is counted as not judged.
func (d *Document) Summary() Summary {
	var s Summary
	rows := d.rows()
	for _, r := range rows {
		s.Sources.add(r.outcome)
		s.Missed += r.result.Missed
		if r.outcome != crosswalk.Mapped {
			s.SourceGaps = append(s.SourceGaps, Gap{r.element.ID, r.element.Title, r.outcome})
		}
	}
	s.Missed = math.Round(s.Missed*10) / 10 // an estimate
	s.Focus = byFocus(rows)
	for _, g := range d.targets() {
		s.Targets.add(g.Outcome)
		if g.Outcome != crosswalk.Mapped {
			s.TargetGaps = append(s.TargetGaps, g)
		}
	}
	n := map[crosswalk.Relation]int{}
	for _, p := range d.Proposals {
		s.Proposals.add(p.Outcome)
		switch p.Outcome {
		case crosswalk.Mapped:
			n[p.Relation]++
		case crosswalk.Unrelated:
			n[crosswalk.NoRelationship]++
		}
	}
	for _, r := range crosswalk.Relations() {
		s.Relations = append(s.Relations, RelationCount{r, n[r]})
	}
	return s
}

func byFocus(rows []row) []FocusCounts {
	var out []FocusCounts
	cells := false
	for _, r := range rows {
		focus := cmp.Or(r.element.Focus, "none")
		cells = cells || focus != "none"
		i := slices.IndexFunc(out, func(c FocusCounts) bool { return c.Focus == focus })
		if i < 0 {
			i = len(out)
			out = append(out, FocusCounts{Focus: focus})
		}
		out[i].add(r.outcome)
	}
	if !cells {
		return nil
	}
	return out
}

// A row is one source element with all that is known about it.
type row struct {
	element   corpus.Element
	result    crosswalk.Result
	outcome   crosswalk.Outcome
	proposals []crosswalk.Proposal // by rank
}

// rows returns the source elements in document order.
func (d *Document) rows() []row {
	results := make(map[string]crosswalk.Result, len(d.Sources))
	proposals := make(map[string][]crosswalk.Proposal)
	used := map[string]bool{}
	for _, s := range d.Sources {
		results[s.Source] = s
		used[s.Source] = true
	}
	for _, p := range d.Proposals {
		proposals[p.Source.ID] = append(proposals[p.Source.ID], p)
		used[p.Source.ID] = true
	}
	var rows []row
	for _, e := range scope(d.Source, d.SourceIDs, used) {
		r := row{element: e, result: results[e.ID], proposals: proposals[e.ID]}
		slices.SortFunc(r.proposals, func(a, b crosswalk.Proposal) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Target.ID, b.Target.ID),
				cmp.Compare(a.RationaleType, b.RationaleType))
		})
		r.outcome = r.settle()
		rows = append(rows, r)
	}
	return rows
}

// settle says what became of the element. No relationship is a finding, so it
// takes a result that states it and a judge that answered; everything short of
// that has not been judged.
func (r row) settle() crosswalk.Outcome {
	switch {
	case r.count(crosswalk.Mapped) > 0:
		return crosswalk.Mapped
	case r.result.Outcome == crosswalk.Failed:
		return crosswalk.Failed
	case r.result.Outcome == crosswalk.Unrelated && (r.result.Judged > 0 || r.count(crosswalk.Unrelated) > 0):
		return crosswalk.Unrelated
	}
	return crosswalk.NotJudged
}

func (r row) count(o crosswalk.Outcome) int {
	n := 0
	for _, p := range r.proposals {
		if p.Outcome == o {
			n++
		}
	}
	return n
}

// gap puts into words why nothing maps the element.
func (r row) gap() string {
	if r.outcome == crosswalk.NotJudged {
		return r.element.ID + " has not been judged"
	}
	why := fmt.Sprintf("%s has no mapped target: %d judged and not related", r.element.ID, max(r.result.Judged, r.count(crosswalk.Unrelated)))
	if n := r.count(crosswalk.Failed); n > 0 {
		why += fmt.Sprintf(", %d failed", n)
	}
	return why + fmt.Sprintf(", %d not judged", r.result.NotJudged)
}

// targets returns the target elements in document order with what became of
// each over all sources.
func (d *Document) targets() []Gap {
	strength := func(o crosswalk.Outcome) int { // a later one gives way to an earlier one
		return slices.Index([]crosswalk.Outcome{crosswalk.NotJudged, crosswalk.Failed, crosswalk.Unrelated, crosswalk.Mapped}, o)
	}
	best := map[string]crosswalk.Outcome{}
	used := map[string]bool{}
	for _, p := range d.Proposals {
		used[p.Target.ID] = true
		if strength(p.Outcome) > strength(best[p.Target.ID]) {
			best[p.Target.ID] = p.Outcome
		}
	}
	var out []Gap
	for _, e := range scope(d.Target, d.TargetIDs, used) {
		out = append(out, Gap{e.ID, e.Title, cmp.Or(best[e.ID], crosswalk.NotJudged)})
	}
	return out
}

// scope returns the elements to count, each once and in document order: those
// the run set out to cover and those it turned out to use.
func scope(f *corpus.Framework, ids []string, used map[string]bool) []corpus.Element {
	if f == nil {
		return nil
	}
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	if ids == nil {
		for _, e := range f.Mappable() {
			in[e.ID] = true
		}
	}
	var out []corpus.Element
	for _, e := range f.Elements {
		if in[e.ID] || used[e.ID] {
			out = append(out, e)
		}
	}
	return out
}
