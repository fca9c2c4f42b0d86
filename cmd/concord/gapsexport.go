package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/register"
	"concord/crosswalk/register/form"
	"concord/crosswalk/register/markdown"
	"concord/crosswalk/register/poam"
)

// A gapsFormat is one in which the register is written.
type gapsFormat struct {
	name, extension string
	write           func(w io.Writer, gaps []register.Gap, made time.Time) error
}

func gapsFormats() []gapsFormat {
	return []gapsFormat{
		{"xlsx", ".xlsx", form.XLSX},
		{"csv", ".csv", func(w io.Writer, gaps []register.Gap, _ time.Time) error { return form.CSV(w, gaps) }},
		{"markdown", ".md", markdown.Write},
		{"oscal", ".json", poam.Write},
	}
}

func newGapsExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the register, to fill in or for other tools",
		Long: `Write the register, to fill in or for other tools.

xlsx and csv are read back with gaps import. oscal is a plan of action and milestones
(POA&M) in JSON, schema 1.2.1. The same register gives the same bytes.`,
		Example: "  concord gaps export --out gaps.xlsx\n  concord gaps export --format oscal --out poam.json\n  concord gaps export --format markdown --side source --status open",
		Args:    cobra.NoArgs,
		RunE:    runGapsExport,
	}
	cmd.Flags().String("format", "", strings.Join(gapsFormatNames(), ", ")+" (default by the name of --out)")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	gapsFilterFlags(cmd, "all")
	return cmd
}

func gapsFormatNames() []string {
	var names []string
	for _, f := range gapsFormats() {
		names = append(names, f.name)
	}
	return names
}

func gapsFormatOf(name, out string) (gapsFormat, error) {
	formats := gapsFormats()
	i := slices.IndexFunc(formats, func(f gapsFormat) bool {
		return f.name == name || name == "" && out != "" && strings.HasSuffix(strings.ToLower(out), f.extension)
	})
	switch {
	case i >= 0:
		return formats[i], nil
	case name == "":
		return gapsFormat{}, usage(fmt.Errorf("add --format, one of %s, or --out with a name that says it", strings.Join(gapsFormatNames(), ", ")))
	}
	return gapsFormat{}, usage(fmt.Errorf("--format %q: want %s", name, strings.Join(gapsFormatNames(), ", ")))
}

func runGapsExport(cmd *cobra.Command, _ []string) error {
	name, _ := cmd.Flags().GetString("format")
	out, _ := cmd.Flags().GetString("out")
	f, err := gapsFormatOf(name, out)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	all, err := e.register(cmd.Context())
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return usage(errRegisterEmpty())
	}
	gaps, err := filteredGaps(cmd, all, register.Statuses())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := f.write(&b, gaps, changedLast(all)); err != nil {
		return usage(err)
	}
	if out == "" {
		_, err := cmd.OutOrStdout().Write(b.Bytes())
		return err
	}
	if err := writeWhole(out, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s: %s\n", out, counted(len(gaps), "gap"))
	return nil
}

// changedLast returns when the register changed last, to the second.
func changedLast(gaps []register.Gap) time.Time {
	var last time.Time
	for _, g := range gaps {
		for _, e := range g.History {
			if at := e.Time.UTC().Truncate(time.Second); at.After(last) {
				last = at
			}
		}
	}
	return last
}

func newGapsImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take owners, due dates, statuses and notes from an edited export",
		Long: `Take owners, due dates, statuses and notes from an edited export, XLSX or CSV.

All of it is taken, or nothing: then everything that is wrong is listed, with its row.
A cell that nobody touched says nothing, so an old file undoes nobody's work; one that
the file and the register have both changed is refused. Formulas are refused as
values.`,
		Example: "  concord gaps import gaps.xlsx --by grace",
		Args:    cobra.ExactArgs(1),
		RunE:    runGapsImport,
	}
	authorFlag(cmd)
	return cmd
}

func runGapsImport(cmd *cobra.Command, args []string) error {
	by, err := registerAuthor(cmd)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	fillings, err := e.fillings(args[0])
	if err != nil {
		return usage(err)
	}
	n := 0
	err = e.registered(cmd.Context(), func(gaps []register.Gap) ([]register.Event, error) {
		events, err := register.Take(gaps, fillings, by)
		n = len(events)
		return events, err
	})
	if wrong, ok := errors.AsType[*register.FillError](err); ok {
		for _, f := range wrong.Faults {
			fmt.Fprintln(e.stderr, oneLine(f))
		}
		return usage(fmt.Errorf("%s: %s, and nothing is taken", args[0], counted(len(wrong.Faults), "fault")))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s changed by %s, %d as they were\n", counted(n, "gap"), oneLine(by.Name), len(fillings)-n)
	return err
}

// fillings reads a form.
func (e *engine) fillings(path string) ([]register.Filling, error) {
	info, err := os.Stat(path)
	switch most := e.library.MaxBytes; {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case info.IsDir():
		return nil, fmt.Errorf("read %s: this is a folder: name a file", path)
	case info.Size() > most:
		return nil, fmt.Errorf("read %s: the file has %d MB and max_file_mb is %d", path, info.Size()>>20, most>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	fillings, err := form.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return fillings, nil
}
