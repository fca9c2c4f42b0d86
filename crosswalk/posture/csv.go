package posture

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"concord/internal/cell"
)

// WriteCSV writes a row for each outcome, those that are not included without a
// status, with the fields of the CSF 2.0
// Organizational Profile, what follows and the chain of evidence, a mapping on
// every line of its cell. UTF-8, lines end in CRLF as RFC 4180 wants it. Cells
// that a spreadsheet would run begin with an apostrophe.
func WriteCSV(w io.Writer, r *Report) error {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	c.UseCRLF = true
	header := []string{"id", "kind", "title", "focus_area", "included", "rationale", "priority", "status", "perhaps", "contradiction", "evidence"}
	for _, side := range []string{"current", "target"} {
		for _, f := range []string{"status", "policies", "practices", "roles", "evidence"} {
			header = append(header, side+"_"+f)
		}
	}
	c.Write(header) // a buffer takes everything
	for _, o := range r.Outcomes {
		c.Write(cells(o))
	}
	c.Flush()
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func cells(o Outcome) []string {
	included, contradiction, priority := "no", "", ""
	if o.Included {
		included = "yes"
	}
	if o.Check.Contradiction() {
		contradiction = o.Check.Message
	}
	if o.Priority > 0 {
		priority = strconv.Itoa(o.Priority)
	}
	status := string(o.Status)
	if !o.Included {
		status = ""
	}
	var chain []string
	for _, l := range o.Evidence {
		chain = append(chain, l.Sentence(o.ID))
	}
	row := []string{
		cell.Encode(o.ID), cell.Encode(o.Kind), cell.Encode(o.Title), cell.Encode(o.Focus), included, cell.Encode(o.Rationale), priority,
		status, string(o.Perhaps), contradiction, lines(chain),
	}
	for _, c := range []Claim{o.Current, o.Target} {
		row = append(row, string(c.Status), lines(c.Policies), lines(c.Practices), lines(c.Roles), lines(c.Evidence))
	}
	return row
}

// lines returns a cell with every item on a line of its own.
func lines(items []string) string {
	out := slices.Clone(items)
	for i := range out {
		out[i] = cell.EncodeItem(out[i])
	}
	return cell.Disarm(strings.Join(out, "\n"))
}
