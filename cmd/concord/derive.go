package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/internal/cell"
)

func newDerive() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "derive --via HUB A B",
		Short: "List what two crosswalks to a third framework say about each other",
		Long: `List what two crosswalks to a third framework say about each other.

A and B are files in any format with HUB (a name, or name@edition) on one side.
Each pair of rows that meet in an element of HUB is a path from A's other framework
to B's. Only safe relations are derived: equal passes the other one on, subset of
subset is subset, superset of superset is superset; elsewhere nothing follows, and
the relation is "unknown". The list is a starting point without authority: it is no
crosswalk, and is neither exported nor scored as one.`,
		Example: "  concord derive --via sp800-53 profile.json iso.csv --out derived.csv",
		Args:    cobra.ExactArgs(2),
		RunE:    runDerive,
	}
	cmd.Flags().String("via", "", "the framework in the middle")
	cmd.Flags().String("format", "csv", "csv or json")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	mappingColumnsFlag(cmd)
	return cmd
}

func runDerive(cmd *cobra.Command, args []string) error {
	via, _ := cmd.Flags().GetString("via")
	kind, _ := cmd.Flags().GetString("format")
	if via == "" {
		return usage(errors.New("name the framework in the middle with --via"))
	}
	if kind != "csv" && kind != "json" {
		return usage(fmt.Errorf("--format %q: want csv or json", kind))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	first, err := e.openMapping(args[0])
	if err != nil {
		return err
	}
	second, err := e.openMapping(args[1])
	if err != nil {
		return err
	}
	derived, err := exchange.Derive(via, first.Crosswalk, second.Crosswalk)
	if err != nil {
		return usage(err)
	}
	for i := range derived {
		if derived[i].Relation == "" {
			derived[i].Relation = unknownRelation
		}
	}
	write := derivedCSV
	if kind == "json" {
		write = derivedJSON
	}
	data, err := write(via, args, derived)
	if err != nil {
		return err
	}
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		if err := writeWhole(out, data); err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "wrote %s: %s, derived and not asserted\n", out, counted(len(derived), "path"))
		return nil
	}
	_, err = cmd.OutOrStdout().Write(data)
	return err
}

// unknownRelation stands where no relation follows from two.
const unknownRelation crosswalk.Relation = "unknown"

// derivedCSV writes a table that readers of crosswalks refuse, by its column
// derived_relation.
func derivedCSV(_ string, _ []string, derived []exchange.Derived) ([]byte, error) {
	var b bytes.Buffer
	table := csv.NewWriter(&b)
	table.Write([]string{"source", "via", "target", "relation_1", "relation_2", "derived_relation", "path", "weakest_link", "lowest_strength"})
	for _, d := range derived {
		strength := ""
		if d.Strength != nil {
			strength = fmt.Sprint(*d.Strength)
		}
		cells := []string{d.Source, d.Via, d.Target, string(d.First), string(d.Second), string(d.Relation), d.Path, string(d.Weakest), strength}
		for i := range cells {
			cells[i] = cell.Encode(cells[i])
		}
		table.Write(cells)
	}
	table.Flush()
	return b.Bytes(), table.Error()
}

func derivedJSON(via string, files []string, derived []exchange.Derived) ([]byte, error) {
	b, err := json.MarshalIndent(struct {
		Format   string             `json:"format"`
		Asserted bool               `json:"asserted"`
		Via      string             `json:"via"`
		Files    []string           `json:"files"`
		Derived  []exchange.Derived `json:"derived"`
	}{derivedFormat, false, via, files, append([]exchange.Derived{}, derived...)}, "", "  ")
	return append(b, '\n'), err
}
