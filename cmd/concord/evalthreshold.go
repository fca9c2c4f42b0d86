package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/eval"
)

func newEvalThreshold() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "threshold",
		Short: "Turn labels into thresholds: from which probability on to accept, and to look at all",
		Long: `Turn labels into thresholds: from which probability on to accept, and to look
at all.

The threshold to accept is the lowest probability from which the mapped pairs
have the precision of --auto-accept-precision: not just as counted, but at the
lower bound of Clopper and Pearson, one-sided at 95 %. The threshold to look at
is the probability that the share --recall of the judged links has: the
conformal lower quantile. Links that were no candidates have none and are counted
beside it; a greater --depth makes them fewer.

Both are chosen on all label sets. Then, for each family of frameworks, they are
chosen on the sets that neither lead from nor to it, and tried on it: the figures
achieved are what to expect of a framework without labels. They promise nothing,
since no framework is a random draw from the others. Each set is judged by what
was learned without its family, as published, and without precedents unless
--precedents names them.

It ends with exit code 4 if there are too few labels for either. JSON is one
object: "format" (` + thresholdFormat + `), what was measured, and "accept", "keep" and
"held_out" with the thresholds and what they came to.`,
		Example: "  concord eval threshold\n  concord eval threshold --sets sets.yaml --judge llm --auto-accept-precision .9 --recall .99",
		Args:    cobra.NoArgs,
		RunE:    runEvalThreshold,
	}
	evalFlags(cmd)
	judgeFlag(cmd)
	spendingFlags(cmd)
	leakFlags(cmd)
	cmd.Flags().Float64("auto-accept-precision", 0.95, "precision of what is accepted without a look")
	cmd.Flags().Float64("recall", 0.95, "share of the judged links that are to be looked at")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

const thresholdFormat = "concord-threshold/1"

// limits are the thresholds with what they were chosen on.
type limits struct {
	Format string   `json:"format"`
	Tool   string   `json:"tool"`
	Judge  string   `json:"judge"`
	Model  string   `json:"model"`
	Prompt string   `json:"prompt_sha256,omitempty"`
	Depth  int      `json:"depth"` // 0 for all
	Sets   []string `json:"sets"`

	Families   []string `json:"families"`
	Precision  float64  `json:"precision_target"`
	Recall     float64  `json:"recall_target"`
	Confidence float64  `json:"confidence"` // of the lower bounds
	eval.Thresholds
}

func runEvalThreshold(cmd *cobra.Command, _ []string) error {
	l := limits{Format: thresholdFormat, Tool: "concord " + version, Confidence: eval.Sure, Sets: []string{}}
	l.Precision, _ = cmd.Flags().GetFloat64("auto-accept-precision")
	l.Recall, _ = cmd.Flags().GetFloat64("recall")
	if err := errors.Join(between("auto-accept-precision", l.Precision), between("recall", l.Recall)); err != nil {
		return usage(err)
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	if err := forAModel(cmd, e.settings.Judge); err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	var sets []eval.Measured
	for _, t := range unfolded(trials) {
		heard, err := e.hear(cmd, t)
		if err != nil {
			return err
		}
		for _, v := range heard.voices {
			l.Model, l.Prompt = cmp.Or(l.Model, v.model), cmp.Or(l.Prompt, v.prompt)
		}
		l.Sets = append(l.Sets, t.Name)
		if !slices.Contains(l.Families, t.family) {
			l.Families = append(l.Families, t.family)
		}
		sets = append(sets, eval.Measured{Family: t.family, Into: familyOf(t.Target.Name), Cases: heard.cases})
	}
	l.Judge, l.Depth = e.settings.Judge, e.settings.Depth
	l.Thresholds = eval.ChooseThresholds(sets, l.Precision, l.Recall)
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(l)
	} else {
		err = l.print(cmd.OutOrStdout())
	}
	return errors.Join(err, l.enough())
}

// between is an error unless a share says something.
func between(flag string, share float64) error {
	if share > 0 && share < 1 {
		return nil
	}
	return fmt.Errorf("--%s %v: want a number between 0 and 1, such as .95", flag, share)
}

// unfolded leaves out the sets that are there as published, too: each pair is
// to count once.
func unfolded(trials []trial) []trial {
	return slices.DeleteFunc(slices.Clone(trials), func(t trial) bool {
		return t.Fold && slices.ContainsFunc(trials, func(o trial) bool { return o.Name == t.Name && !o.Fold })
	})
}

// enough is an error if there were too few labels for one of the thresholds.
func (l limits) enough() error {
	var few []string
	if n := eval.FewestRight(l.Precision); l.Accept.Mapped.Right < n {
		few = append(few, fmt.Sprintf("a precision of %v takes %d mapped pairs that are listed, there are %d", l.Precision, n, l.Accept.Mapped.Right))
	}
	if n := eval.FewestLinks(l.Recall); l.Keep.Judged < n {
		few = append(few, fmt.Sprintf("a recall of %v takes %d judged links, there are %d", l.Recall, n, l.Keep.Judged))
	}
	if few == nil {
		return nil
	}
	return &codedError{exitTooFew, fmt.Errorf("too few labels: %s", strings.Join(few, "; "))}
}

func (l limits) print(w io.Writer) error {
	var b strings.Builder
	name := l.Judge
	if l.Model != "" {
		name += " " + oneLine(l.Model)
	}
	fmt.Fprintf(&b, "judge %s; label sets: %d, families: %d (%s)\n\n", name, len(l.Sets), len(l.Families), printable(strings.Join(l.Families, ", ")))
	a := l.Accept
	if a.Reached {
		fmt.Fprintf(&b, "Accept from probability %.3f up for a precision of %v\n", a.Threshold, l.Precision)
	} else {
		fmt.Fprintf(&b, "Accept nothing for a precision of %v: no probability shows it. Nearest is %.3f:\n", l.Precision, a.Threshold)
	}
	fmt.Fprintf(&b, "  %d of %d mapped pairs, %d of them listed: precision %.3f, at least %.3f (Clopper-Pearson, one-sided %v)\n",
		a.Pairs, a.Mapped.Pairs, a.Right, a.Precision, a.Lower, l.Confidence)
	b.WriteString("  Lists are silver: what they leave out is not wrong, so read precision as a lower bound.\n\n")
	k := l.Keep
	if k.Reached {
		fmt.Fprintf(&b, "Look at what has probability %.3f or more for a recall of %v\n", k.Threshold, l.Recall)
	} else {
		fmt.Fprintf(&b, "Look at everything for a recall of %v: too few links to say from where on\n", l.Recall)
	}
	fmt.Fprintf(&b, "  %d of %d links among %d judged pairs: recall %.3f; %.3f of all %d links\n", k.Links.Kept, k.Judged, k.Among, k.Recall, k.Total, k.Listed)
	l.printHeldOut(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// printHeldOut says what thresholds came to that know nothing of a family.
func (l limits) printHeldOut(w io.Writer) {
	if len(l.HeldOut) == 0 {
		fmt.Fprintln(w, "\nNothing was held out: there is no other family to choose thresholds on, so nobody knows what these come to elsewhere.")
		return
	}
	fmt.Fprintf(w, "\nAchieved on each family by thresholds chosen without it (a family is no random draw from the others: no promise)\n")
	fmt.Fprintf(w, "%-20s  %-42s  %s\n", "", "to accept", "to look at")
	fmt.Fprintf(w, "%-20s  %6s %6s %6s %9s %8s    %6s %6s %6s %6s %9s\n", "family", "from", "pairs", "listed", "precision", "at least", "from", "links", "judged", "recall", "of all")
	for _, h := range l.HeldOut {
		a := "  none"
		if h.Accept.Reached {
			a = fmt.Sprintf("%6.3f %6d %6d %9s %8s", h.Accept.Threshold, h.Accept.Pairs, h.Accept.Right,
				shareOf(h.Accept.Precision, h.Accept.Pairs), shareOf(h.Accept.Lower, h.Accept.Pairs))
		}
		k := "  none"
		if h.Keep.Reached {
			k = fmt.Sprintf("%6.3f %6d %6d %6s %9s", h.Keep.Threshold, h.Keep.Listed, h.Keep.Judged,
				shareOf(h.Keep.Recall, h.Keep.Judged), shareOf(h.Keep.Total, h.Keep.Listed))
		}
		fmt.Fprintf(w, "%-20s  %-42s  %s\n", printable(h.Family), a, k)
	}
}

// shareOf prints a share, or that there was nothing to take it of.
func shareOf(value float64, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", value)
}
