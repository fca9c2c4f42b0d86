package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/candidate"
	"concord/crosswalk/llm"
	"concord/eval/leak"
)

// Values of --leaks.
const (
	leaksRefuse   = "refuse"   // duplicates fail the run
	leaksSiblings = "siblings" // reworded texts too
	leaksReport   = "report"   // nothing does
)

func leakFlags(cmd *cobra.Command) {
	cmd.Flags().StringSlice("precedents", nil, "built-in label sets that vote, or all that are not of the framework under test (default none)")
	cmd.Flags().Bool("without-precedents", false, "the default, said aloud")
	cmd.MarkFlagsMutuallyExclusive("precedents", "without-precedents")
	cmd.Flags().String("leaks", leaksRefuse, "test texts in precedents or in the prompt: refuse (reworded ones are reported), siblings (these fail too), report")
}

// witnesses returns the precedents that the flags let vote on a task.
func witnesses(cmd *cobra.Command, t trial) ([]candidate.Precedents, error) {
	names, _ := cmd.Flags().GetStringSlice("precedents")
	if len(names) == 0 {
		return nil, nil
	}
	all, err := precedents(t.Target, t.Source)
	if err != nil || slices.Equal(names, []string{"all"}) {
		return all, err
	}
	if err := knownLabelSets(names); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p candidate.Precedents) bool { return !slices.Contains(names, p.Set) }), nil
}

// knownLabelSets complains about a name that no built-in label set has. One
// that leads elsewhere than a task is no mistake: there may be several tasks.
func knownLabelSets(names []string) error {
	trials, err := builtinTrials()
	if err != nil {
		return err
	}
	var have []string
	for _, t := range trials {
		have = append(have, t.Name)
	}
	for _, n := range names {
		if !slices.Contains(have, n) {
			return usage(fmt.Errorf("--precedents %q: want all or some of %s", n, strings.Join(slices.Compact(have), ", ")))
		}
	}
	return nil
}

// guard looks for the texts under test in what votes on them and in what a
// model is shown. It returns what is worth knowing, and fails as --leaks says.
func (e *engine) guard(cmd *cobra.Command, t trial, votes []candidate.Precedents) (notes []string, err error) {
	var bodies []leak.Body
	for _, v := range votes {
		bodies = append(bodies, leak.Body{Name: v.Set, Labelled: true, Texts: leak.Texts(v.Framework, v.Sources()...)})
	}
	if e.settings.Judge == "llm" {
		bodies = append(bodies, leak.Body{Name: "the prompt", Labelled: true, Texts: []leak.Text{{ID: llm.PromptName, Text: llm.PromptText()}}})
	}
	if len(bodies) == 0 {
		return nil, nil
	}
	policy := leak.Report
	action, _ := cmd.Flags().GetString("leaks")
	switch action {
	case leaksSiblings:
		policy = leak.Refuse
	case leaksRefuse, leaksReport:
	default:
		return nil, usage(fmt.Errorf("--leaks %q: want %s, %s or %s", action, leaksRefuse, leaksSiblings, leaksReport))
	}
	var pairs []corpus.Pair
	for _, l := range t.Labels {
		pairs = append(pairs, corpus.Pair{Source: l.Source, Target: l.Target})
	}
	sources := leak.Sources(pairs)
	notes, err = leak.Verdict(leak.Check(leak.Texts(t.Source, sources...), bodies), len(sources), policy)
	if err != nil && action == leaksReport {
		notes, err = append([]string{err.Error()}, notes...), nil
	}
	for _, n := range notes {
		fmt.Fprintf(e.stderr, "%s: %s\n", printable(t.Name), oneLine(n))
	}
	if err != nil {
		return notes, usage(fmt.Errorf("%s: %w", t.Name, err))
	}
	return notes, nil
}
