package report

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A drawing is a chart as the page's template writes it: shapes and words in a
// box of Width by Height units. Colours, dashes and type are the style sheet's,
// by class; a template that escapes writes the words.
type drawing struct {
	ID            string // of the page; its title and description are named after it
	Title, Desc   string
	Width, Height float64
	Shapes        []shape
	Words         []words
}

// A shape is a path of absolute commands M, L, H, V, A and Z.
type shape struct{ Class, Path string }

// Words stand at a point: of their beginning, or as the class says of their
// middle or end.
type words struct {
	Class string
	X, Y  string
	Text  string
}

const (
	drawingWidth = 360 // near a phone's: type shrinks by a tenth at most
	lineHeight   = 16
	letter       = 6.4 // upper bound of the mean width of a letter
)

func (d *drawing) shape(class, path string) { d.Shapes = append(d.Shapes, shape{class, path}) }

// write puts down words of which there is room for so many units.
func (d *drawing) write(class string, x, y, room float64, text string) {
	d.Words = append(d.Words, words{class, num(x), num(y), clip(text, int(room/letter))})
}

// Box returns the viewBox.
func (d *drawing) Box() string { return "0 0 " + num(d.Width) + " " + num(d.Height) }

// num writes a coordinate to a tenth of a unit.
func num(x float64) string {
	x = math.Round(x*10) / 10
	return strconv.FormatFloat(x+0, 'f', -1, 64) // + 0: no minus zero
}

// clip shortens text to n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:max(n-1, 0)])) + "…"
}

// unit brings a number into 0 to 1; what is none becomes 0.
func unit(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, 0), 1)
}

func rectangle(x, y, width, height float64) string {
	return "M" + num(x) + " " + num(y) + "H" + num(x+width) + "V" + num(y+height) + "H" + num(x) + "Z"
}

func segment(x1, y1, x2, y2 float64) string {
	return "M" + num(x1) + " " + num(y1) + "L" + num(x2) + " " + num(y2)
}

// A marker is the form of a point. Forms differ so that colour need not.
type marker int

const (
	circle marker = iota
	square
	triangle
	diamond
	markers // how many there are

	noMarker marker = -1
)

// Half the width of a marker: on a line, and alone.
const (
	markerSize = 3.5
	ownSize    = 5.5
)

func (m marker) at(x, y, r float64) string {
	switch m {
	case square:
		return rectangle(x-r, y-r, 2*r, 2*r)
	case triangle:
		return "M" + num(x) + " " + num(y-r) + "L" + num(x+r) + " " + num(y+r) + "L" + num(x-r) + " " + num(y+r) + "Z"
	case diamond:
		return "M" + num(x) + " " + num(y-r) + "L" + num(x+r) + " " + num(y) + "L" + num(x) + " " + num(y+r) + "L" + num(x-r) + " " + num(y) + "Z"
	}
	arc := "A" + num(r) + " " + num(r) + " 0 1 0 "
	return "M" + num(x-r) + " " + num(y) + arc + num(x+r) + " " + num(y) + arc + num(x-r) + " " + num(y) + "Z"
}

// A point is a pair of values of a plot.
type point struct{ x, y float64 }

// A plot is a drawing with two equal axes from 0 up, over a legend.
type plot struct {
	drawing
	left, top, side float64 // of the area within the axes
	high            float64 // the value at the end of both axes
	legends         int
}

// newPlot draws axes from 0 to high, at most 1, with room for so many lines of
// legend.
func newPlot(xTitle, yTitle string, high float64, legends int) *plot {
	p := &plot{left: 34, top: 26, side: 304, high: high}
	p.Width, p.Height = drawingWidth, p.top+p.side+42+float64(legends)*lineHeight
	step := 0.2
	switch {
	case high <= 0.2:
		step = 0.05
	case high <= 0.4:
		step = 0.1
	}
	for i := range int(math.Round(high/step)) + 1 {
		v := float64(i) * step
		text := strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
		p.shape("grid", segment(p.x(v), p.y(0), p.x(v), p.y(high)))
		p.shape("grid", segment(p.x(0), p.y(v), p.x(high), p.y(v)))
		p.write("tick middle", p.x(v), p.y(0)+15, 40, text)
		p.write("tick end", p.left-6, p.y(v)+4, 40, text)
	}
	p.shape("axis", "M"+num(p.x(0))+" "+num(p.y(high))+"V"+num(p.y(0))+"H"+num(p.x(high)))
	p.write("axis-title end", p.left+p.side, p.y(0)+32, p.side, xTitle)
	p.write("axis-title", 2, p.top-12, p.side, yTitle)
	return p
}

func (p *plot) x(v float64) float64 { return p.left + p.side*unit(v/p.high) }
func (p *plot) y(v float64) float64 { return p.top + p.side*(1-unit(v/p.high)) }

// legend adds a line to the legend: a piece of line, a marker, or both.
func (p *plot) legend(line, class string, m marker, text string) {
	y := p.top + p.side + 47 + float64(p.legends)*lineHeight
	p.legends++
	if line != "" {
		p.shape(line, segment(4, y, 30, y))
	}
	size := markerSize
	if line == "" {
		size = ownSize
	}
	if m != noMarker {
		p.shape(class, m.at(17, y, size))
	}
	p.write("legend", 38, y+4, drawingWidth-42, text)
}

// steps draws a step curve through points in order of x: the value of each
// holds back to the point before. Points that are less than half a unit on are
// drawn with the next.
func (p *plot) steps(class string, points []point) {
	var b strings.Builder
	last := 0.0
	for i, at := range points {
		switch {
		case b.Len() == 0:
			b.WriteString("M" + num(p.x(0)) + " " + num(p.y(at.y)))
		case i+1 < len(points) && p.x(at.x)-p.x(last) < 0.5:
			continue
		}
		b.WriteString("V" + num(p.y(at.y)) + "H" + num(p.x(at.x)))
		last = at.x
	}
	if b.Len() > 0 {
		p.shape(class, b.String())
	}
}

// through draws straight lines from point to point, and a marker on each.
func (p *plot) through(line, class string, m marker, points []point) {
	path := ""
	for i, at := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		path += command + num(p.x(at.x)) + " " + num(p.y(at.y))
	}
	if path != "" {
		p.shape(line, path)
	}
	for _, at := range points {
		p.shape(class, m.at(p.x(at.x), p.y(at.y), markerSize))
	}
}

// barHeight is that of a lying bar.
const barHeight = 9

// tick marks a value on the bar that begins at y.
func tick(x, y float64) string { return rectangle(x-0.8, y-1, 1.6, barHeight+2) }

// A bar is one value with the words that stand behind it.
type bar struct {
	value float64
	text  string
	tick  float64 // a value to compare with; below zero for none
}

// A cluster is the bars of one row.
type cluster struct {
	name string
	bars []bar
}

// bars draws rows of lying bars, from 0 to high, under a legend: name i is that
// of the bars of class i. The name of the ticks is last, if they have one.
func bars(classes, names []string, ticks string, high float64, rows []cluster) *drawing {
	const between, behind = 2, 38.0
	d := &drawing{Width: drawingWidth}
	top := 0.0
	for i, name := range names {
		d.shape(classes[i], rectangle(4, top+4, 26, barHeight))
		d.write("legend", 38, top+13, drawingWidth-42, name)
		top += lineHeight
	}
	if ticks != "" {
		d.shape("mark", tick(17, top+4))
		d.write("legend", 38, top+13, drawingWidth-42, ticks)
		top += lineHeight
	}
	longest := 0
	for _, row := range rows {
		longest = max(longest, utf8.RuneCountInString(row.name))
	}
	left := min(float64(longest)*letter, 120) + 8
	scale := drawingWidth - left - behind
	y := top + 10
	first := y
	for _, row := range rows {
		middle := y + float64(len(row.bars)*(barHeight+between)-between)/2
		d.write("tick end", left-6, middle+4, left-6, row.name)
		for i, b := range row.bars {
			length := scale * unit(b.value/high)
			d.shape(classes[i], rectangle(left, y, length, barHeight))
			reach := length
			if b.tick >= 0 {
				at := left + scale*unit(b.tick/high)
				d.shape("mark", tick(at, y))
				reach = max(reach, at-left)
			}
			d.write("value", left+reach+4, y+8.5, behind, b.text)
			y += barHeight + between
		}
		y += 8
	}
	d.shape("axis", segment(left, first-4, left, y-4))
	d.Height = y
	return d
}
