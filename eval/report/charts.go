package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"concord/eval"
)

// A figure is a chart with the same in a table, for who cannot see it.
type figure struct {
	Title, Note string
	Drawing     *drawing
	Table       table
}

// A style tells a system from the others by colour, dash and marker.
type style struct {
	line, dot, bar, own string
	marker              marker
}

// styleOf returns the style of the ith of n systems. The last, which the page
// is about, has the first.
func styleOf(i, n int) style {
	at := n - 1 - i
	s := strconv.Itoa(at%int(markers) + 1)
	return style{"line s" + s, "dot s" + s, "bar b" + s, "own o" + s, marker(at % int(markers))}
}

// figures draws all charts of a set that its observations allow.
func (s Set) figures(id string) []figure {
	var all []figure
	for _, f := range []struct {
		name string
		draw func(Set) (figure, bool)
	}{
		{"pr", Set.precisionRecall}, {"reliability", Set.reliability}, {"risk", Set.riskCoverage}, {"ranks", Set.ranks},
		{"function", slicing("function")}, {"focus", slicing("focus")}, {"priority", slicing("priority")},
	} {
		drawn, ok := f.draw(s)
		if !ok {
			continue
		}
		drawn.Drawing.ID, drawn.Drawing.Title = id+"-"+f.name, drawn.Title
		drawn.Table.Caption = drawn.Title + ", in figures"
		all = append(all, drawn)
	}
	return all
}

// value is a metric of cases, zero if they say nothing of it.
func value(name string, cases []eval.Case) float64 {
	m, ok := eval.MetricByName(name)
	if !ok {
		return 0
	}
	v, _ := m.Of(cases)
	return v
}

// seenWith returns the systems of which there is something to draw.
func seenWith[T any](s Set, of func([]eval.Case) []T) (kept []Seen, values [][]T, styles []style) {
	for i, seen := range s.Seen {
		if v := of(seen.Cases); len(v) > 0 {
			kept, values, styles = append(kept, seen), append(values, v), append(styles, styleOf(i, len(s.Seen)))
		}
	}
	return kept, values, styles
}

func (s Set) precisionRecall() (figure, bool) {
	f := figure{Title: "Precision over recall", Note: "Each point is a threshold: what would be reached if all pairs from that probability up were proposed."}
	systems, curves, styles := seenWith(s, eval.Curve)
	if systems == nil {
		return f, false
	}
	p := newPlot("recall →", "↑ precision", 1, 3*len(systems))
	f.Table.Head = []string{"System", "Recall of at least", "Threshold", "Precision"}
	for i, seen := range systems {
		st := styles[i]
		ceiling := value("recall", eval.Achievable.Through(seen.Cases))
		precision, recall := value("precision", seen.Cases), value("recall", seen.Cases)
		var points []point
		reached := 0.0
		for _, c := range curves[i] {
			if c.Recall > reached { // by steps, only what gains recall counts
				points = append(points, point{c.Recall, c.Precision})
				reached = c.Recall
			}
		}
		p.shape("reach", segment(p.x(ceiling), p.y(0), p.x(ceiling), p.y(1)))
		p.steps(st.line, points)
		p.shape(st.own, diamond.at(p.x(recall), p.y(precision), ownSize))
		p.legend(st.line, "", noMarker, seen.System)
		p.legend("", st.own, diamond, fmt.Sprintf("as it decides: %s at %s", plain(precision), plain(recall)))
		p.legend("reach", "", noMarker, "most recall that its candidates allow")
		f.Table.Groups = append(f.Table.Groups, levels(seen.System, curves[i]))
		p.Desc += fmt.Sprintf("%s has an area under the curve of %s; as it decides, precision is %s at a recall of %s; its candidates allow a recall of %s. ",
			seen.System, plain(value("pr_area", seen.Cases)), plain(precision), plain(recall), plain(ceiling))
	}
	f.Drawing = &p.drawing
	return f, true
}

// levels reads a precision-recall curve at tenths of recall: the best
// precision of the thresholds that reach it.
func levels(system string, curve []eval.Point) group {
	var g group
	for tenth := 1; tenth <= 10; tenth++ {
		level := float64(tenth) / 10
		best := eval.Point{Precision: -1}
		for _, c := range curve {
			if c.Recall >= level-1e-12 && c.Precision > best.Precision {
				best = c
			}
		}
		if best.Precision >= 0 {
			g.Rows = append(g.Rows, row{Name: system, Cells: []string{plain(level), plain(best.Threshold), plain(best.Precision)}})
		}
	}
	return g
}

func (s Set) reliability() (figure, bool) {
	f := figure{Title: "Reliability", Note: "Judged pairs in bins of equal mass, ten where there are enough. On the diagonal, a probability is the share that is listed; with silver labels the shares are lower bounds."}
	systems, binned, styles := seenWith(s, eval.Reliability)
	if systems == nil {
		return f, false
	}
	high := 0.2
	for _, bins := range binned {
		for _, b := range bins {
			high = max(high, math.Ceil(unit(max(b.Said, b.Listed))*5-1e-9)/5)
		}
	}
	p := newPlot("mean probability →", "↑ share listed", high, len(systems)+1)
	f.Table.Head = []string{"System", "Mean probability", "Share listed", "Pairs"}
	p.shape("diagonal", segment(p.x(0), p.y(0), p.x(high), p.y(high)))
	for i, seen := range systems {
		var points []point
		var g group
		fewest, most := binned[i][0].Pairs, 0
		for _, b := range binned[i] {
			points = append(points, point{b.Said, b.Listed})
			g.Rows = append(g.Rows, row{Name: seen.System, Cells: []string{plain(b.Said), plain(b.Listed), strconv.Itoa(b.Pairs)}})
			fewest, most = min(fewest, b.Pairs), max(most, b.Pairs)
		}
		each := many(most, "pair")
		if fewest < most {
			each = fmt.Sprintf("%d or %d pairs", fewest, most)
		}
		p.through(styles[i].line, styles[i].dot, styles[i].marker, points)
		p.legend(styles[i].line, styles[i].dot, styles[i].marker, fmt.Sprintf("%s, %s a bin", seen.System, each))
		f.Table.Groups = append(f.Table.Groups, g)
		p.Desc += fmt.Sprintf("%s, bins of %s: expected calibration error %s. ", seen.System, each, plain(value("ece", seen.Cases)))
	}
	p.legend("diagonal", "", noMarker, "probability and share agree")
	f.Drawing = &p.drawing
	return f, true
}

func (s Set) riskCoverage() (figure, bool) {
	f := figure{Title: "Risk over coverage", Note: "The share that is not listed among the most probable proposals, by how many of them a reader takes. It rises where the probability tells right from wrong."}
	systems, curves, styles := seenWith(s, eval.RiskCoverage)
	if systems == nil {
		return f, false
	}
	p := newPlot("share of the proposals taken →", "↑ share not listed", 1, len(systems))
	f.Table.Head = []string{"System", "Share taken of at least", "Share not listed"}
	for i, seen := range systems {
		var points []point
		var g group
		next := 1
		for _, c := range curves[i] {
			points = append(points, point{c.Coverage, c.Risk})
			for ; next <= 10 && c.Coverage >= float64(next)/10-1e-12; next++ {
				g.Rows = append(g.Rows, row{Name: seen.System, Cells: []string{plain(float64(next) / 10), plain(c.Risk)}})
			}
		}
		p.steps(styles[i].line, points)
		p.legend(styles[i].line, "", noMarker, seen.System)
		f.Table.Groups = append(f.Table.Groups, g)
		p.Desc += fmt.Sprintf("%s: area under the curve %s; of all its proposals %s are not listed. ",
			seen.System, plain(value("risk_area", seen.Cases)), plain(points[len(points)-1].y))
	}
	f.Drawing = &p.drawing
	return f, true
}

func (s Set) ranks() (figure, bool) {
	f := figure{Title: "Ranks of the listed pairs", Note: "How many listed pairs stand at which rank. The last row also has those that are not ranked."}
	if len(s.Seen) == 0 {
		return f, false
	}
	f.Table.Head = []string{"Rank"}
	var rows []cluster
	var classes, names []string
	highest := 1
	for i := len(s.Seen) - 1; i >= 0; i-- { // the one that the page is about first
		seen := s.Seen[i]
		classes, names = append(classes, styleOf(i, len(s.Seen)).bar), append(names, seen.System)
		f.Table.Head = append(f.Table.Head, seen.System)
		for at, b := range eval.RankHistogram(seen.Cases) {
			if at == len(rows) {
				rows = append(rows, cluster{name: rankName(b.Ranks)})
			}
			rows[at].bars = append(rows[at].bars, bar{float64(b.Pairs), strconv.Itoa(b.Pairs), -1})
			highest = max(highest, b.Pairs)
		}
	}
	var g group
	for _, r := range rows {
		line := row{Name: r.name}
		for _, b := range r.bars {
			line.Cells = append(line.Cells, b.text)
		}
		g.Rows = append(g.Rows, line)
	}
	f.Table.Groups = []group{g}
	f.Drawing = bars(classes, names, "", float64(highest), rows)
	f.Drawing.Desc = fmt.Sprintf("At rank 1 stand %s; beyond rank 100 %s, of %s.",
		tally(names, rows[0]), tally(names, rows[len(rows)-1]), strings.Join(names, " and "))
	return f, true
}

// rankName writes "6-10" as it is read, and "101-" as "beyond 100".
func rankName(ranks string) string {
	from, to, isRange := strings.Cut(ranks, "-")
	if first, err := strconv.Atoi(from); isRange && to == "" && err == nil {
		return fmt.Sprintf("beyond %d", first-1)
	}
	return strings.Replace(ranks, "-", "–", 1)
}

func tally(names []string, c cluster) string {
	counts := make([]string, len(c.bars))
	for i, b := range c.bars {
		counts[i] = b.text
	}
	return strings.Join(counts, " and ")
}

// mostRows is how many parts a chart shows; its table has all.
const mostRows = 24

// slicing draws the head figures of the system that the page is about on each
// part of the set, with ticks for the baseline.
func slicing(by string) func(Set) (figure, bool) {
	return func(s Set) (figure, bool) {
		subject, baseline := s.subject(), s.Result.Scores[0]
		f := figure{Title: "By " + slicingName(by), Note: "Means over the sources of each part, from 0 to 1; the number of sources is in brackets."}
		if len(s.Result.Scores) > 1 {
			f.Note += " Ticks show " + baseline.System + "."
		}
		f.Table.Head = []string{capital(slicingName(by)), "Sources"}
		shown := []string{"top1", "mrr5", "map"}
		var titles []string
		for _, name := range shown {
			m, _ := eval.MetricByName(name)
			titles = append(titles, m.Title)
			f.Table.Head = append(f.Table.Head, m.Title)
			if len(s.Result.Scores) > 1 {
				f.Table.Head = append(f.Table.Head, baseline.System)
			}
		}
		var g group
		var rows []cluster
		for _, part := range subject.Slices {
			if part.By != by || part.Sources == 0 {
				continue
			}
			c := cluster{name: fmt.Sprintf("%s (%d)", clip(part.Name, 14), part.Sources)}
			line := row{Name: part.Name, Cells: []string{strconv.Itoa(part.Sources)}}
			other := partOf(baseline, part)
			for _, name := range shown {
				b := bar{part.Metrics[name], numeral(part.Metrics, name), -1}
				line.Cells = append(line.Cells, b.text)
				if len(s.Result.Scores) > 1 {
					line.Cells = append(line.Cells, numeral(other, name))
					if v, ok := other[name]; ok {
						b.tick = v
					}
				}
				c.bars = append(c.bars, b)
			}
			rows, g.Rows = append(rows, c), append(g.Rows, line)
		}
		if len(rows) < 2 {
			return f, false
		}
		f.Table.Groups = []group{g}
		ticks := ""
		if len(s.Result.Scores) > 1 {
			ticks = baseline.System
		}
		if len(rows) > mostRows {
			f.Note += fmt.Sprintf(" The chart shows the first %d of %d parts, the table all.", mostRows, len(rows))
			rows = rows[:mostRows]
		}
		f.Drawing = bars([]string{"bar m1", "bar m2", "bar m3"}, titles, ticks, 1, rows)
		f.Drawing.Desc = fmt.Sprintf("%s, %s and %s of %s on %d parts; the table below the chart has the figures.", titles[0], titles[1], titles[2], subject.System, len(g.Rows))
		return f, true
	}
}

func slicingName(by string) string {
	if by == "focus" {
		return "focus area"
	}
	return by
}

func partOf(s eval.Score, part eval.SliceScore) map[string]float64 {
	for _, p := range s.Slices {
		if p.By == part.By && p.Name == part.Name {
			return p.Metrics
		}
	}
	return nil
}
