package main

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/effort"
)

// An answered is a judged pair with what the expert says of it.
type answered struct {
	proposal crosswalk.Proposal
	right    bool
}

// TestWhatReviewingIsExpectedToGainIsAboutWhatItGains lets the engine, without
// what it learned from a framework, judge the pairs of a label set, and a reviewer
// decide by the labels, those nearest to the threshold first. It prints what was
// expected after every so many rows, and what was reached; run it with -v.
func TestWhatReviewingIsExpectedToGainIsAboutWhatItGains(t *testing.T) {
	if testing.Short() {
		t.Skip("judges three frameworks")
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, set := range []string{"csf-2.0-to-sp800-53-5.2.0", "csf-2.0-to-sp800-171-r3", "ssdf-1.1-to-sp800-53-r5"} {
		t.Run(set, func(t *testing.T) {
			pairs := judgedPairs(t, set)
			mapped := 0
			for _, p := range pairs {
				if p.proposal.Outcome == crosswalk.Mapped {
					mapped++
				}
			}
			t.Logf("%d judged pairs, %d mapped", len(pairs), mapped)
			t.Log("rows  shift  precision now  truly  after     expected  reached  found: expected  reached")
			for _, done := range []int{0, 40, 120, 400, 1000} {
				for _, ahead := range []int{40, 400} {
					c := effort.Expect(standings(pairs, done), ahead)

					now, then := precision(pairs, done), precision(pairs, done+ahead)
					t.Logf("%4d  %+.2f  %13.3f  %5.3f  %+4d rows  %8.3f  %7.3f  %15.1f  %7d", done, c.Shift, *c.Now.Precision, now, ahead,
						*c.Next.Precision, then, c.Next.Found, found(pairs, done+ahead)-found(pairs, done))
					bound := .1
					if done == 0 { // the calibration is all there is
						bound = .2
					}
					if off := *c.Next.Precision - then; math.Abs(off) > bound || math.Abs(*c.Now.Precision-now) > bound {
						t.Errorf("after %d rows, %d more are expected to lead to a precision of %.3f, and they lead to %.3f", done, ahead, *c.Next.Precision, then)
					}
				}
			}
		})
	}
}

// judgedPairs returns the judged pairs of a label set, those nearest to the
// threshold first.
func judgedPairs(t *testing.T, set string) []answered {
	t.Helper()
	cmd, _, err := newRoot().Find([]string{"eval"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags([]string{"--set", set}); err != nil {
		t.Fatal(err)
	}
	cmd.SetContext(t.Context())
	e, err := newEngine(cmd)
	if err != nil {
		t.Fatal(err)
	}
	trials, err := e.trials(cmd)
	if err != nil {
		t.Fatal(err)
	}
	trial := trials[0] // controls alone, where these are told from enhancements
	seen, _, err := e.testing(trial.family).observe(t.Context(), trial, nil, func(j crosswalk.Judge) crosswalk.Judge { return j })
	if err != nil {
		t.Fatal(err)
	}
	var pairs []answered
	threshold := 1.0
	for _, c := range seen.Cases {
		gold := c.Gold()
		for _, d := range c.Decisions {
			p := crosswalk.Proposal{
				Source: corpus.Ref{Framework: trial.Source.Name, Edition: trial.Source.Edition, ID: c.Source.ID}, Target: corpus.Ref{Framework: trial.Target.Name, Edition: trial.Target.Edition, ID: d.Target},
				Outcome: d.Outcome, Relation: d.Relation, RationaleType: crosswalk.Semantic, Probability: d.Probability,
			}
			p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
			pairs = append(pairs, answered{p, gold[d.Target]})
			if d.Outcome == crosswalk.Mapped {
				threshold = min(threshold, d.Probability)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b answered) int {
		return cmp.Compare(math.Abs(a.proposal.Probability-threshold), math.Abs(b.proposal.Probability-threshold))
	})
	return pairs
}

// standings returns the pairs after the first so many were decided by the labels.
func standings(pairs []answered, done int) []crosswalk.Standing {
	var proposals []crosswalk.Proposal
	var decisions []crosswalk.Decision
	for i, p := range pairs {
		proposals = append(proposals, p.proposal)
		if i >= done {
			continue
		}
		d := crosswalk.Decision{Time: time.Date(2026, 11, 20, 9, 0, i, 0, time.UTC), Reviewer: "labels", Proposal: p.proposal.ID, ProposalSHA256: p.proposal.SHA256(),
			Action: crosswalk.Correct, Relation: crosswalk.IntersectsWith, RationaleType: crosswalk.Semantic}
		if !p.right {
			d.Action, d.Reason, d.Relation, d.RationaleType = crosswalk.Reject, crosswalk.WrongTarget, "", ""
		}
		decisions = append(decisions, d.Identified())
	}
	return crosswalk.Current(proposals, decisions)
}

// precision returns the share of right ones among the pairs that stand as related
// after the first so many were decided by the labels.
func precision(pairs []answered, done int) float64 {
	right, standing := 0.0, 0.0
	for i, p := range pairs {
		if i < done && p.right || i >= done && p.proposal.Outcome == crosswalk.Mapped {
			standing++
			if p.right {
				right++
			}
		}
	}
	return right / standing
}

// found counts the right ones among the first so many pairs that were proposed as
// not related.
func found(pairs []answered, done int) int {
	n := 0
	for _, p := range pairs[:min(done, len(pairs))] {
		if p.right && p.proposal.Outcome == crosswalk.Unrelated {
			n++
		}
	}
	return n
}
