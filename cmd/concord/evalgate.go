package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus/source"
	"concord/eval"
	"concord/eval/gate"
	"concord/internal/atomicfile"
)

func newEvalGate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gate [--file FILE]",
		Short: "Hold an evaluation to floors and allowed drops, for CI",
		Long: fmt.Sprintf(`Hold an evaluation to floors and allowed drops, for CI.

The gate file is YAML:

  baseline: gate-baseline.json   # for drops; written by --update
  sets: sets.yaml                # own label sets (default the built-in ones)
  checks:
    - set: csf-2.0-to-sp800-53-5.2.0
      folded: true               # default false
      system: concord            # default; or plain BM25
      slice: {by: function, name: GV}   # default the whole set
      view: strict               # default; or pooled, condensed, achievable
      requirements: 20           # least number to say anything (default %d)
      metrics:
        - {metric: mrr5, floor: 0.64, drop: 0.02}
        - {metric: ece, ceiling: 0.05}
        - {metric: top1, drop: 0.03, significant: true}

The paths of baseline and sets are relative to the gate file; those in the file
of sets are read as "concord eval --sets" reads them. docs/metrics.md lists the
metrics. A floor is for those where more is better, a ceiling for the others; a
drop is how much worse than the baseline is allowed.

Drops of top1, mrr5, map and f1 on a whole set in the strict view are shown with
the paired difference by requirement, its 95 %% interval and its p-value, adjusted
over all such drops of the gate (Holm). With significant, a drop fails only if
that p-value is %v or less too.

A check is skipped if the set, a file of it, the metric or the baseline is not
there, the baseline was measured on other labels, or there are too few
requirements. Exit codes: 0 every check passed; 3 a check failed; 4 none failed,
but one was skipped; 1 could not run; 2 wrong use or a file that cannot be read.

--update measures again and writes the baseline, with what the drops count from
alone. A set that cannot be measured keeps its old figures, and the exit code is 4.

--out FORMAT=FILE writes the whole file anew, also on failure, and can be
repeated: --out junit=gate.xml --out markdown="$GITHUB_STEP_SUMMARY".

JSON is one object: "format" (%s), "tool", "judge", "outcome" (pass, fail,
skipped), "passed", "failed", "skipped" and "checks"; a check has "set",
"folded", "system", "slice", "view", "metric", "rule" (floor, ceiling, drop),
"limit", "significant", "requirements", "sources", "value", "baseline", "paired"
(as a measure of "eval compare"), "outcome" and "reason".`, eval.FewestCompared, eval.Significant, gate.Format),
		Example: "  concord eval gate --file .ci/gate.yaml --out junit=gate.xml\n  concord eval gate --file .ci/gate.yaml --update",
		Args:    cobra.NoArgs,
		RunE:    runEvalGate,
	}
	cmd.Flags().String("file", "gate.yaml", "gate file")
	cmd.Flags().String("results", "", "results of \"concord eval --json\" to hold to the gate, instead of measuring")
	cmd.Flags().Bool("update", false, "write the baseline instead of checking")
	cmd.Flags().String("format", "text", "of standard output: "+strings.Join(gate.Formats(), ", "))
	cmd.Flags().StringArray("out", nil, "also write FORMAT=FILE, such as junit=gate.xml (repeatable)")
	depthFlag(cmd)
	judgeFlag(cmd)
	leakFlags(cmd)
	return cmd
}

func runEvalGate(cmd *cobra.Command, _ []string) error {
	outputs, err := gateOutputs(cmd)
	if err != nil {
		return usage(err)
	}
	if err := gateConflicts(cmd); err != nil {
		return usage(err)
	}
	path, _ := cmd.Flags().GetString("file")
	data, err := os.ReadFile(path)
	if err != nil {
		return usage(fmt.Errorf("%w: name the gate file with --file", err))
	}
	g, err := gate.Read(data, []string{systemConcord, systemPlain})
	if err != nil {
		return usage(fmt.Errorf("%s: %w", path, err))
	}
	g.Baseline, g.Sets = beside(path, g.Baseline), beside(path, g.Sets)
	update, _ := cmd.Flags().GetBool("update")
	if update {
		switch g = g.Drops(); {
		case g.Baseline == "":
			return usage(fmt.Errorf("%s: --update needs to know where: name a file under \"baseline\"", path))
		case len(g.Checks) == 0:
			return usage(fmt.Errorf("%s: no check has a drop: there is nothing to keep a baseline for", path))
		}
	}
	var m gate.Measured
	m.Seed = 1
	m.Baseline, m.NoBaseline, err = readBaseline(g.Baseline)
	switch {
	case err != nil && update:
		fmt.Fprintf(cmd.ErrOrStderr(), "the old baseline cannot be read, and is written anew: %s\n", oneLine(err.Error()))
	case err != nil:
		return err
	}
	if m.Results, m.Missing, err = gateResults(cmd, g); err != nil {
		return err
	}
	if update {
		return updateBaseline(cmd.OutOrStdout(), g, m)
	}
	return writeGate(cmd.OutOrStdout(), g.Hold(m), outputs)
}

// beside returns a path that a file gives, from where that file is.
func beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// A gateOutput is a format and the file to write it to, "" for standard output.
type gateOutput struct{ format, file string }

func gateOutputs(cmd *cobra.Command) ([]gateOutput, error) {
	format, _ := cmd.Flags().GetString("format")
	list, _ := cmd.Flags().GetStringArray("out")
	if !slices.Contains(gate.Formats(), format) {
		return nil, fmt.Errorf("--format %q: want one of %s", format, strings.Join(gate.Formats(), ", "))
	}
	outputs := []gateOutput{{format: format}}
	for _, pair := range list {
		format, file, _ := strings.Cut(pair, "=")
		if !slices.Contains(gate.Formats(), format) || file == "" {
			return nil, fmt.Errorf("--out %q: want FORMAT=FILE with one of %s", pair, strings.Join(gate.Formats(), ", "))
		}
		if slices.ContainsFunc(outputs, func(o gateOutput) bool { return o.file == file }) {
			return nil, fmt.Errorf("--out %q: that file is written already", pair)
		}
		outputs = append(outputs, gateOutput{format, file})
	}
	return outputs, nil
}

// gateConflicts refuses flags that would be without effect.
func gateConflicts(cmd *cobra.Command) error {
	for _, pair := range [][2]string{
		{"results", "update"}, {"results", "depth"}, {"results", "judge"}, {"results", "precedents"}, {"results", "leaks"},
		{"update", "format"}, {"update", "out"},
	} {
		if cmd.Flags().Changed(pair[0]) && cmd.Flags().Changed(pair[1]) {
			return fmt.Errorf("--%s and --%s do not go together", pair[0], pair[1])
		}
	}
	return nil
}

// readBaseline returns nil and the reason where there is no baseline.
func readBaseline(path string) (*eval.Results, string, error) {
	if path == "" {
		return nil, "the gate names none", nil
	}
	results, err := readResults(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "there is no " + path + "; --update writes it", nil
	case err != nil:
		return nil, "", err
	}
	return &results, "", nil
}

func readResults(path string) (eval.Results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return eval.Results{}, usage(err)
	}
	results, err := eval.ReadResults(data)
	if err != nil {
		return results, usage(fmt.Errorf("%s: %w", path, err))
	}
	return results, nil
}

// gateResults measures what the gate names, or reads it, and says of what was
// not measured why.
func gateResults(cmd *cobra.Command, g gate.Gate) (eval.Results, map[gate.Labels]string, error) {
	if path, _ := cmd.Flags().GetString("results"); path != "" {
		results, err := readResults(path)
		return results, nil, err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return eval.Results{}, nil, err
	}
	return e.measureGate(cmd, g)
}

func (e *engine) measureGate(cmd *cobra.Command, g gate.Gate) (eval.Results, map[gate.Labels]string, error) {
	offers, err := e.offers(g.Sets)
	if err != nil {
		return eval.Results{}, nil, err
	}
	var trials []trial
	missing := map[gate.Labels]string{}
	for _, labels := range g.Labels() {
		at := slices.IndexFunc(offers, func(o offer) bool { return o.Labels == labels })
		if at < 0 {
			var have []string
			for _, o := range offers {
				have = append(have, o.Key())
			}
			missing[labels] = "there is no such label set; there are " + strings.Join(have, ", ")
			continue
		}
		t, err := offers[at].open()
		if why, is := absent(err); is {
			missing[labels] = why
			continue
		}
		if err != nil {
			return eval.Results{}, nil, err
		}
		trials = append(trials, t)
	}
	results, _, err := e.evaluate(cmd, trials)
	return results, missing, err
}

// absent reports whether an error says that a file or a framework is not there,
// and which.
func absent(err error) (why string, is bool) {
	var unknown *source.UnknownError
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("no framework %q and no file of that name", unknown.Name), true
	case errors.Is(err, fs.ErrNotExist):
		return err.Error(), true
	}
	return "", false
}

// An offer is a label set that can be measured. It is opened only if a check
// names it: the files of the others need not be there.
type offer struct {
	gate.Labels
	open func() (trial, error)
}

// offers lists the user's own label sets in a file, or else the built-in ones.
func (e *engine) offers(path string) ([]offer, error) {
	var offers []offer
	if path == "" {
		trials, err := builtinTrials()
		for _, t := range trials {
			offers = append(offers, offer{gate.Labels{Set: t.Name, Folded: t.Fold}, func() (trial, error) { return t, nil }})
		}
		return offers, err
	}
	specs, err := readSets(path)
	for _, s := range specs {
		offers = append(offers, offer{gate.Labels{Set: s.Name, Folded: s.Fold}, func() (trial, error) { return e.ownTrial(s) }})
	}
	return offers, err
}

// writeGate writes what a gate came to, everywhere before it says so with its exit
// code.
func writeGate(stdout io.Writer, r gate.Report, outputs []gateOutput) error {
	for _, o := range outputs {
		var b bytes.Buffer
		if err := r.Write(&b, o.format); err != nil {
			return err
		}
		if o.file == "" {
			if _, err := stdout.Write(b.Bytes()); err != nil {
				return err
			}
		} else if err := atomicfile.Write(o.file, b.Bytes()); err != nil {
			return err
		}
	}
	switch r.Outcome {
	case gate.Pass:
		return nil
	case gate.Fail:
		return &codedError{exitGate, errors.New("the gate failed: " + r.Summary())}
	}
	return &codedError{exitTooFew, errors.New("the gate cannot say: " + r.Summary())}
}

// updateBaseline writes what was measured as the new baseline, and prints what
// is not as it was.
func updateBaseline(stdout io.Writer, g gate.Gate, m gate.Measured) error {
	next := g.Renew(m.Results, m.Baseline)
	body, err := gate.Encode(next)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(g.Baseline, body); err != nil {
		return err
	}
	changes := g.Changes(m.Baseline, next)
	for _, c := range changes {
		fmt.Fprintln(stdout, c)
	}
	fmt.Fprintf(stdout, "%s is written, values that changed: %d\n", printable(g.Baseline), len(changes))
	var unmeasured []string
	for _, labels := range g.Labels() {
		if why, is := m.Missing[labels]; is {
			unmeasured = append(unmeasured, labels.Key()+": "+why)
		}
	}
	if len(unmeasured) > 0 {
		return &codedError{exitTooFew, errors.New("not measured: " + strings.Join(unmeasured, "; "))}
	}
	return nil
}
