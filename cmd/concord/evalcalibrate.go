package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/calibration"
	"concord/eval"
	"concord/eval/train"
	"concord/internal/atomicfile"
)

// A voice is a model under a prompt, as verdicts name them.
type voice struct{ model, prompt string }

// A note is what a judge said of one pair.
type note struct {
	voice
	target string
	train.Statement
}

// A stenographer is another judge, of which it notes what it says. It is safe
// for concurrent use if that one is.
type stenographer struct {
	judge crosswalk.Judge

	mu    sync.Mutex
	notes map[string][]note // by source
}

func (s *stenographer) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	verdicts, err := s.judge.Judge(ctx, source, candidates)
	by := make(map[string]crosswalk.Candidate, len(candidates))
	for _, c := range candidates {
		by[c.Element.ID] = c
	}
	var notes []note
	for _, v := range verdicts {
		if c, ok := by[v.Target]; ok && calibration.Says(v) {
			notes = append(notes, note{voice{v.Model, v.Prompt}, v.Target, train.Statement{Features: calibration.Features(v, c), Raw: v.Probability}})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[source.ID] = notes
	return verdicts, err
}

// A hearing is what a judge said on a label set.
type hearing struct {
	cases      []eval.Case // with what was judged since the list was published
	voices     []voice     // in order of first appearance
	statements map[voice][]train.Statement
}

// hear lets the judge that knows nothing of the family of a task judge it, and
// holds what it says against the labels.
func (e *engine) hear(cmd *cobra.Command, t trial) (hearing, error) {
	e = e.testing(t.family)
	h := hearing{statements: map[voice][]train.Statement{}}
	votes, err := witnesses(cmd, t)
	if err != nil {
		return h, err
	}
	if _, err := e.guard(cmd, t, votes); err != nil {
		return h, err
	}
	s := &stenographer{notes: map[string][]note{}}
	seen, _, err := e.observe(cmd.Context(), t, votes, func(j crosswalk.Judge) crosswalk.Judge {
		s.judge = j
		return s
	})
	if err != nil {
		return h, err
	}
	h.cases = eval.Pooled.Through(seen.Cases)
	for _, c := range h.cases {
		gold := c.Gold()
		for _, n := range s.notes[c.Source.ID] {
			n.Listed = gold[n.target]
			if !slices.Contains(h.voices, n.voice) {
				h.voices = append(h.voices, n.voice)
			}
			h.statements[n.voice] = append(h.statements[n.voice], n.Statement)
		}
	}
	return h, nil
}

// A testimony is a lesson with what a model said on it.
type testimony struct {
	lesson
	hearing
}

// calibrate has the model judge the label sets and writes down what its
// probabilities are worth, beside what is known of other models.
func (e *engine) calibrate(cmd *cobra.Command, trials []trial, out string) error {
	trials = unfolded(trials)
	lessons := make([]lesson, len(trials))
	for i, t := range trials {
		lessons[i] = lesson{t, train.Set{Name: t.Name, Family: t.family, Into: familyOf(t.Target.Name)}}
	}
	taught, err := taughtBy(cmd, lessons)
	if err != nil {
		return err
	}
	known, err := e.calibration()
	if err != nil {
		return err
	}
	heard := make([]testimony, len(lessons))
	var voices []voice
	for i, l := range lessons {
		heard[i].lesson = l
		if heard[i].hearing, err = e.hear(cmd, l.trial); err != nil {
			return err
		}
		for _, v := range heard[i].voices {
			if !slices.Contains(voices, v) {
				voices = append(voices, v)
			}
		}
	}
	if len(voices) == 0 {
		return &codedError{exitTooFew, errors.New("the model gave no usable answer")}
	}
	for _, v := range voices {
		model, err := e.fitVoice(cmd, v, heard, taught, known.Unknown)
		if errors.Is(err, train.ErrTooFew) {
			err = &codedError{exitTooFew, err}
		}
		if err != nil {
			return fmt.Errorf("calibrate %s: %w", v.model, err)
		}
		known = known.With(model)
	}
	file, err := known.File()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(out, "calibration.json"), file)
}

// stiffness holds the weights of a calibration as a normal prior of standard
// deviation one does: a pair's worth of doubt, nothing among hundreds.
const stiffness = 1

// fitVoice fits the line to keep, and one without each family, and reports how
// that one does on it.
func (e *engine) fitVoice(cmd *cobra.Command, v voice, heard []testimony, taught []bool, unknown calibration.Line) (calibration.Model, error) {
	m := calibration.Model{Name: v.model, Prompt: v.prompt, Date: time.Now().UTC().Format(time.DateOnly), Command: trainCommand(cmd, e.settings)}
	fit := func(which func(i int) bool) (calibration.Fitted, error) {
		var sets [][]train.Statement
		var names []string
		for i, t := range heard {
			if statements := t.statements[v]; which(i) && len(statements) > 0 {
				sets, names = append(sets, statements), append(names, t.Name)
			}
		}
		f, err := train.FitCalibration(sets, stiffness)
		f.Data = names
		return f, err
	}
	var err error
	if m.Fitted, err = fit(func(i int) bool { return taught[i] }); err != nil {
		return m, err
	}
	m.Without = map[string]calibration.Fitted{}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s: %d judged pairs, %d of them listed\n", oneLine(v.model), m.Pairs, m.Listed)
	fmt.Fprintf(w, "%-20s %6s %6s  %-36s %-36s %s\n", "family held out", "pairs", "listed", "as stated", "default", "fitted without it")
	for _, t := range heard {
		family := t.set.Family
		if _, done := m.Without[family]; done {
			continue
		}
		held, err := fit(func(i int) bool { return !heard[i].touches(family) })
		how := "too few labels without it: the default stands in"
		switch {
		case errors.Is(err, train.ErrTooFew):
			held = calibration.Fitted{Line: unknown, Data: []string{}}
		case err != nil:
			return m, err
		}
		m.Without[family] = held
		var own []train.Statement
		listed := 0
		for _, o := range heard {
			if o.set.Family == family {
				own = append(own, o.statements[v]...)
			}
		}
		for _, s := range own {
			if s.Listed {
				listed++
			}
		}
		if err == nil {
			how = train.CheckCalibration(own, train.By(held.Line)).String()
		}
		fmt.Fprintf(w, "%-20s %6d %6d  %-36s %-36s %s\n", printable(family), len(own), listed,
			train.CheckCalibration(own, train.Stated), train.CheckCalibration(own, train.By(unknown)), how)
	}
	return m, nil
}
