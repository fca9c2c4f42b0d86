package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The frameworks of the main job, where no others are named.
const (
	defaultSource = "cyber-ai-profile"
	defaultTarget = "sp800-53"
)

func pairFlags(cmd *cobra.Command) {
	cmd.Flags().String("from", defaultSource, "source framework: a name, name@edition or file")
	cmd.Flags().String("to", defaultTarget, "target framework: a name, name@edition or file")
	cmd.Flags().StringSlice("kind", nil, "kinds of target elements, such as control,mitigation (default all)")
	cmd.Flags().Bool("without-precedents", false, "do not let published mappings of similar elements vote")
	columnsFlag(cmd)
}

func columnsFlag(cmd *cobra.Command) {
	cmd.Flags().StringSlice("columns", nil, "columns of a table that have other names, such as id=Ref,text=Requirement, or source_id=Clause of a published list")
}

// Columns that a flag may rename: of a framework, and of a published list.
var (
	elementColumns = []string{"id", "text", "title", "parent", "kind"}
	pairColumns    = []string{"source_id", "target_id", "relationship", "rationale_type", "strength", "rationale"}
)

// columnsOf returns the columns that the flag renames, of frameworks and of
// published lists.
func columnsOf(cmd *cobra.Command) (elements, pairs map[string]string, err error) {
	flag := cmd.Flags().Lookup("columns")
	if flag == nil {
		return nil, nil, nil
	}
	list, err := cmd.Flags().GetStringSlice("columns")
	if err != nil {
		return nil, nil, usage(err)
	}
	elements, pairs = map[string]string{}, map[string]string{}
	for _, pair := range list {
		ours, theirs, ok := strings.Cut(pair, "=")
		switch {
		case ok && theirs != "" && slices.Contains(elementColumns, ours):
			elements[ours] = theirs
		case ok && theirs != "" && slices.Contains(pairColumns, ours):
			pairs[ours] = theirs
		default:
			return nil, nil, usage(fmt.Errorf("--columns %q: want %s = a column of the file, such as id=Ref", pair, strings.Join(slices.Concat(elementColumns, pairColumns), ", ")))
		}
	}
	return elements, pairs, nil
}

// splitSpec splits "csf@2.0".
func splitSpec(spec string) (name, edition string) {
	name, edition, _ = strings.Cut(spec, "@")
	return name, edition
}
