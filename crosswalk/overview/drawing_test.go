package overview_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord/crosswalk/overview"
)

// A node is an element of a drawing.
type node struct {
	name     string
	attr     map[string]string
	text     string // all in it
	children []*node
}

// parsed reads a drawing as XML, strictly.
func parsed(t testing.TB, text string) *node {
	t.Helper()
	root := &node{}
	open := []*node{root}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: x.Name.Local, attr: map[string]string{}}
			for _, a := range x.Attr {
				n.attr[a.Name.Local] = a.Value
			}
			open[len(open)-1].children = append(open[len(open)-1].children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, n := range open {
				n.text += string(x)
			}
		}
	}
	return root
}

// all returns the elements of a name and a class, or of any class.
func (n *node) all(name, class string) (list []*node) {
	if n.name == name && (class == "" || slices.Contains(strings.Fields(n.attr["class"]), class)) {
		list = append(list, n)
	}
	for _, c := range n.children {
		list = append(list, c.all(name, class)...)
	}
	return list
}

func (n *node) number(t testing.TB, attr string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(n.attr[attr], 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// widths returns how wide a bar is, by the class of its parts.
func widths(t testing.TB, bar *node) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, r := range bar.all("rect", "") {
		out[r.attr["class"]] += r.number(t, "width")
	}
	return out
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.01 }

// bears reports whether a bar is as wide as a tally says.
func bears(t testing.TB, bar *node, c overview.Tally) {
	t.Helper()
	w := widths(t, bar)
	for class, n := range map[string]int{"mapped": c.Mapped, "open": c.Open, "gap": c.Gap} {
		if want := 100 * float64(n) / float64(c.All()); !near(w[class], want) {
			t.Errorf("%s: %s is %v wide, want %v", bar.text, class, w[class], want)
		}
	}
	if want := fmt.Sprintf("%d mapped, %d open, %d gaps, of %d", c.Mapped, c.Open, c.Gap, c.All()); !strings.Contains(bar.text, want) {
		t.Errorf("the bar says %q, want %q", bar.text, want)
	}
}
