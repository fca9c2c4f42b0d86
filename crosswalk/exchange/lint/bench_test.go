package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/lint"
)

// BenchmarkCheck looks at 12,480 rows, as a draft of the cells of a profile
// against SP 800-53 with its unrelated pairs has, with both frameworks.
func BenchmarkCheck(b *testing.B) {
	c, source, target := large(b)
	b.ReportAllocs()
	for b.Loop() {
		lint.Check(c, source, target)
	}
}

func BenchmarkEditions(b *testing.B) {
	c, _, _ := large(b)
	older := c.Inverted()
	older.Target.Edition = "0"
	for i := range older.Rows {
		older.Rows[i].Relation = older.Rows[i].Relation.Inverse()
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lint.Editions(older, c); err != nil {
			b.Fatal(err)
		}
	}
}

func large(b *testing.B) (*exchange.Crosswalk, *corpus.Framework, *corpus.Framework) {
	const sources, each, targets = 312, 40, 1000
	text := strings.Repeat("Access to the records of the system is granted by need. ", 10)
	source, target := &corpus.Framework{Name: "house", Edition: "1"}, &corpus.Framework{Name: "yard", Edition: "2"}
	for i := range sources {
		e := corpus.Element{ID: fmt.Sprintf("S-%d", i), Kind: corpus.KindControl, Text: text}
		if i%4 > 0 {
			e.Parent = fmt.Sprintf("S-%d", i/4*4)
		}
		source.Elements = append(source.Elements, e)
	}
	for i := range targets {
		e := corpus.Element{ID: fmt.Sprintf("T-%d", i), Kind: corpus.KindControl, Text: text}
		if i%20 > 0 {
			e.Parent = fmt.Sprintf("T-%d", i/20*20)
		}
		target.Elements = append(target.Elements, e)
	}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	c := of()
	relations := crosswalk.Relations()
	for i := range sources * each {
		s, t := i/each, (i/each*7+i%each*3)%targets
		probability := float64(i*37%100) / 100
		r := row(fmt.Sprintf("S-%d", s), relations[i%len(relations)], fmt.Sprintf("T-%d", t))
		r.SourceTitle, r.TargetTitle, r.Probability = "Access to Records", "Grants by Need", &probability
		r.Rationale = fmt.Sprintf("%s and T-%d share %d terms: access, records, grant and need.", r.Source, t, i)
		r.SourceSHA256, r.TargetSHA256 = source.Elements[s].TextSHA256(), target.Elements[t].TextSHA256()
		c.Rows = append(c.Rows, r)
	}
	return c, source, target
}
