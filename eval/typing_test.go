package eval_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"concord/crosswalk"
	"concord/eval"
)

// typedAs counts pairs that an expert gave one relation and a system another.
func typedAs(expert, said crosswalk.Relation, n int) (m eval.Confusion) {
	for range n {
		m.Add(expert, said)
	}
	return m
}

func TestConfusionsAreMeasuredByHand(t *testing.T) {
	var m eval.Confusion
	for _, p := range [][2]crosswalk.Relation{
		{crosswalk.SubsetOf, crosswalk.SubsetOf}, {crosswalk.SubsetOf, crosswalk.SubsetOf}, {crosswalk.SubsetOf, crosswalk.Equal},
		{crosswalk.IntersectsWith, crosswalk.SubsetOf}, {crosswalk.SupersetOf, crosswalk.NoRelationship},
		{crosswalk.SubsetOf, "unheard of"}, {"", crosswalk.Equal},
	} {
		m.Add(p[0], p[1])
	}

	accuracy, ok := m.Accuracy()
	f1, also := m.MacroF1()

	if m.Pairs() != 5 || !ok || accuracy != 2./5 {
		t.Errorf("%d pairs, accuracy %v", m.Pairs(), accuracy)
	}
	// subset_of: 2 right, 1 missed, 1 extra; the expert never said equal.
	if want := (4./6 + 0 + 0) / 3; !also || math.Abs(f1-want) > 1e-15 {
		t.Errorf("macro-F1 %v, want %v", f1, want)
	}
	if _, says := (eval.Confusion{}).Accuracy(); says {
		t.Error("no pair has an accuracy")
	}
	if _, says := (eval.Confusion{}).MacroF1(); says {
		t.Error("no pair has an F1")
	}
}

func TestTypingIsComparedBySource(t *testing.T) {
	var sources []eval.TypedSource
	for i := range 20 {
		s := eval.TypedSource{ID: fmt.Sprint(i), Base: typedAs(crosswalk.SubsetOf, crosswalk.IntersectsWith, 2), New: typedAs(crosswalk.SubsetOf, crosswalk.SubsetOf, 2)}
		if i%4 == 0 {
			s.New = s.Base
		}
		sources = append(sources, s)
	}

	c := eval.CompareTyping(sources, seeded(1))

	if c.Sources != 20 || c.Pairs != 40 || len(c.Measures) != 2 {
		t.Fatalf("%+v", c)
	}
	a := c.Measures[0]
	if a.Measure != "accuracy" || a.Base != (eval.Interval{}) || a.New.Value != .75 || a.Difference.Value != .75 {
		t.Errorf("%+v", a)
	}
	if a.New.Low < .5 || a.New.Low > .6 || a.New.High < .85 || a.New.High > .95 {
		t.Errorf("interval %+v", a.New)
	}
	if a.P > .001 || a.Holm < a.P {
		t.Errorf("p %v, adjusted %v", a.P, a.Holm)
	}
	if !reflect.DeepEqual(c, eval.CompareTyping(sources, seeded(1))) {
		t.Error("the same seed compares differently")
	}
}

// TestPairsOfOneSourceAreNoIndependentEvidence gives one source a hundred pairs.
func TestPairsOfOneSourceAreNoIndependentEvidence(t *testing.T) {
	sources := []eval.TypedSource{{ID: "many", Base: typedAs(crosswalk.Equal, crosswalk.SubsetOf, 100), New: typedAs(crosswalk.Equal, crosswalk.Equal, 100)}}
	for i := range 9 {
		same := typedAs(crosswalk.SubsetOf, crosswalk.SubsetOf, 1)
		sources = append(sources, eval.TypedSource{ID: fmt.Sprint(i), Base: same, New: same})
	}

	for _, m := range eval.CompareTyping(sources, seeded(1)).Measures {
		if m.P != 1 || m.Difference.Value <= 0 {
			t.Errorf("%+v", m)
		}
	}
}

func TestSystemsThatAgreeDoNotDiffer(t *testing.T) {
	same := typedAs(crosswalk.SubsetOf, crosswalk.SubsetOf, 3)

	c := eval.CompareTyping([]eval.TypedSource{{ID: "a", Base: same, New: same}, {ID: "b", Base: same, New: same}}, seeded(1))

	for _, m := range c.Measures {
		if m.P != 1 || m.Difference != (eval.Interval{}) || m.New != (eval.Interval{Value: 1, Low: 1, High: 1}) {
			t.Errorf("%+v", m)
		}
	}
	if none := eval.CompareTyping(nil, seeded(1)); len(none.Measures) != 0 || none.Pairs != 0 {
		t.Errorf("%+v", none)
	}
}
