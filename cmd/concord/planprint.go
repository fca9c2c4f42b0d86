package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"concord/crosswalk/capacity"
)

// print writes a column for each size of the work.
func (p projection) print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s → %s, %s source elements\n", oneLine(p.From), oneLine(p.To), short(float64(p.Columns[0].SourcesEach)))
	b.WriteString(p.basis())
	b.WriteString("\n")
	var rows [][]string
	row := func(name string, value func(capacity.Totals) string) {
		cells := []string{name}
		for _, t := range p.Columns {
			cells = append(cells, value(t))
		}
		rows = append(rows, cells)
	}
	number := func(of func(capacity.Totals) float64) func(capacity.Totals) string {
		return func(t capacity.Totals) string { return short(of(t)) }
	}
	row("frameworks", func(t capacity.Totals) string { return short(float64(t.Frameworks)) })
	row("crosswalks", func(t capacity.Totals) string { return short(float64(t.Crosswalks)) })
	row("source elements", number(func(t capacity.Totals) float64 { return t.Sources }))
	row("calls", number(func(t capacity.Totals) float64 { return t.Calls }))
	row("tokens in", number(func(t capacity.Totals) float64 { return t.TokensIn }))
	row("tokens out", number(func(t capacity.Totals) float64 { return t.TokensOut }))
	if p.Priced {
		row("cost", func(t capacity.Totals) string { return money(t.Cost) })
	}
	row("proposals", number(func(t capacity.Totals) float64 { return t.Proposals }))
	row("rows", number(func(t capacity.Totals) float64 { return t.Rows }))
	row("ledger", func(t capacity.Totals) string { return octets(t.Bytes) })
	row("queue", func(t capacity.Totals) string { return octets(t.JobBytes) })
	row("memory", func(t capacity.Totals) string { return octets(t.Memory) })
	row("vectors", func(t capacity.Totals) string { return octets(t.Vectors) })
	for _, l := range p.Columns[len(p.Columns)-1].Limits {
		if l.Hours == 0 { // what there is no limit of
			continue
		}
		row(l.Name, func(t capacity.Totals) string { return lasting(hoursOf(t, l.Name)) })
	}
	row("in all", func(t capacity.Totals) string { return lasting(t.Hours) })
	align(&b, rows)
	_, err := w.Write(b.Bytes())
	return err
}

// align writes rows with their first cells to the left and figures to the right.
func align(b *bytes.Buffer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, c := range cells {
			widths[i] = max(widths[i], len(c))
		}
	}
	for _, cells := range rows {
		fmt.Fprintf(b, "%-*s", widths[0], cells[0])
		for i, c := range cells[1:] {
			fmt.Fprintf(b, "  %*s", widths[i+1], c)
		}
		b.WriteByte('\n')
	}
}

// basis says what the figures of one source are and where they are from.
func (p projection) basis() string {
	u := p.Unit
	if u.Calls == 0 {
		return fmt.Sprintf("A source: %.1f proposals, no call of a model.\n", u.Proposals)
	}
	from := "as it would be asked"
	if p.Pilot != "" {
		from = "as in run " + oneLine(p.Pilot)
	}
	return fmt.Sprintf("A source, %s: %.2f calls of %.0f tokens in and %.0f out, %.1f s each; %.1f proposals.\n",
		from, u.Calls, u.TokensIn, u.TokensOut, u.Answer, u.Proposals)
}

func hoursOf(t capacity.Totals, name string) float64 {
	i := slices.IndexFunc(t.Limits, func(l capacity.Limit) bool { return l.Name == name })
	return t.Limits[i].Hours
}

// short writes a number with three figures or so; bn is a thousand million.
func short(n float64) string {
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, "tn"}, {1e9, "bn"}, {1e6, "M"}} {
		if n >= unit.of {
			return figures(n/unit.of) + " " + unit.name
		}
	}
	return grouped(fmt.Sprintf("%.0f", n))
}

// octets writes a number of bytes in the units of a thousand.
func octets(n float64) string {
	name := "B"
	for _, next := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if n < 1000 {
			break
		}
		n, name = n/1000, next
	}
	return figures(n) + " " + name
}

func money(n float64) string {
	if n < 1000 {
		return fmt.Sprintf("%.2f", n)
	}
	return short(n)
}

// lasting writes a time that is given in hours.
func lasting(hours float64) string {
	switch {
	case hours < 1./60:
		return figures(hours*3600) + " s"
	case hours < 1:
		return figures(hours*60) + " min"
	case hours < 48:
		return figures(hours) + " h"
	case hours < 2*365*24:
		return figures(hours/24) + " days"
	}
	return figures(hours/24/365) + " years"
}

// figures writes a number below a thousand with two figures at least.
func figures(n float64) string {
	if n < 9.95 {
		return fmt.Sprintf("%.1f", n)
	}
	return grouped(fmt.Sprintf("%.0f", n))
}

// grouped puts commas between thousands.
func grouped(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
