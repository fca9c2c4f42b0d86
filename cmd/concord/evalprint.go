package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"concord/eval"
	"concord/eval/report"
)

// columns are the metrics of the short table.
func columns() []eval.Metric {
	var list []eval.Metric
	for _, name := range []string{"top1", "mrr5", "map", "ndcg10", "r20", "r50", "precision", "recall", "f1"} {
		m, _ := eval.MetricByName(name)
		list = append(list, m)
	}
	return list
}

// printTable prints a line for each system on each set, and those that others
// published.
func printTable(w io.Writer, sets []report.Set, by []string) {
	fmt.Fprintf(w, "%-*s", nameWidth, "")
	for _, m := range columns() {
		fmt.Fprintf(w, " %*s", width(m), m.Title)
	}
	fmt.Fprintln(w)
	for _, set := range sets {
		fmt.Fprintln(w, heading(set.Result))
		for _, p := range set.Published {
			printRow(w, "  "+p.System+", published", p.Metrics)
		}
		for _, s := range set.Result.Scores {
			printRow(w, "  "+s.System, s.Metrics)
			if s.System != systemConcord {
				continue
			}
			for _, part := range s.Slices {
				if slices.Contains(by, part.By) {
					printRow(w, fmt.Sprintf("    %s (%d)", part.Name, part.Sources), part.Metrics)
				}
			}
		}
	}
}

// nameWidth is that of the column with the names of systems.
const nameWidth = 33

// width is that of a column, under its title.
func width(m eval.Metric) int { return max(5, len(m.Title)) }

func printRow(w io.Writer, name string, metrics map[string]float64) {
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s", nameWidth, printable(name))
	for _, m := range columns() {
		cell := ""
		if v, ok := metrics[m.Name]; ok {
			cell = strconv.FormatFloat(v, 'f', 3, 64)
		}
		fmt.Fprintf(&b, " %*s", width(m), cell)
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

func heading(set eval.SetResult) string {
	s := set.Scores[len(set.Scores)-1]
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d sources, %d pairs, %d targets", printable(set.Set), s.Sources, s.Labels, s.Targets)
	if set.Folded {
		b.WriteString(", enhancements folded")
	}
	if s.Gaps > 0 {
		fmt.Fprintf(&b, ", %d gaps", s.Gaps)
	}
	if s.LeftOut > 0 {
		fmt.Fprintf(&b, "; %d left out", s.LeftOut)
	}
	return b.String()
}

// metricWidth is that of the column with the names of metrics.
const metricWidth = 22

// printFull prints every metric of the last system on each set, a column for
// each view and for each part that is asked for.
func printFull(w io.Writer, results eval.Results, by []string) {
	for _, set := range results.Sets {
		s := set.Scores[len(set.Scores)-1]
		fmt.Fprintf(w, "%s\n", heading(set))
		type column struct {
			title   string
			metrics map[string]float64
		}
		shown := []column{{"strict", s.Metrics}}
		for _, view := range []eval.View{eval.Condensed, eval.Pooled, eval.Achievable} {
			shown = append(shown, column{string(view), s.Views[view]})
		}
		for _, part := range s.Slices {
			if slices.Contains(by, part.By) {
				shown = append(shown, column{fmt.Sprintf("%6s", printable(part.Name)), part.Metrics})
			}
		}
		fmt.Fprintf(w, "%-*s", metricWidth, "")
		for _, c := range shown {
			fmt.Fprintf(w, "  %*s", len(c.title), c.title)
		}
		fmt.Fprintln(w)
		for _, m := range eval.Metrics() {
			if _, says := s.Metrics[m.Name]; !says {
				continue
			}
			fmt.Fprintf(w, "  %-*s", metricWidth-2, m.Title)
			for _, c := range shown {
				fmt.Fprintf(w, "  %*s", len(c.title), figure(m, c.metrics))
			}
			fmt.Fprintln(w)
		}
		if s.Spent != nil {
			fmt.Fprintln(w, spentLine(*s.Spent))
		}
		fmt.Fprintln(w)
	}
}

func figure(m eval.Metric, metrics map[string]float64) string {
	v, ok := metrics[m.Name]
	switch {
	case !ok:
		return "-"
	case m.Unit == "pairs":
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func spentLine(s eval.Spent) string {
	line := fmt.Sprintf("%d calls, %d tokens in and %d out, %.1f s a call", s.Calls, s.PromptTokens, s.CompletionTokens, s.Latency.Seconds()/float64(max(s.Calls, 1)))
	if s.Cost != nil {
		line += fmt.Sprintf(", cost %.4f", *s.Cost)
	}
	return line
}
