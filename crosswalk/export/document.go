// Package export writes a drafted crosswalk to files that people and other
// tools read.
//
// [CSV] is for spreadsheets, [JSON] for programs (it alone loses nothing),
// [Markdown] for reading. Equal documents give equal bytes. The words of
// frameworks and models are untrusted, and each writer disarms them in the way
// its readers need. The package does not judge, store or convert: what it
// writes is what the run proposed.
package export

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// A Document is one drafted crosswalk, complete or interrupted.
type Document struct {
	Tool, Version string // the program that drafted it
	Run           string // id of the run
	Started       time.Time
	Source        *corpus.Framework
	Target        *corpus.Framework
	Settings      []Setting // in the order in which they should be shown

	// SourceIDs and TargetIDs name the elements that the run set out to
	// cover, in any order. Nil stands for everything mappable. Elements that
	// turn up in Sources or Proposals count in any case.
	SourceIDs, TargetIDs []string

	// Sources holds one result per source element, whose own Proposals are not
	// read. An element without one has not been judged.
	Sources []crosswalk.Result
	// Proposals holds every pair that was judged or failed, also those without
	// a relationship: a target that no proposal names counts as never judged.
	// Writers put them in order: source in document order, rank, target.
	Proposals []crosswalk.Proposal

	Threshold float64 // probability from which a pair is mapped, 0 to 1; 0.5 if zero
	Draft     bool    // no person has confirmed it
	CSV       CSVOptions
}

// A Setting is one setting of the run, such as "depth" and "20". Settings are
// written as they are, so a key to a service has no place among them.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// threshold returns the decision threshold, with its default.
func (d *Document) threshold() float64 { return cmp.Or(d.Threshold, 0.5) }

// check refuses what no writer could put down truthfully. The error names the
// element or the pair.
func (d *Document) check() error {
	if d.Source == nil || d.Target == nil {
		return fmt.Errorf("document of run %q has no source or no target framework", d.Run)
	}
	if !unit(d.Threshold) {
		return fmt.Errorf("threshold %v is not between 0 and 1", d.Threshold)
	}
	for _, side := range []struct {
		f   *corpus.Framework
		ids []string
	}{{d.Source, d.SourceIDs}, {d.Target, d.TargetIDs}} {
		for _, id := range side.ids {
			if _, ok := side.f.Element(id); !ok {
				return fmt.Errorf("%s has no element %q", side.f.Spec(), id)
			}
		}
	}
	if err := d.checkProposals(); err != nil {
		return err
	}
	return d.checkSources()
}

func (d *Document) checkSources() error {
	seen := make(map[string]bool, len(d.Sources))
	for _, s := range d.Sources {
		if _, ok := d.Source.Element(s.Source); !ok {
			return fmt.Errorf("result for %q: %s has no such element", s.Source, d.Source.Spec())
		}
		if seen[s.Source] {
			return fmt.Errorf("result for %q: there are two of them", s.Source)
		}
		seen[s.Source] = true
		if s.Outcome != "" && !slices.Contains(outcomes(), s.Outcome) {
			return fmt.Errorf("result for %q: unknown outcome %q: want one of %v", s.Source, s.Outcome, outcomes())
		}
		if s.Judged < 0 || s.NotJudged < 0 {
			return fmt.Errorf("result for %q: counts %d judged and %d not judged must not be negative", s.Source, s.Judged, s.NotJudged)
		}
	}
	for _, r := range d.rows() {
		if r.result.Outcome == crosswalk.Mapped && r.outcome != crosswalk.Mapped {
			return fmt.Errorf("result for %q says mapped, but no proposal maps it", r.element.ID)
		}
	}
	return nil
}

func (d *Document) checkProposals() error {
	type key struct {
		source, target string
		rationale      crosswalk.RationaleType
	}
	seen := make(map[key]bool, len(d.Proposals))
	for _, p := range d.Proposals {
		k := key{p.Source.ID, p.Target.ID, p.RationaleType}
		if err := d.checkProposal(p); err != nil {
			return fmt.Errorf("proposal %s to %s: %w", p.Source, p.Target, err)
		}
		if seen[k] {
			return fmt.Errorf("proposal %s to %s: there are two with rationale type %q", p.Source, p.Target, p.RationaleType)
		}
		seen[k] = true
	}
	return nil
}

func (d *Document) checkProposal(p crosswalk.Proposal) error {
	for _, side := range []struct {
		f   *corpus.Framework
		ref corpus.Ref
	}{{d.Source, p.Source}, {d.Target, p.Target}} {
		if _, ok := side.f.Element(side.ref.ID); !ok || side.f.Ref(side.ref.ID) != side.ref {
			return fmt.Errorf("%s is not in %s", side.ref, side.f.Spec())
		}
	}
	if !slices.Contains(outcomes(), p.Outcome) {
		return fmt.Errorf("unknown outcome %q: want one of %v", p.Outcome, outcomes())
	}
	if p.Relation != "" {
		if _, err := crosswalk.ParseRelation(string(p.Relation)); err != nil {
			return err
		}
	}
	related := p.Relation != "" && p.Relation != crosswalk.NoRelationship
	if p.Outcome == crosswalk.Mapped && !related || p.Outcome == crosswalk.Unrelated && related {
		return fmt.Errorf("outcome %q does not go with relation %q", p.Outcome, p.Relation)
	}
	if !unit(p.Probability) || !unit(p.Confidence) {
		return fmt.Errorf("probability %v and confidence %v must be between 0 and 1", p.Probability, p.Confidence)
	}
	numbers := []float64{p.Score}
	for _, e := range p.Evidence {
		numbers = append(numbers, e.Similarity)
	}
	for _, x := range numbers {
		if x-x != 0 { // NaN and the infinities have no place in JSON
			return fmt.Errorf("score or similarity %v is not a finite number", x)
		}
	}
	return nil
}

// unit reports whether x is a probability; NaN is none.
func unit(x float64) bool { return x >= 0 && x <= 1 }

func outcomes() []crosswalk.Outcome {
	return []crosswalk.Outcome{crosswalk.Mapped, crosswalk.Unrelated, crosswalk.NotJudged, crosswalk.Failed}
}
