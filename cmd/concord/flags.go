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
	cmd.Flags().StringSlice("columns", nil, "columns of a table that have other names, such as id=Ref,text=Requirement")
}

func columnsOf(cmd *cobra.Command) (map[string]string, error) {
	flag := cmd.Flags().Lookup("columns")
	if flag == nil {
		return nil, nil
	}
	list, err := cmd.Flags().GetStringSlice("columns")
	if err != nil {
		return nil, usage(err)
	}
	columns := map[string]string{}
	known := []string{"id", "text", "title", "parent", "kind"}
	for _, pair := range list {
		ours, theirs, ok := strings.Cut(pair, "=")
		if !ok || !slices.Contains(known, ours) || theirs == "" {
			return nil, usage(fmt.Errorf("--columns %q: want %s = a column of the file, such as id=Ref", pair, strings.Join(known, ", ")))
		}
		columns[ours] = theirs
	}
	return columns, nil
}

// splitSpec splits "csf@2.0".
func splitSpec(spec string) (name, edition string) {
	name, edition, _ = strings.Cut(spec, "@")
	return name, edition
}
