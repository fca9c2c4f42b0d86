package review

import (
	"html/template"
	"net/http"
	"strconv"

	"concord/crosswalk"
	"concord/crosswalk/overview"
)

// overview shows how much of both frameworks is covered; each figure leads to its
// rows.
func (d *seat) overview(*http.Request) (reply, error) {
	pairs := make([]crosswalk.Standing, 0, len(d.rows))
	hidden := 0
	for _, r := range d.rows {
		if d.blind(r) {
			hidden++
			continue
		}
		pairs = append(pairs, r.Standing)
	}
	o, err := overview.Of(overview.Input{
		Source: d.Draft.Source, Target: d.Draft.Target, SourceIDs: d.Draft.SourceIDs, TargetIDs: d.Draft.TargetIDs,
		Pairs: pairs, Threshold: d.Draft.Threshold,
	})
	if err != nil {
		return reply{}, err
	}
	drawing, err := o.HTML(d.rowsOf)
	return view("overview", struct {
		Drawing template.HTML
		Hidden  int
	}{drawing, hidden}), err
}

// rowsOf returns where the rows of a part of the overview are.
func (d *seat) rowsOf(c overview.Cell) string {
	values := []string{"source", c.Source, "function", c.Function, "focus", c.Focus, "family", c.Family, "relation", string(c.Relation), "outcome", string(c.Outcome)}
	switch {
	case c.Priority == overview.NoPriority:
		values = append(values, "priority", overview.None)
	case c.Priority > 0:
		values = append(values, "priority", strconv.Itoa(c.Priority))
	}
	if c.Bin > 0 {
		values = append(values, "bin", strconv.Itoa(c.Bin))
	}
	f := d.filter(queues()[0], values...)
	if c.State == overview.Gap && c.Source == "" && c.Family == "" {
		return f.url("/sources", "gaps", "yes")
	}
	f.State = stateAll
	switch {
	case c.Relation != "" && c.State == overview.Decided:
		f.State = stateDecided
	case c.Relation != "" && c.State == overview.Open:
		f.State = stateOpen
	case c.State == overview.Mapped || c.State == overview.Open:
		f = f.and("stands", string(c.State))
	}
	return f.url("/list")
}
