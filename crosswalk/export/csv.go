package export

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"concord/crosswalk"
	"concord/internal/cell"
)

// CSVOptions says what a CSV file holds. The zero value is usable.
type CSVOptions struct {
	// All adds the pairs without relationship and those not judged. Mapped
	// and failed pairs and a row for each source gap are always there.
	All bool
	// Raw leaves cells as they are. Spreadsheets then run as formulas what
	// only looks like text; set it only for a program that reads the file.
	Raw bool
}

// columns returns the header of a CSV file. Rows are built by [Document.record].
func columns() []string {
	return []string{
		"source_id", "source_title", "source_text", "target_id", "target_title", "target_text",
		"outcome", "relation", "sentence", "rationale_type", "strength", "probability", "rationale",
		"source_quote", "target_quote", "origin", "evidence", "focus_area", "priority", "basis", "flags",
		"proposal_id", "run", "tool", "status",
	}
}

// CSV writes the document as comma-separated values (RFC 4180, UTF-8, lines
// end in a line feed): a header, then a row per pair and a row without target
// and with the flag "gap" per source that nothing maps. Several quotes,
// evidence and flags in one cell are separated by " | ". It fails if the
// document contradicts itself or w fails.
func CSV(w io.Writer, d *Document) error {
	if err := d.check(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	out.Write(columns()) // the writer keeps the first error for out.Error
	for _, r := range d.rows() {
		for _, p := range r.proposals {
			if d.CSV.All || p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Failed {
				out.Write(d.record(r, p, sentence(p)))
			}
		}
		if r.outcome != crosswalk.Mapped {
			gap := crosswalk.Proposal{Outcome: r.outcome, Run: d.Run, Flags: []string{"gap"}}
			out.Write(d.record(r, gap, r.gap()))
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// record returns the cells of one pair, or of a gap if p has no target.
func (d *Document) record(r row, p crosswalk.Proposal, sentence string) []string {
	e := r.element
	var targetTitle, targetText, strength, probability, priority string
	if t, ok := d.Target.Element(p.Target.ID); ok {
		targetTitle, targetText = t.Title, statement(d.Target, t)
	}
	if p.Strength != nil {
		strength = strconv.Itoa(*p.Strength)
	}
	if p.Target.ID != "" && (p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Unrelated) {
		probability = fmt.Sprintf("%.3f", p.Probability)
	}
	if n := cmp.Or(p.Priority, e.Priority); n != 0 {
		priority = strconv.Itoa(n)
	}
	cells := []string{
		e.ID, e.Title, statement(d.Source, e), p.Target.ID, targetTitle, targetText,
		string(p.Outcome), string(p.Relation), sentence, string(p.RationaleType), strength, probability, p.Rationale,
		list(quotes(p, crosswalk.SourceSide)), list(quotes(p, crosswalk.TargetSide)), string(p.Origin), list(evidence(p)),
		cmp.Or(p.Focus, e.Focus), priority, p.Basis, list(p.Flags),
		p.ID, cmp.Or(p.Run, d.Run), strings.TrimSpace(d.Tool + " " + d.Version), d.status(),
	}
	for i, c := range cells {
		c = strings.ToValidUTF8(c, "\uFFFD")
		if !d.CSV.Raw {
			c = cell.Disarm(visible(c))
		}
		cells[i] = c
	}
	return cells
}

// status says whether a person has confirmed the document.
func (d *Document) status() string {
	if d.Draft {
		return "draft"
	}
	return "confirmed"
}

// evidence puts the precedents of a proposal into words.
func evidence(p crosswalk.Proposal) []string {
	var out []string
	for _, e := range p.Evidence {
		out = append(out, fmt.Sprintf("%s in %s (similarity %.3f)", e.Source, e.Set, e.Similarity))
	}
	return out
}

func list(items []string) string { return strings.Join(items, " | ") }
