package mapping

import (
	"fmt"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/document"
)

// Crosswalk returns the table as what passes from tool to tool. A framework
// that is known by what the file calls it has its canonical name and edition,
// and its ids have their canonical spelling; another one keeps what the file
// says, which may be nothing. Rows are in the order of the file, and one that
// says again what stands above is left out.
func (t *Table) Crosswalk() *exchange.Crosswalk {
	c := &exchange.Crosswalk{Source: called(t.SourceFramework), Target: called(t.TargetFramework)}
	seen := map[Row]bool{}
	for _, r := range t.Rows {
		source := corpus.NormalizeID(c.Source.Name, c.Source.Edition, r.Source)
		if r.Gap {
			c.Gaps = append(c.Gaps, exchange.Gap{Side: crosswalk.SourceSide, ID: source, Judged: true})
			continue
		}
		target := corpus.NormalizeID(c.Target.Name, c.Target.Edition, r.Target)
		said := Row{Source: source, Target: target, Relation: r.Relation, RationaleType: r.RationaleType}
		if seen[said] {
			continue
		}
		seen[said] = true
		row := exchange.Row{Source: source, Target: target, Relation: r.Relation, RationaleType: r.RationaleType, Rationale: r.Rationale}
		if strength := r.Strength; strength >= 0 {
			row.Strength = &strength
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// called returns the framework that goes by a name in a file: name@edition, or
// a title.
func called(name string) exchange.Framework {
	short, edition, _ := strings.Cut(name, "@")
	if short != "" && !strings.Contains(short, " ") && edition != "" {
		return exchange.Framework{Name: short, Edition: edition}
	}
	known, edition := corpus.Recognize(name, "")
	if known == "" {
		return exchange.Framework{Name: name}
	}
	if edition == "r" { // a revision that it does not number
		edition = ""
	}
	return exchange.Framework{Name: known, Edition: edition, Title: name}
}

// readExported reads a crosswalk in Concord's own JSON.
func readExported(data []byte) (*Table, error) {
	c, err := document.Read(data)
	if err != nil {
		return nil, err
	}
	return Of(c, ConcordJSON)
}

// Of returns what a crosswalk in some format says of pairs. Gaps on which nobody
// looked say nothing, and neither do those of the target.
func Of(c *exchange.Crosswalk, format string) (*Table, error) {
	t := &Table{Format: format, SourceFramework: c.Source.Spec(), TargetFramework: c.Target.Spec()}
	for i, r := range c.Rows {
		row := Row{
			Line: i + 1, Where: fmt.Sprintf("row %d", i+1), Source: r.Source, Target: r.Target,
			Relation: r.Relation, Word: string(r.Relation), RationaleType: r.RationaleType, Strength: -1, Rationale: r.Rationale,
			SourceSHA256: r.SourceSHA256, TargetSHA256: r.TargetSHA256,
		}
		if r.Strength != nil {
			row.Strength = *r.Strength
		}
		if err := t.add(row); err != nil {
			return nil, err
		}
	}
	for i, g := range c.Gaps {
		if g.Side != crosswalk.SourceSide || !g.Judged {
			continue
		}
		if err := t.add(Row{Line: i + 1, Where: fmt.Sprintf("gap %d", i+1), Source: g.ID, Strength: -1, Gap: true}); err != nil {
			return nil, err
		}
	}
	return t, nil
}
