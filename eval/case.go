package eval

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"concord/corpus"
	"concord/crosswalk"
)

// A Label is what an expert says of one pair.
type Label struct {
	Source, Target string // canonical ids
	// Relation is empty where the expert gave no type, and no_relationship
	// where they looked and found none.
	Relation crosswalk.Relation
	Strength int // 0 to 10, or -1 for none
	// Pooled says that the pair is not on the published list: somebody judged
	// it because a system proposed it.
	Pooled bool
}

// A Task is a list of labels with the frameworks it is measured on.
type Task struct {
	Name           string
	Source, Target *corpus.Framework
	Labels         []Label
	Gaps           []string // ids of sources of which the expert says that nothing maps
	// Comprehensive says that the expert claims to have listed every pair: then
	// a source without a label is a gap, and an unlisted pair is judged.
	Comprehensive bool
	// Fold counts a pair with a control enhancement as one with its control.
	Fold bool
}

// A Case is one source element under test: how a system ranked the targets for
// it, what it decided, and what experts say.
type Case struct {
	Source    corpus.Element
	Function  string           // id of the element at the top of its framework, "" in a flat one
	Category  string           // id of the element below that, "" if there is none
	Ranked    []string         // target ids, best first
	Decisions []Decision       // on the judged candidates, by rank; nil of a system that only ranks
	Labels    map[string]Label // by target id
	Gap       bool             // the expert says that nothing maps
	Closed    bool             // an unlisted pair is judged: it is not related
}

// A Decision is what a system says of one pair.
type Decision struct {
	Target      string
	Outcome     crosswalk.Outcome
	Relation    crosswalk.Relation
	Strength    int     // 0 to 10, or -1 for none
	Probability float64 // 0 to 1, that an expert lists the pair
}

// listed reports whether a target is among the answers.
func (c Case) listed(target string) bool {
	l, ok := c.Labels[target]
	return ok && !l.Pooled && l.Relation != crosswalk.NoRelationship
}

// judged reports whether somebody has looked at a pair: of a gap, at all.
func (c Case) judged(target string) bool {
	_, ok := c.Labels[target]
	return ok || c.Closed || c.Gap
}

// Gold returns the targets that are listed.
func (c Case) Gold() map[string]bool {
	gold := map[string]bool{}
	for id := range c.Labels {
		if c.listed(id) {
			gold[id] = true
		}
	}
	return gold
}

// A Ranker ranks every target for a source, best first.
type Ranker interface {
	Rank(source corpus.Element) []crosswalk.Candidate
	Targets() []corpus.Element
}

// A System is what a task is put to.
type System struct {
	Name    string
	Ranker  Ranker
	Judge   crosswalk.Judge // nil of a system that only ranks
	Depth   int             // candidates to judge per source; all if zero
	Workers int             // sources judged at once; 1 if zero
	// Progress, if set, is told how many of the sources are done.
	Progress func(done, total int)
}

// An Observation is what was seen of a system on a task.
type Observation struct {
	Cases   []Case // in the order of the source framework
	LeftOut int    // labels that no ranking can find: an element is not there, withdrawn or not among the targets
	Targets int    // how many there are to choose from
	// Digest is the SHA-256 of what a system is measured against: the published
	// labels and gaps that could be found, and the targets to choose from.
	Digest string
}

// Observe puts a task to a system. Only sources with a label, or said to be
// gaps, are cases. It fails if there is none, or if the judge does: an
// evaluation of which a part is missing would be one of another task. A judge
// that puts its questions down has put all of them down when it fails with
// [crosswalk.ErrPending].
func Observe(ctx context.Context, task Task, s System) (Observation, error) {
	targets := s.Ranker.Targets()
	o := Observation{Targets: len(targets)}
	o.Cases, o.LeftOut = task.Cases(targets)
	if len(o.Cases) == 0 {
		return o, fmt.Errorf("label set %s: none of its %d pairs names a source and a target that are here (%s → %s)",
			task.Name, len(task.Labels), task.Source.Spec(), task.Target.Spec())
	}
	o.Digest = digest(o.Cases, targets)
	candidates := make([][]crosswalk.Candidate, len(o.Cases))
	for i := range o.Cases {
		c := &o.Cases[i]
		if err := ctx.Err(); err != nil {
			return o, err
		}
		ranked := task.Rank(s.Ranker, c.Source)
		candidates[i] = best(ranked, s.Depth)
		c.Ranked = asTREC(ranked)
	}
	if s.Judge == nil {
		return o, nil
	}
	return o, s.judge(ctx, o.Cases, candidates)
}

func digest(cases []Case, targets []corpus.Element) string {
	h := sha256.New()
	for _, c := range Strict.Through(cases) {
		fmt.Fprintf(h, "%q %t\n", c.Source.ID, c.Gap)
		for _, id := range slices.Sorted(maps.Keys(c.Labels)) {
			fmt.Fprintf(h, "\t%q %s\n", id, c.Labels[id].Relation)
		}
	}
	for _, t := range targets {
		fmt.Fprintf(h, "%q\n", t.ID)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// judge fills in the decisions.
func (s System) judge(ctx context.Context, cases []Case, candidates [][]crosswalk.Candidate) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(s.Workers, 1))
	var one sync.Mutex // guards done, pending and Progress
	done := 0
	var pending error
	for i := range cases {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := s.decide(ctx, &cases[i], candidates[i])
			one.Lock()
			defer one.Unlock()
			if errors.Is(err, crosswalk.ErrPending) {
				pending = err
				return nil
			}
			if err != nil {
				return fmt.Errorf("judge %s: %w", cases[i].Source.ID, err)
			}
			done++
			if s.Progress != nil {
				s.Progress(done, len(cases))
			}
			return nil
		})
	}
	return cmp.Or(group.Wait(), pending)
}

func (s System) decide(ctx context.Context, c *Case, candidates []crosswalk.Candidate) error {
	// What is under way may be paid for: it is finished.
	verdicts, err := s.Judge.Judge(context.WithoutCancel(ctx), c.Source, candidates)
	if err != nil {
		return err
	}
	by := make(map[string]crosswalk.Verdict, len(verdicts))
	for _, v := range verdicts {
		by[v.Target] = v
	}
	c.Decisions = []Decision{}
	for _, candidate := range candidates {
		v, ok := by[candidate.Element.ID]
		switch {
		case !ok: // what a judge leaves out has failed
			v = crosswalk.Verdict{Outcome: crosswalk.Failed, Strength: -1}
		case v.Outcome == crosswalk.NotJudged:
			continue
		}
		c.Decisions = append(c.Decisions, Decision{candidate.Element.ID, v.Outcome, v.Relation, v.Strength, v.Calibrated})
	}
	return nil
}

// Judged returns what was seen of a system that ranks by the probabilities of
// its judge: the judged candidates by falling probability, then the others as
// they were ranked.
func (o Observation) Judged() Observation {
	cases := slices.Clone(o.Cases)
	for i, c := range cases {
		probability := make(map[string]float64, len(c.Decisions))
		for _, d := range c.Decisions {
			if d.Outcome != crosswalk.Failed {
				probability[d.Target] = d.Probability
			}
		}
		cases[i].Ranked = slices.Clone(c.Ranked)
		slices.SortStableFunc(cases[i].Ranked, func(a, b string) int {
			p, judged := probability[a]
			q, other := probability[b]
			return cmp.Or(btoi(other)-btoi(judged), cmp.Compare(q, p))
		})
	}
	o.Cases = cases
	return o
}

// Cases returns the sources that have a label which a ranking over targets can
// find, or are said to be gaps, and how many labels it left out.
func (t Task) Cases(targets []corpus.Element) (cases []Case, left int) {
	among := make(map[string]bool, len(targets))
	for _, e := range targets {
		among[e.ID] = true
	}
	bySource := map[string][]Label{}
	for _, l := range t.Labels {
		bySource[l.Source] = append(bySource[l.Source], l)
	}
	gaps := t.gaps(bySource)
	left = len(t.Labels)
	for _, e := range t.Source.Elements {
		if e.Withdrawn {
			continue
		}
		c := Case{Source: e, Labels: map[string]Label{}, Closed: t.Comprehensive, Gap: gaps[e.ID]}
		for _, l := range bySource[e.ID] {
			if target, ok := t.Target.Element(l.Target); ok && t.Fold && target.Kind == corpus.KindEnhancement {
				l.Target = target.Parent
			}
			if among[l.Target] {
				left--
				c.add(l)
			}
		}
		if len(c.Labels) == 0 && !c.Gap {
			continue
		}
		c.Function, c.Category = place(t.Source, e)
		cases = append(cases, c)
	}
	return cases, left
}

// gaps returns the sources of which it is known that nothing maps.
func (t Task) gaps(listed map[string][]Label) map[string]bool {
	gaps := map[string]bool{}
	for _, id := range t.Gaps {
		gaps[id] = true
	}
	if t.Comprehensive {
		published := func(l Label) bool { return !l.Pooled && l.Relation != crosswalk.NoRelationship }
		for _, e := range t.Source.Mappable() {
			gaps[e.ID] = gaps[e.ID] || !slices.ContainsFunc(listed[e.ID], published)
		}
	}
	return gaps
}

// add keeps a label. Of several that fold into one target the published one
// counts before a pooled one and a related one before one that is not; where
// they still differ in type the pair has none.
func (c Case) add(l Label) {
	have, twice := c.Labels[l.Target]
	worth := func(l Label) int {
		switch {
		case l.Relation == crosswalk.NoRelationship:
			return 0
		case l.Pooled:
			return 1
		}
		return 2
	}
	switch {
	case !twice || worth(l) > worth(have):
		c.Labels[l.Target] = l
	case worth(l) == worth(have) && (l.Relation != have.Relation || l.Strength != have.Strength):
		have.Relation, have.Strength = "", -1
		c.Labels[l.Target] = have
	}
}

// Rank ranks the targets for a source. Where a framework is mapped to
// itself, an element is no candidate for itself.
func (t Task) Rank(ranker Ranker, source corpus.Element) []crosswalk.Candidate {
	ranked := ranker.Rank(source)
	if t.Source.Spec() != t.Target.Spec() {
		return ranked
	}
	ranked = slices.DeleteFunc(ranked, func(c crosswalk.Candidate) bool { return c.Element.ID == source.ID })
	for i := range ranked {
		ranked[i].Rank = i + 1
	}
	return ranked
}

// asTREC returns the ids of a ranking in the order that trec_eval would read:
// by falling score, kept as a 32-bit float, and ties by falling id. A system
// that has nothing to say of many targets gains nothing by their order.
func asTREC(ranked []crosswalk.Candidate) []string {
	ranked = slices.Clone(ranked)
	slices.SortStableFunc(ranked, func(a, b crosswalk.Candidate) int {
		return cmp.Or(cmp.Compare(float32(b.Score), float32(a.Score)), strings.Compare(b.Element.ID, a.Element.ID))
	})
	ids := make([]string, len(ranked))
	for i, c := range ranked {
		ids[i] = c.Element.ID
	}
	return ids
}

// best returns the first depth candidates, or all if depth is zero.
func best(ranked []crosswalk.Candidate, depth int) []crosswalk.Candidate {
	if depth == 0 {
		return ranked
	}
	return ranked[:min(depth, len(ranked))]
}

// place returns what stands at the top of a framework above an element, and
// below that; a focus-area cell stands where its subcategory does.
func place(f *corpus.Framework, e corpus.Element) (function, category string) {
	var above []string
	for up := range f.Ancestors(e) {
		above = append(above, up.ID)
	}
	if e.Focus != "" && len(above) > 0 {
		above = above[1:]
	}
	slices.Reverse(above)
	switch len(above) {
	case 0:
		return "", ""
	case 1:
		return above[0], ""
	}
	return above[0], above[1]
}

// FunctionOf returns the id of what stands at the top of a framework above an
// element, "" if nothing does.
func FunctionOf(f *corpus.Framework, e corpus.Element) string {
	function, _ := place(f, e)
	return function
}
