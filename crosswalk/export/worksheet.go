package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"concord/crosswalk"
	"concord/internal/cell"
)

// open stands where a person is to put a relation.
const open = "?"

// Worksheet writes pairs for a person to judge, as comma-separated values: a
// row for each, with both texts, a question mark in the column "relationship"
// and room for a note. What the system thinks of a pair is left out, for it
// would lead the reader; so pairs are in the order of the two documents. If
// nobody has listed anything for the sources yet (fresh), each gets a row
// without target too, to say that nothing maps. The file is read back as labels: rows with a
// question mark are still open, and a row without target that says
// no_relationship is a gap. It fails if a pair is not one of the document's
// frameworks or w fails.
func Worksheet(w io.Writer, d *Document, pairs []crosswalk.Proposal, fresh bool) error {
	place := map[string]int{}
	for i, e := range d.Target.Elements {
		place[e.ID] = i
	}
	bySource := map[string][]string{}
	for _, p := range pairs {
		if err := d.checkProposal(p); err != nil {
			return fmt.Errorf("write worksheet: %s to %s: %w", p.Source, p.Target, err)
		}
		bySource[p.Source.ID] = append(bySource[p.Source.ID], p.Target.ID)
	}
	out := csv.NewWriter(w)
	out.Write([]string{"source_id", "source_title", "source_text", "target_id", "target_title", "target_text", "relationship", "note"})
	for _, e := range d.Source.Elements {
		targets := bySource[e.ID]
		slices.SortFunc(targets, func(a, b string) int { return place[a] - place[b] })
		if fresh && len(targets) > 0 {
			targets = append(targets, "")
		}
		for _, id := range targets {
			title, text := "", "(no_relationship here says that nothing maps to it; what is missing goes into rows of its own)"
			if t, ok := d.Target.Element(id); ok {
				title, text = t.Title, statement(d.Target, t)
			}
			cells := []string{e.ID, e.Title, statement(d.Source, e), id, title, text, open, ""}
			for i, c := range cells {
				cells[i] = cell.Disarm(visible(strings.ToValidUTF8(c, "\uFFFD")))
			}
			out.Write(cells)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write worksheet: %w", err)
	}
	return nil
}
