package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
)

// mappedRuns are the runs from one framework, the latest to each target.
type mappedRuns struct {
	source *corpus.Framework
	runs   []*posture.Run
}

// to returns the run to a framework, nil if there is none.
func (m mappedRuns) to(spec string) *posture.Run {
	for _, r := range m.runs {
		if r.Target.Spec() == spec {
			return r
		}
	}
	return nil
}

// named returns the run to a framework of a name, or name@edition: the latest.
func (m mappedRuns) named(spec string) *posture.Run {
	for _, r := range m.runs {
		if spec == r.Target.Spec() || spec == r.Target.Name {
			return r
		}
	}
	return nil
}

// mappedRuns reads the runs that --run names, or the latest draft to each
// framework that controls are listed of.
func (e *engine) mappedRuns(cmd *cobra.Command, p *orgprofile.Profile) (m mappedRuns, err error) {
	from, _ := cmd.Flags().GetString("from")
	ids, _ := cmd.Flags().GetStringSlice("run")
	if from = cmp.Or(from, p.Framework.Value); from == "" && len(ids) == 0 {
		from = defaultProfile
	}
	if from != "" {
		if m.source, err = e.mappedSource(cmd.Context(), from); err != nil {
			return m, err
		}
	}
	if !ledger.Exists(e.ledgerAt()) && len(ids) == 0 {
		return m, nil
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return m, err
	}
	defer book.Close()
	runs, err := e.chosen(cmd.Context(), book, ids, m.source, p)
	if err != nil {
		return m, err
	}
	for _, r := range runs {
		if err := m.add(cmd.Context(), book, r); err != nil {
			return m, err
		}
	}
	return m, nil
}

// mappedSource returns the framework of a name as the latest draft from it has it,
// or else as it is found by that name.
func (e *engine) mappedSource(ctx context.Context, name string) (*corpus.Framework, error) {
	if !ledger.Exists(e.ledgerAt()) {
		return e.open(name)
	}
	book, err := e.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	runs, err := draftRuns(ctx, book)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if means(name, r.Source.Spec) {
			return book.Framework(ctx, r.Source.Digest)
		}
	}
	return e.open(name)
}

// chosen returns the runs to load: of those named, all, else the latest draft
// from the framework to each that controls are listed of.
func (e *engine) chosen(ctx context.Context, book *ledger.Ledger, ids []string, source *corpus.Framework, p *orgprofile.Profile) ([]ledger.Run, error) {
	if len(ids) == 0 {
		return latestTo(ctx, book, source.Spec(), p)
	}
	var out []ledger.Run
	for _, id := range ids {
		r, err := book.Run(ctx, id)
		if errors.Is(err, ledger.ErrNoRun) {
			return nil, usage(fmt.Errorf("no run %q in %s", id, e.ledgerName()))
		}
		if err != nil {
			return nil, err
		}
		if source != nil && r.Source.Spec != source.Spec() {
			return nil, usage(fmt.Errorf("run %s maps %s, and the profile is of %s", id, printable(r.Source.Spec), source.Spec()))
		}
		for _, other := range out {
			switch {
			case other.Source.Spec != r.Source.Spec:
				return nil, usage(fmt.Errorf("run %s maps %s and run %s maps %s: name runs of one framework", other.ID, printable(other.Source.Spec), id, printable(r.Source.Spec)))
			case other.Target.Spec == r.Target.Spec && other.ID != id:
				return nil, usage(fmt.Errorf("runs %s and %s both map to %s: name one of them", other.ID, id, printable(r.Target.Spec)))
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func latestTo(ctx context.Context, book *ledger.Ledger, source string, p *orgprofile.Profile) ([]ledger.Run, error) {
	all, err := book.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []ledger.Run
	taken := map[string]bool{}
	for _, c := range p.Catalogs {
		for _, r := range all {
			var s runSettings
			if err := json.Unmarshal(r.Settings, &s); err != nil {
				return nil, fmt.Errorf("settings of run %s: %w", r.ID, err)
			}
			name, _ := splitSpec(r.Target.Spec)
			if s.Purpose != "" || r.Source.Spec != source || c.Framework.Value != name && c.Framework.Value != r.Target.Spec {
				continue
			}
			if !taken[r.ID] {
				taken[r.ID] = true
				out = append(out, r)
			}
			break
		}
	}
	return out, nil
}

// add loads a run. The text of the outcomes is that of the first one: it is what
// was decided on.
func (m *mappedRuns) add(ctx context.Context, book *ledger.Ledger, r ledger.Run) error {
	doc, err := loadRun(ctx, book, r.ID)
	if err != nil {
		return err
	}
	decisions, err := book.Decisions(ctx, r.ID)
	if err != nil {
		return err
	}
	if len(m.runs) == 0 {
		m.source = doc.Source
	}
	m.runs = append(m.runs, &posture.Run{ID: r.ID, Target: doc.Target, Standings: crosswalk.Current(doc.Proposals, decisions), Decisions: decisions})
	return nil
}
