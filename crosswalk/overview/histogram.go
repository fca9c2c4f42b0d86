package overview

import (
	"fmt"
	"math"
	"strconv"
)

// A histogram stands on the middle line of its drawing: what is mapped above,
// what is not below. Areas would mislead between ten and ten thousand, so that
// heights grow with the square root, and every bar bears its number.
type histogram struct {
	Width, Height, Middle string
	Desc                  string
	Boxes                 []box
	Labels                []label
	Threshold             string // where it stands; empty for none
	ThresholdEnd          string // of its line, downwards
}

// A label stands with its middle at a point.
type label struct{ Class, X, Y, Text string }

// Units of the drawing; type is 11 units high.
const (
	binWidth  = 42.0
	binGap    = 6.0
	tallest   = 90.0 // of a bar
	band      = 18.0 // of the axis between the two
	textSpace = 16.0
	side      = 6.0
)

func histogramOf(o *Overview) histogram {
	most, mapped, unrelated := 1, 0, 0
	for _, b := range o.Bins {
		most = max(most, b.Mapped, b.Unrelated)
		mapped, unrelated = mapped+b.Mapped, unrelated+b.Unrelated
	}
	height := func(n int) float64 { return tallest * math.Sqrt(float64(n)/float64(most)) }
	up, down := 0.0, 0.0 // of the highest bar on each side
	for _, b := range o.Bins {
		up, down = max(up, height(b.Mapped)), max(down, height(b.Unrelated))
	}
	top := 2*textSpace + up // of the band
	bottom := top + band
	h := histogram{Width: num(2*side + Bins*binWidth), Height: num(bottom + down + textSpace + 4), Middle: num(top),
		Desc: fmt.Sprintf("%d proposals are mapped and %d are not related, by their probability in ten bins; the table has the numbers.", mapped, unrelated)}
	for i, b := range o.Bins {
		x := side + float64(i)*binWidth
		middle := num(x + binWidth/2)
		if n := height(b.Mapped); n > 0 {
			h.Boxes = append(h.Boxes, box{"mapped", num(x + binGap/2), num(top - n), num(binWidth - binGap), num(n)})
			h.Labels = append(h.Labels, label{"count", middle, num(top - n - 4), strconv.Itoa(b.Mapped)})
		}
		if n := height(b.Unrelated); n > 0 {
			h.Boxes = append(h.Boxes, box{"unrelated", num(x + binGap/2), num(bottom), num(binWidth - binGap), num(n)})
			h.Labels = append(h.Labels, label{"count", middle, num(bottom + n + 12), strconv.Itoa(b.Unrelated)})
		}
		h.Labels = append(h.Labels, label{"axis", middle, num(top + 13), rangeOf(i)})
	}
	if o.Threshold > 0 {
		x := side + o.Threshold*Bins*binWidth
		h.Threshold, h.ThresholdEnd = num(x), num(bottom+down+textSpace)
		h.Labels = append(h.Labels, label{"threshold " + anchor(o.Threshold), num(x), "11", "threshold " + percent(o.Threshold)})
	}
	return h
}

// anchor says by which end a label hangs that stands at this part of the width.
func anchor(at float64) string {
	switch {
	case at < 0.15:
		return "start"
	case at > 0.85:
		return "end"
	}
	return "middle"
}

// rangeOf names a bin from 0 by its probabilities in percent.
func rangeOf(i int) string {
	return fmt.Sprintf("%d–%d", 100*i/Bins, 100*(i+1)/Bins)
}

// percent writes a probability with at most one decimal.
func percent(p float64) string {
	return strconv.FormatFloat(math.Round(p*1000)/10, 'f', -1, 64) + " %"
}
