package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"concord/eval"
	"concord/internal/atomicfile"
)

func newEvalTrain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Fit the offline judge's probabilities on label sets",
		Long: `Fit the offline judge's probabilities on label sets, and report for each set
how a model fitted on the others does on it.

Sets count the same, however many pairs they hold. Precedents vote only where
their labels are not those of the set.`,
		Example: "  concord eval train --sets sets.yaml --out model.json",
		Args:    cobra.NoArgs,
		RunE:    runEvalTrain,
	}
	evalFlags(cmd)
	cmd.Flags().String("out", "", "file to write the model to (default standard output)")
	return cmd
}

// ridge is the penalty on the weights of the judge model.
const ridge = 1e-5

func runEvalTrain(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	samples := make([][]eval.Sample, len(trials))
	var names []string
	for i, t := range trials {
		s, err := e.space(t.Source, t.Target)
		if err != nil {
			return err
		}
		votes, err := precedents(t.Target, t.Source)
		if err != nil {
			return err
		}
		ranker, err := e.ranker(cmd.Context(), s, t.kinds, votes)
		if err != nil {
			return err
		}
		samples[i] = eval.Samples(t.Task, ranker, e.settings.Depth)
		names = append(names, t.Name)
	}
	for i := range trials {
		var others []eval.Sample
		for j := range trials {
			if j != i {
				others = append(others, samples[j]...)
			}
		}
		if len(others) == 0 {
			break
		}
		held, err := eval.Fit(others, ridge)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "%s, fitted on the others: %s\n", printable(names[i]), eval.Check(held, samples[i]))
	}
	var all []eval.Sample
	for _, s := range samples {
		all = append(all, s...)
	}
	model, err := eval.Fit(all, ridge)
	if err != nil {
		return err
	}
	model.Name = "local-1"
	model.Data = names
	model.Date = time.Now().UTC().Format(time.DateOnly)
	model.Command = fmt.Sprintf("concord eval train --sets FILE --depth %d", e.settings.Depth)
	body, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		return err
	}
	body = append(body, '\n')
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		return atomicfile.Write(out, body)
	}
	_, err = cmd.OutOrStdout().Write(body)
	return err
}
