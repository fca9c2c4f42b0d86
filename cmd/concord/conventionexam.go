package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/convention"
	"concord/eval"
)

// A typer says how a source relates to targets, by id. A target without a usable
// answer is left out.
type typer interface {
	Type(ctx context.Context, source corpus.Element, targets []corpus.Element) (map[string]crosswalk.Relation, error)
}

// A typingExam puts pairs that experts typed to one who follows set theory and to
// one who follows their convention.
type typingExam struct {
	source, target *corpus.Framework
	parts          []examPart
	redraft        bool // the conventions of the parts are in want of a summary
	typer          func(*convention.Convention) (typer, error)
	workers        int
	progress       func(done, total int)
}

// An examPart is what is asked under one convention.
type examPart struct {
	convention *convention.Convention
	questions  []examQuestion
}

// An examQuestion is a source with the pairs that experts typed.
type examQuestion struct {
	source  corpus.Element
	targets []corpus.Element
	expert  map[string]crosswalk.Relation // by target
}

// sources counts the questions.
func (x *typingExam) sources() (n int) {
	for _, p := range x.parts {
		n += len(p.questions)
	}
	return n
}

// run asks both, and returns what they answered, in the order of the questions,
// and how many pairs are left out since one of them has no answer.
func (x *typingExam) run(ctx context.Context) (typed []eval.TypedSource, unanswered int, err error) {
	strict, err := x.typer(nil)
	if err != nil {
		return nil, 0, err
	}
	total := x.sources()
	answers := make([]eval.TypedSource, total)
	left := make([]int, total)
	var one sync.Mutex // guards done, pending and progress
	done := 0
	var pending error
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(x.workers, 1))
	next := 0
	for _, p := range x.parts {
		follower, err := x.typer(p.convention)
		if err != nil {
			return nil, 0, err
		}
		for _, q := range p.questions {
			at := next
			next++
			group.Go(func() (err error) {
				if err := ctx.Err(); err != nil {
					return err
				}
				// What is under way may be paid for: it is finished.
				answers[at], left[at], err = q.put(context.WithoutCancel(ctx), strict, follower)
				one.Lock()
				defer one.Unlock()
				if errors.Is(err, crosswalk.ErrPending) { // the others can be put down all the same
					pending = err
					return nil
				}
				done++
				x.progress(done, total)
				return err
			})
		}
	}
	if err := cmp.Or(group.Wait(), pending); err != nil {
		return nil, 0, err
	}
	for i, a := range answers {
		unanswered += left[i]
		if a.Base.Pairs() > 0 {
			typed = append(typed, a)
		}
	}
	return typed, unanswered, nil
}

// put asks both about one source.
func (q examQuestion) put(ctx context.Context, strict, follower typer) (out eval.TypedSource, unanswered int, err error) {
	out.ID = q.source.ID
	base, pending := strict.Type(ctx, q.source, q.targets)
	if pending != nil && !errors.Is(pending, crosswalk.ErrPending) {
		return out, 0, pending
	}
	next, err := follower.Type(ctx, q.source, q.targets)
	if err := cmp.Or(err, pending); err != nil {
		return out, 0, err
	}
	for _, t := range q.targets {
		if base[t.ID] == "" || next[t.ID] == "" {
			unanswered++
			continue
		}
		out.Base.Add(q.expert[t.ID], base[t.ID])
		out.New.Add(q.expert[t.ID], next[t.ID])
	}
	return out, unanswered, nil
}

func (t tested) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, typed by %s: %d pairs of %d sources", t.Convention, oneLine(t.Model), t.Pairs, t.Sources)
	if t.Folds > 0 {
		fmt.Fprintf(&b, " in %d parts, each typed with what the others hold", t.Folds)
	} else {
		fmt.Fprintf(&b, " of %s", printable(t.Labels))
	}
	b.WriteString("\n")
	for _, left := range []struct {
		n   int
		why string
	}{{t.Known, "the convention knows their source"}, {t.Missing, "an element is not there"}, {t.Unanswered, "there is no usable answer"}} {
		if left.n > 0 {
			fmt.Fprintf(&b, "  %d pairs left out: %s\n", left.n, left.why)
		}
	}
	titles := map[string]string{"accuracy": "accuracy", "macro_f1": "macro-F1"}
	fmt.Fprintf(&b, "\n%-9s %-25s %-25s %-26s %s\n", "", convention.Strict, "with the convention", "difference", "p")
	for _, m := range t.Measures {
		fmt.Fprintf(&b, "%-9s %.3f  %.3f to %.3f     %.3f  %.3f to %.3f     %+.3f  %+.3f to %+.3f  %.4f\n", titles[m.Measure],
			m.Base.Value, m.Base.Low, m.Base.High, m.New.Value, m.New.Low, m.New.High, m.Difference.Value, m.Difference.Low, m.Difference.High, m.Holm)
	}
	printConfusion(&b, convention.Strict, t.Base)
	printConfusion(&b, "with the convention", t.New)
	fmt.Fprintf(&b, "\n%s\n", t.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// printConfusion prints a table: a row for each relation that the experts used,
// a column for each that was said.
func printConfusion(b *strings.Builder, title string, m eval.Confusion) {
	fmt.Fprintf(b, "\n%s, by what the people say (rows)\n", title)
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	relations := crosswalk.Relations()
	for _, r := range relations {
		fmt.Fprintf(table, "\t%s", r)
	}
	fmt.Fprintln(table, "\t")
	for i, r := range relations {
		if m[i] == [5]int{} {
			continue
		}
		fmt.Fprint(table, r)
		for _, n := range m[i] {
			fmt.Fprintf(table, "\t%d", n)
		}
		fmt.Fprintln(table, "\t")
	}
	table.Flush()
}

// verdict says in a sentence what the test came to.
func (t tested) verdict() string {
	var better, worse []string
	for _, m := range t.Measures {
		switch {
		case m.Holm > eval.Significant:
		case m.Difference.Value > 0:
			better = append(better, m.Measure)
		default:
			worse = append(worse, m.Measure)
		}
	}
	switch {
	case t.Sources < eval.FewestCompared:
		return "Nothing can be said: there are too few sources."
	case len(worse) > 0:
		return "Under the convention the model agrees less with the people who made it: do not use it as it is."
	case len(better) > 0:
		return "Under the convention the model agrees more with the people who made it."
	}
	return "No difference is significant."
}
