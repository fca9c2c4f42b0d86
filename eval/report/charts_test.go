package report_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/eval"
	"concord/eval/report"
)

// wild draws an observation of anything that a system could have answered,
// numbers that are none included.
func wild(t *rapid.T, tb testing.TB) report.Page {
	seed := rapid.Uint64().Draw(t, "seed")
	rnd := rand.New(rand.NewPCG(seed, 1))
	name := rapid.StringN(0, 60, -1).Draw(t, "name")
	m := maker{tb, rnd, func(int) string { return name }}
	s := m.set(rapid.IntRange(2, 40).Draw(t, "sources"), rapid.Bool().Draw(t, "typed"))
	probability := rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1, -1, 2, math.NaN(), math.Inf(1), math.Inf(-1)}))
	pool := rapid.SliceOfN(probability, 1, 8).Draw(t, "probabilities")
	outcomes := []crosswalk.Outcome{crosswalk.Mapped, crosswalk.Unrelated, crosswalk.Failed}
	for i := range s.Seen {
		decides := rapid.Bool().Draw(t, "decides")
		cases := s.Seen[i].Cases
		for c := range cases {
			cases[c].Decisions = nil
			cases[c].Gap, cases[c].Closed = rnd.IntN(4) == 0, rnd.IntN(4) == 0
			for id, l := range cases[c].Labels {
				if rnd.IntN(3) == 0 {
					delete(cases[c].Labels, id)
				} else if l.Pooled = rnd.IntN(3) == 0; l.Pooled {
					cases[c].Labels[id] = l
				}
			}
			if !decides {
				continue
			}
			for _, id := range cases[c].Ranked[:rnd.IntN(len(cases[c].Ranked))] {
				cases[c].Decisions = append(cases[c].Decisions, eval.Decision{Target: id, Outcome: outcomes[rnd.IntN(3)],
					Relation: crosswalk.Relations()[rnd.IntN(5)], Strength: rnd.IntN(12) - 1, Probability: pool[rnd.IntN(len(pool))]})
			}
		}
		s.Result.Scores[i] = eval.ScoreOf(s.Result.Scores[i].System, s.Seen[i].Observation)
	}
	return report.Page{Title: name, Sets: []report.Set{s}}
}

func TestAnyObservationMakesAWellFormedPageWithChartsInTheirBoxes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		page := written(t, wild(rt, t))

		root := parsed(t, page)
		checkBalance(rt, page)
		checkLinks(rt, root)
		for _, svg := range all(root, "svg") {
			if err := checkDrawing(svg); err != nil {
				rt.Fatalf("%s: %v", attr(svg, "aria-labelledby"), err)
			}
		}
	})
}

// command is one of a path, with the numbers that follow it.
var command = regexp.MustCompile(`([MLHVAZ])([-0-9. ]*)`)

// checkDrawing holds that everything is within the box, that numbers are
// numbers, and that curves run from left to right.
func checkDrawing(svg *html.Node) error {
	var width, height float64
	if _, err := fmt.Sscanf(attr(svg, "viewBox"), "0 0 %g %g", &width, &height); err != nil || width <= 0 || height <= 0 {
		return fmt.Errorf("box %q: %w", attr(svg, "viewBox"), err)
	}
	within := func(x, y float64) error {
		if !(x >= 0 && x <= width && y >= 0 && y <= height) {
			return fmt.Errorf("%g, %g is not within %g, %g", x, y, width, height)
		}
		return nil
	}
	for _, text := range all(svg, "text") {
		x, errX := strconv.ParseFloat(attr(text, "x"), 64)
		y, errY := strconv.ParseFloat(attr(text, "y"), 64)
		if errX != nil || errY != nil {
			return fmt.Errorf("text at %q, %q", attr(text, "x"), attr(text, "y"))
		}
		if err := within(x, y); err != nil {
			return fmt.Errorf("text %q: %w", textOf(text), err)
		}
	}
	for _, path := range all(svg, "path") {
		d := attr(path, "d")
		points, err := pointsOf(d)
		if err != nil {
			return err
		}
		for i, p := range points {
			if err := within(p[0], p[1]); err != nil {
				return fmt.Errorf("path %q: %w", d, err)
			}
			if strings.HasPrefix(attr(path, "class"), "line") && strings.ContainsAny(d, "V") && i > 0 && p[0] < points[i-1][0] {
				return fmt.Errorf("curve %q runs back", d)
			}
		}
	}
	return nil
}

// pointsOf returns the points that a path of absolute commands goes through.
func pointsOf(d string) ([][2]float64, error) {
	if command.ReplaceAllString(d, "") != "" || d == "" {
		return nil, fmt.Errorf("path %q", d)
	}
	var points [][2]float64
	x, y := 0.0, 0.0
	for _, c := range command.FindAllStringSubmatch(d, -1) {
		var n []float64
		for _, field := range strings.Fields(c[2]) {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, fmt.Errorf("path %q: %w", d, err)
			}
			n = append(n, v)
		}
		want := map[string]int{"M": 2, "L": 2, "H": 1, "V": 1, "A": 7, "Z": 0}[c[1]]
		if len(n) != want {
			return nil, fmt.Errorf("path %q: %d numbers after %s", d, len(n), c[1])
		}
		switch c[1] {
		case "M", "L":
			x, y = n[0], n[1]
		case "H":
			x = n[0]
		case "V":
			y = n[0]
		case "A": // half a circle: its top and bottom are a radius off
			points = append(points, [2]float64{x, y - n[0]}, [2]float64{x, y + n[0]})
			x, y = n[5], n[6]
		case "Z":
			continue
		}
		points = append(points, [2]float64{x, y})
	}
	return points, nil
}
