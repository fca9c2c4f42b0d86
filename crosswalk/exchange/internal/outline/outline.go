// Package outline arranges a crosswalk for reading: what it is, what can be
// counted, and the targets of each source with all that is known of them.
// Texts are as the crosswalk has them; who shows them disarms them.
package outline

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A Fact has a name of ours and a value of theirs.
type Fact struct{ Name, Value string }

// A Count says how many of something there are.
type Count struct {
	Name string
	N    int
}

// An Outline is a crosswalk arranged.
type Outline struct {
	Name         string // what it is, with both frameworks
	Title        string // its own; may be empty
	Warning      string // how much of it no person has confirmed; may be empty
	Facts        []Fact
	Elements     []Count // distinct ones
	Relations    []Count // pairs
	States       []Count // pairs by what a person made of them; empty if nobody looked
	Sources      []Source
	SourceGaps   []exchange.Gap
	TargetGaps   []exchange.Gap
	SourceSpec   string // such as "csf@2.0"
	TargetSpec   string
	NothingKnown bool // there is neither a row nor a gap
}

// A Source is one with its targets. Rows that follow each other and say the same
// of their source are under one.
type Source struct {
	ID, Title, Text string
	Pairs           []Pair
}

// A Pair is a row in words.
type Pair struct {
	exchange.Row
	Place    int // of the row in the crosswalk, from 0
	Sentence string
	Claim    string // how it was compared, how strong it is: "semantic, strength 7 (formula)"; may be empty
	Decision string // "accepted by ada, 2026-01-02T03:04:05Z"; empty for a draft
	Rest     []Fact // all else that is known
}

// Of arranges a crosswalk.
func Of(c *exchange.Crosswalk) Outline {
	kind := "Crosswalk"
	if c.Draft {
		kind = "Draft crosswalk"
	}
	o := Outline{
		Name: fmt.Sprintf("%s: %s to %s", kind, c.Source.Spec(), c.Target.Spec()), Title: c.Title, Warning: c.Warning(),
		SourceSpec: c.Source.Spec(), TargetSpec: c.Target.Spec(),
		NothingKnown: len(c.Rows)+len(c.Gaps) == 0,
	}
	o.Facts = known(
		Fact{"Title", c.Title}, Fact{"Status", status(c.Draft)}, Fact{"Tool", strings.TrimSpace(c.Tool + " " + c.Version)},
		Fact{"Run", c.Run}, Fact{"Made", moment(c.Made)})
	for _, side := range []struct {
		name string
		f    exchange.Framework
	}{{"Source", c.Source}, {"Target", c.Target}} {
		o.Facts = append(o.Facts, known(
			Fact{side.name, strings.TrimSuffix(side.f.Spec()+": "+side.f.Title, ": ")},
			Fact{side.name + " read from", side.f.Origin}, Fact{side.name + " digest (SHA-256)", side.f.Digest})...)
	}
	for _, g := range c.Gaps {
		if g.Side == crosswalk.SourceSide {
			o.SourceGaps = append(o.SourceGaps, g)
		} else {
			o.TargetGaps = append(o.TargetGaps, g)
		}
	}
	o.group(c.Rows)
	o.count(c.Rows)
	return o
}

func (o *Outline) group(rows []exchange.Row) {
	for i, r := range rows {
		last := len(o.Sources) - 1
		if last < 0 || o.Sources[last].ID != r.Source || o.Sources[last].Title != r.SourceTitle || o.Sources[last].Text != r.SourceText {
			o.Sources = append(o.Sources, Source{ID: r.Source, Title: r.SourceTitle, Text: r.SourceText})
			last++
		}
		o.Sources[last].Pairs = append(o.Sources[last].Pairs, pair(i, r))
	}
}

func (o *Outline) count(rows []exchange.Row) {
	from, to := map[string]bool{}, map[string]bool{}
	relations, states := map[crosswalk.Relation]int{}, map[exchange.State]int{}
	for _, r := range rows {
		relations[r.Relation]++
		states[r.State]++
		if r.Relation != crosswalk.NoRelationship {
			from[r.Source], to[r.Target] = true, true
		}
	}
	o.Elements = []Count{
		{"Sources mapped", len(from)}, {"Sources without mapping", len(o.SourceGaps)},
		{"Targets mapped to", len(to)}, {"Targets without mapping", len(o.TargetGaps)},
	}
	for _, r := range append(crosswalk.Relations(), "") {
		if r != "" || relations[r] > 0 {
			o.Relations = append(o.Relations, Count{cmp.Or(strings.ReplaceAll(string(r), "_", " "), "not typed"), relations[r]})
		}
	}
	if states[exchange.Draft] == len(rows) {
		return
	}
	for _, s := range append(exchange.States()[1:], exchange.Draft) {
		o.States = append(o.States, Count{cmp.Or(string(s), "not decided"), states[s]})
	}
}

func pair(place int, r exchange.Row) Pair {
	p := Pair{Row: r, Place: place, Sentence: r.Sentence()}
	var claim []string
	if r.RationaleType != "" {
		claim = append(claim, string(r.RationaleType))
	}
	if s := strength(r); s != "" {
		claim = append(claim, s)
	}
	if r.Basis != "" {
		claim = append(claim, "basis "+r.Basis)
	}
	p.Claim = strings.Join(claim, ", ")
	if r.State != exchange.Draft {
		p.Decision = string(r.State)
	}
	if r.Reviewer != "" {
		p.Decision = strings.TrimSpace(cmp.Or(p.Decision, "looked at") + " by " + r.Reviewer)
	}
	if !r.Decided.IsZero() {
		p.Decision = strings.TrimPrefix(p.Decision+", "+moment(r.Decided), ", ")
	}
	p.Rest = known(
		Fact{"Confidence", Number(r.Confidence)}, Fact{"Origin", string(r.Origin)}, Fact{"Model", r.Model}, Fact{"Prompt SHA-256", r.Prompt},
		Fact{"Convention", r.Convention}, Fact{"Focus area", r.Focus}, Fact{"Group", r.Group}, Fact{"Fulfilled by", r.Fulfilled},
		Fact{"Proposal", r.Proposal}, Fact{"Proposal SHA-256", r.ProposalSHA256},
		Fact{"Source text SHA-256", r.SourceSHA256}, Fact{"Target text SHA-256", r.TargetSHA256})
	return p
}

func strength(r exchange.Row) string {
	switch {
	case r.Strength != nil && r.StrengthBasis != "":
		return fmt.Sprintf("strength %d (%s)", *r.Strength, r.StrengthBasis)
	case r.Strength != nil:
		return fmt.Sprintf("strength %d", *r.Strength)
	case r.StrengthBasis != "":
		return fmt.Sprintf("no strength (%s)", r.StrengthBasis)
	}
	return ""
}

// Number returns a share as it is written, or "" for none.
func Number(p *float64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(math.Round(*p*1000)/1000, 'f', -1, 64) // nobody reads more
}

// GapWord says whether anybody looked.
func GapWord(g exchange.Gap) string {
	if g.Judged {
		return "judged, nothing found"
	}
	return "not mapped"
}

func known(facts ...Fact) []Fact {
	var out []Fact
	for _, f := range facts {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

func status(draft bool) string {
	if draft {
		return "draft"
	}
	return "decided"
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
