package crosswalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"concord/corpus"
)

// A Candidate is a target worth judging for a source.
type Candidate struct {
	Element  corpus.Element
	Rank     int     // from 1
	Score    float64 // comparable within one source
	Signals  map[string]float64
	Evidence []Evidence
}

// A Retriever ranks the targets for a source, best first: all of them, the best
// depth of them, or all if that is zero, with signals and evidence. Equal scores
// come back in order of id, so that a run repeats. It is called by one goroutine
// at a time.
type Retriever interface {
	Retrieve(ctx context.Context, source corpus.Element, depth int) ([]Candidate, error)
}

// ErrUnavailable says that a judge cannot answer for now. The source is left for
// another time: it is neither judged nor failed.
var ErrUnavailable = errors.New("the judge is not available")

// ErrPending says that a judge has put its questions somewhere and waits for
// the answers. The source is left for another time, as are any number of others.
var ErrPending = errors.New("answers are awaited")

// A Judge says how a source relates to each candidate, one verdict each in any
// order. A candidate it leaves out counts as failed; one that it did not look
// at, because what it saw of better ones promised nothing, has a verdict with
// outcome NotJudged and nothing else. An error is fatal to the run, unless it is
// [ErrUnavailable] or [ErrPending]: what concerns one pair only is a verdict with
// outcome Failed.
type Judge interface {
	Judge(ctx context.Context, source corpus.Element, candidates []Candidate) ([]Verdict, error)
}

// A Ledger remembers what became of each source of a run.
type Ledger interface {
	// Done returns the ids of the sources that are recorded already.
	Done(ctx context.Context, run string) (map[string]bool, error)
	// Record remembers results, all of them or none.
	Record(ctx context.Context, run string, results []Result) error
}

// A Result is what became of one source.
type Result struct {
	Source    string // id
	Outcome   Outcome
	Judged    int        // pairs that a judge answered for
	NotJudged int        // targets that no judge looked at, or could not tell of
	Missed    float64    // links that are expected among these; 0 where nothing is expected of them
	Proposals []Proposal // by rank
}

// A Drafter drafts a crosswalk: for each source it finds candidates, has them
// judged and remembers the proposals.
type Drafter struct {
	Source, Target *corpus.Framework
	Retriever      Retriever
	Judge          Judge
	Ledger         Ledger

	Depth   int // candidates to judge per source; all if zero
	Workers int // sources judged at once; 1 if zero
	// Expect, if set, says how likely an expert would list a candidate, 0 to 1,
	// as far as its place in the ranking tells: see [Result.Missed].
	Expect func(Candidate) float64
	// Progress, if set, is told how many of the sources are done.
	Progress func(done, total int)
}

// batch is how many sources are remembered at once. A batch is lost if the
// process dies before it is full, which costs little: answers of a model are
// in the ledger before this.
const batch = 32

// patience is how many sources in a row may find the judge unavailable before
// the run gives up.
const patience = 3

// Draft works through the sources that the run has not recorded yet. Stopped
// by its context or by an error, it finishes the sources that are being judged
// and leaves what is done in the ledger; the same call goes on from there. If the judge was unavailable for some sources
// the others are done all the same, and the error says how many are left.
func (d Drafter) Draft(ctx context.Context, run string, sources []corpus.Element) error {
	recorded, err := d.Ledger.Done(ctx, run)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	var left []corpus.Element
	for _, s := range sources {
		if !recorded[s.ID] {
			left = append(left, s)
		}
	}
	done := len(sources) - len(left)
	absent := &absence{}
	for part := range slices.Chunk(left, batch) {
		results, err := d.judge(ctx, run, part, absent, func() {
			done++
			if d.Progress != nil {
				d.Progress(done, len(sources))
			}
		})
		// What is finished is kept, whatever happened to the rest.
		if recordErr := d.Ledger.Record(context.WithoutCancel(ctx), run, results); recordErr != nil {
			return fmt.Errorf("write the ledger: %w", recordErr)
		}
		if err != nil {
			return err
		}
	}
	if absent.left > 0 {
		return fmt.Errorf("%d of %d source elements are left, the same command tries them again: %w", absent.left, len(sources), absent.last)
	}
	return nil
}

// Result returns what becomes of a source, and records nothing. Answers that are
// under way when ctx ends are waited for. The error is [ErrUnavailable] or
// [ErrPending] if the judge could not answer for now.
func (d Drafter) Result(ctx context.Context, run string, source corpus.Element) (Result, error) {
	absent := &absence{}
	results, err := d.judge(ctx, run, []corpus.Element{source}, absent, func() {})
	switch {
	case err != nil:
		return Result{}, err
	case absent.left > 0:
		return Result{}, absent.last
	}
	return results[0], nil
}

// absence counts the sources for which the judge was unavailable.
type absence struct {
	left, inARow int
	last         error
}

// judge returns the results of the sources that it finished, in their order,
// and the first error.
func (d Drafter) judge(ctx context.Context, run string, sources []corpus.Element, absent *absence, tick func()) ([]Result, error) {
	results := make([]*Result, len(sources))
	var one sync.Mutex // guards the retriever, absent and tick
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(d.Workers, 1))
	for i, source := range sources {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			one.Lock()
			ranked, err := d.Retriever.Retrieve(ctx, source, d.Depth)
			one.Unlock()
			if err != nil {
				return fmt.Errorf("find candidates for %s: %w", d.Source.Ref(source.ID), err)
			}
			depth := len(ranked)
			if d.Depth > 0 {
				depth = min(d.Depth, depth)
			}
			// What is under way may be paid for: it is finished.
			verdicts, err := d.Judge.Judge(context.WithoutCancel(ctx), source, ranked[:depth:depth])
			one.Lock()
			defer one.Unlock()
			if errors.Is(err, ErrPending) {
				absent.left, absent.last = absent.left+1, err
				return nil
			}
			if errors.Is(err, ErrUnavailable) {
				absent.left, absent.inARow, absent.last = absent.left+1, absent.inARow+1, err
				if absent.inARow < patience {
					return nil
				}
			}
			if err != nil {
				return fmt.Errorf("judge %s: %w", d.Source.Ref(source.ID), err)
			}
			absent.inARow = 0
			r := d.result(run, source, ranked, ranked[:depth], verdicts)
			results[i] = &r
			tick()
			return nil
		})
	}
	err := group.Wait()
	var finished []Result
	for _, r := range results {
		if r != nil {
			finished = append(finished, *r)
		}
	}
	return finished, err
}

func (d Drafter) result(run string, source corpus.Element, ranked, candidates []Candidate, verdicts []Verdict) Result {
	r := Result{Source: source.ID, Outcome: NotJudged}
	by := make(map[string]Verdict, len(verdicts))
	for _, v := range verdicts {
		by[v.Target] = v
	}
	// The outcome of a source is the best that any of its pairs has: one
	// mapped pair maps it, and one failed pair keeps it from being called
	// unrelated.
	worth := map[Outcome]int{Mapped: 3, Failed: 2, Unrelated: 1}
	judged := make(map[string]float64, len(candidates)) // what the judge expects of a target
	for _, c := range candidates {
		v, ok := by[c.Element.ID]
		switch {
		case !ok:
			v = Verdict{Target: c.Element.ID, Outcome: Failed, Rationale: "the judge left the candidate out", Strength: -1}
		case v.Outcome == NotJudged && len(v.Flags) == 0:
			continue
		}
		p := d.proposal(run, source, c, v)
		if p.Outcome == Mapped || p.Outcome == Unrelated {
			r.Judged++
			judged[c.Element.ID] = p.Probability
		}
		if worth[p.Outcome] > worth[r.Outcome] {
			r.Outcome = p.Outcome
		}
		r.Proposals = append(r.Proposals, p)
	}
	failed := 0
	for _, p := range r.Proposals {
		if p.Outcome == Failed {
			failed++
		}
	}
	r.NotJudged = len(ranked) - r.Judged - failed
	r.Missed = d.missed(ranked, judged)
	return r
}

// missed returns how many links are expected among the targets that nobody
// judged: what their places in the ranking promise, corrected by how far the
// judge found what the places of the others had promised (a ratio estimator,
// with one link added on both sides so that few candidates change little).
func (d Drafter) missed(ranked []Candidate, judged map[string]float64) float64 {
	if d.Expect == nil {
		return 0
	}
	left, promised, found := 0.0, 1.0, 1.0
	for _, c := range ranked {
		if p, ok := judged[c.Element.ID]; ok {
			promised += d.Expect(c)
			found += p
		} else {
			left += d.Expect(c)
		}
	}
	return left * found / promised
}

func (d Drafter) proposal(run string, source corpus.Element, c Candidate, v Verdict) Proposal {
	judged, basis := source, ""
	if source.Generic != "" {
		judged, _ = d.Source.Element(source.Parent)
		basis = "generic"
	}
	p := Proposal{
		Run:           run,
		Source:        d.Source.Ref(source.ID),
		Target:        d.Target.Ref(c.Element.ID),
		SourceSHA256:  judged.TextSHA256(),
		TargetSHA256:  c.Element.TextSHA256(),
		Outcome:       v.Outcome,
		Relation:      v.Relation,
		RationaleType: cmp.Or(v.RationaleType, Semantic),
		StrengthBasis: v.StrengthBasis,
		Rationale:     v.Rationale,
		Quotes:        v.Quotes,
		Confidence:    v.Probability,
		Probability:   v.Calibrated,
		Calibration:   v.Calibration,
		Rank:          c.Rank,
		Score:         c.Score,
		Evidence:      c.Evidence,
		Origin:        v.Origin,
		Basis:         basis,
		Focus:         source.Focus,
		Priority:      source.Priority,
		Flags:         v.Flags,
		Model:         v.Model,
		Prompt:        v.Prompt,
		Agreement:     v.Agreement,
		Convention:    v.Convention,
	}
	if v.Strength >= 0 {
		p.Strength = &v.Strength
	}
	p.ID = ProposalID(p.Source, p.Target, p.RationaleType)
	return p
}
