package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
	"concord/internal/atomicfile"
)

func newEvalPool() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pool --set NAME",
		Short: "Collect what is proposed and not on a published list, for a person to judge",
		Long: `Collect what is proposed and not on a published list, for a person to judge.

A published list is silver: a pair that is not on it may be right. The pool has
every pair of a labelled source that the judge maps and the list lacks. It is
kept in the ledger as a run of its own, and --out writes it as a worksheet: a
question mark stands where a relation, or no_relationship, is to be put. What
the system thinks of a pair is not in it. The file, half done or done, is read
back by the line "judged: FILE" of a label set; "concord eval --full" then shows
strict, condensed and pooled figures side by side.`,
		Example: "  concord eval pool --set csf-2.0-to-sp800-171-r3 --out pool.csv",
		Args:    cobra.NoArgs,
		RunE:    runEvalPool,
	}
	evalFlags(cmd)
	judgeFlag(cmd)
	cmd.Flags().Int("attempt", 1, "2 asks a model again what it answered unusably in attempt 1, and so on")
	cmd.Flags().String("out", "", "worksheet to write, CSV (default standard output)")
	return cmd
}

func runEvalPool(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	if names, _ := cmd.Flags().GetStringSlice("set"); len(names) != 1 {
		return usage(errors.New("name one label set with --set, the one that lacks the pairs"))
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	t := trials[len(trials)-1] // as it was published, with nothing folded
	if t.Source.Spec() == t.Target.Spec() {
		return usage(fmt.Errorf("%s maps %s to itself: there is no draft of that", t.Name, t.Source.Spec()))
	}
	d := drafting{engine: e, source: t.Source, target: t.Target, kinds: t.kinds, without: true,
		purpose: "pool of " + t.Name, known: map[corpus.Pair]bool{}}
	if d.attempt, err = attemptOf(cmd); err != nil {
		return err
	}
	labelled := map[string]bool{}
	for _, l := range t.Labels {
		d.known[corpus.Pair{Source: l.Source, Target: l.Target}] = true
		labelled[l.Source] = true
	}
	cases, _ := t.Cases(t.Target.Mappable(t.kinds...))
	for _, c := range cases { // what an enhancement is listed for, where it counts as its control
		for id := range c.Labels {
			d.known[corpus.Pair{Source: c.Source.ID, Target: id}] = true
		}
		labelled[c.Source.ID] = true
	}
	for _, s := range t.Source.Mappable() {
		if labelled[s.ID] {
			d.sources = append(d.sources, s)
		}
	}
	doc, err := d.draft(cmd.Context())
	if err != nil {
		return err
	}
	proposed := slices.DeleteFunc(slices.Clone(doc.Proposals), func(p crosswalk.Proposal) bool { return p.Outcome != crosswalk.Mapped })
	return d.worksheet(cmd, doc, proposed, false)
}

// worksheet writes pairs for a person to judge and says where they are.
func (d *drafting) worksheet(cmd *cobra.Command, doc *export.Document, pairs []crosswalk.Proposal, fresh bool) error {
	var b bytes.Buffer
	if err := export.Worksheet(&b, doc, pairs, fresh); err != nil {
		return err
	}
	fmt.Fprintf(d.stderr, "%s: %d pairs of %d sources, run %s in %s\n", printable(d.purpose), len(pairs), len(d.sources), doc.Run, d.ledgerName())
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		return atomicfile.Write(out, b.Bytes())
	}
	_, err := cmd.OutOrStdout().Write(b.Bytes())
	return err
}

// unknown leaves out the candidates of which the answer is known.
type unknown struct {
	all   crosswalk.Retriever
	known map[corpus.Pair]bool
}

func (u unknown) Retrieve(ctx context.Context, source corpus.Element, depth int) ([]crosswalk.Candidate, error) {
	if len(u.known) > 0 {
		depth = 0 // what is left out makes room for what comes below
	}
	candidates, err := u.all.Retrieve(ctx, source, depth)
	return slices.DeleteFunc(candidates, func(c crosswalk.Candidate) bool {
		return u.known[corpus.Pair{Source: source.ID, Target: c.Element.ID}]
	}), err
}
