package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"concord/eval"
	"concord/eval/report"
	"concord/internal/atomicfile"
)

// writeReport writes the page that --report asks for, if it does.
func writeReport(cmd *cobra.Command, results eval.Results, sets []report.Set) error {
	path, _ := cmd.Flags().GetString("report")
	if path == "" {
		return nil
	}
	var page bytes.Buffer
	err := report.Write(&page, report.Page{Title: "Crosswalk evaluation", Tool: results.Tool, Judge: results.Judge,
		Command: typed(cmd), When: time.Now(), Sets: sets})
	if err != nil {
		return err
	}
	return atomicfile.Write(path, page.Bytes())
}

// typed returns a command as a person would type it, flags by name.
func typed(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		switch {
		case f.Value.Type() == "bool" && value == "true":
			words = append(words, "--"+f.Name)
		case strings.ContainsAny(value, " \t\n\"'$\\"):
			words = append(words, fmt.Sprintf("--%s %s", f.Name, strconv.Quote(value)))
		default:
			words = append(words, "--"+f.Name+" "+value)
		}
	})
	return strings.Join(words, " ")
}
