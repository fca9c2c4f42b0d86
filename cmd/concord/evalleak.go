package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/builtin"
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
	cmd.Flags().String("leaks", leaksRefuse, "test texts in precedents or in the prompt: refuse (reworded ones are reported), siblings (these fail too), report")
}

// witnesses returns the precedents that the flags let vote on a task.
func witnesses(cmd *cobra.Command, t trial) ([]candidate.Precedents, error) {
	names, _ := cmd.Flags().GetStringSlice("precedents")
	if without, _ := cmd.Flags().GetBool("without-precedents"); without && len(names) > 0 {
		return nil, usage(errors.New("--precedents and --without-precedents contradict each other"))
	}
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
	sets, err := builtin.LabelSets()
	if err != nil {
		return err
	}
	have := make([]string, len(sets))
	for i, s := range sets {
		have[i] = s.Name
	}
	for _, n := range names {
		if !slices.Contains(have, n) {
			return usage(fmt.Errorf("--precedents %q: want all or some of %s", n, strings.Join(have, ", ")))
		}
	}
	return nil
}

// guard looks for the texts under test in what the engine learned from, in what
// votes on them and in what a model is shown. It returns what is worth knowing,
// and fails as --leaks says.
func (e *engine) guard(cmd *cobra.Command, t trial, votes []candidate.Precedents) (notes []string, err error) {
	bodies, unknown, err := e.learnedFrom(t)
	if err != nil {
		return nil, err
	}
	if len(bodies)+len(unknown) == 0 && e.custom() {
		notes = append(notes, "the files of weights and judge do not say what they were learned from, so nobody can say whether these texts were among it")
	}
	if len(unknown) > 0 {
		notes = append(notes, fmt.Sprintf("weights or judge were learned from label sets that are not here, so nobody can say whether these texts were among them: %s", strings.Join(unknown, ", ")))
	}
	for _, v := range votes {
		bodies = append(bodies, leak.Body{Name: v.Set, Labelled: true, Texts: leak.Texts(v.Framework, v.Sources()...)})
	}
	if e.settings.Judge == "llm" {
		bodies = append(bodies, leak.Body{Name: "the prompt", Labelled: true, Texts: []leak.Text{{ID: llm.PromptName, Text: llm.PromptText()}}})
	}
	policy := leak.Report
	action, _ := cmd.Flags().GetString("leaks")
	switch action {
	case leaksSiblings:
		policy = leak.Refuse
	case leaksRefuse, leaksReport, "": // a command without the flag refuses
	default:
		return nil, usage(fmt.Errorf("--leaks %q: want %s, %s or %s", action, leaksRefuse, leaksSiblings, leaksReport))
	}
	var pairs []corpus.Pair
	for _, l := range t.Labels {
		pairs = append(pairs, corpus.Pair{Source: l.Source, Target: l.Target})
	}
	sources := leak.Sources(pairs)
	found, err := leak.Verdict(leak.Check(leak.Texts(t.Source, sources...), bodies), len(sources), policy)
	notes = append(notes, found...)
	if err != nil && action == leaksReport {
		notes, err = slices.Insert(notes, 0, err.Error()), nil
	}
	for _, n := range notes {
		fmt.Fprintf(e.stderr, "%s: %s\n", printable(t.Name), oneLine(n))
	}
	if err != nil {
		return notes, usage(fmt.Errorf("%s: %w: leave out precedents that know the answers, or, where weights and judge do, name the family of the set (such as \"family: %s\"), so that what was learned without it is used",
			t.Name, err, likelyFamily(bodies)))
	}
	return notes, nil
}

// sameTarget reports whether a built-in set leads into a framework, in any
// edition, under whatever name.
func sameTarget(set corpus.LabelSet, target *corpus.Framework) (bool, error) {
	if name, _ := splitSpec(set.Target); name == target.Name {
		return true, nil
	}
	into, err := builtin.Open(set.Target)
	return err == nil && sameIDs(target, into), err
}

// learnedFrom returns the label sets that the weights and the judge, or a model's
// calibration, were learned from, as far as they hold answers: those that lead
// into the target of the task. unknown names the sets that are not built in.
func (e *engine) learnedFrom(t trial) (bodies []leak.Body, unknown []string, err error) {
	fusion, err := e.fusion()
	if err != nil {
		return nil, nil, err
	}
	names := fusion.Data
	if e.settings.Judge == "local" {
		model, err := e.judgeModel()
		if err != nil {
			return nil, nil, err
		}
		names = slices.Concat(names, model.Data)
	} else {
		known, err := e.calibration()
		if err != nil {
			return nil, nil, err
		}
		names = slices.Concat(names, known.Learned(e.settings.Endpoint.voters()))
	}
	sets, err := builtin.LabelSets()
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		at := slices.IndexFunc(sets, func(s corpus.LabelSet) bool { return s.Name == name })
		if at < 0 {
			unknown = append(unknown, name)
			continue
		}
		same, err := sameTarget(sets[at], t.Target)
		if err != nil {
			return nil, nil, err
		}
		if !same {
			continue
		}
		source, err := builtin.Open(sets[at].Source)
		if err != nil {
			return nil, nil, err
		}
		bodies = append(bodies, leak.Labels(sets[at], source))
	}
	return bodies, unknown, nil
}

// custom reports whether the settings name weights or a judge.
func (e *engine) custom() bool { return e.settings.Weights != "" || e.settings.JudgeModel != "" }

// likelyFamily names the family of the first learned set.
func likelyFamily(bodies []leak.Body) string {
	sets, err := builtin.LabelSets()
	if err != nil {
		return ""
	}
	for _, b := range bodies {
		for _, s := range sets {
			if s.Name == b.Name {
				name, _ := splitSpec(s.Source)
				return familyOf(name)
			}
		}
	}
	return "csf"
}
