package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/source"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
	"concord/internal/terminal"
	"concord/internal/unseen"
)

// defaultProfile is whose outcomes a file speaks of that does not say.
const defaultProfile = "cyber-ai-profile"

func newProfile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile FILE",
		Short: "Say which outcomes an organisation meets through the controls it has, and what to do first",
		Long: `Say which outcomes an organisation meets through the controls it has, and what to do first.

The file says which focus areas apply, what is included, at which priority, where the
organisation stands and which controls it has: "concord profile init" writes one to
begin with. Of each framework that the controls are of, the latest draft to it counts,
or the runs that --run names.

Only mappings on which people have decided count. A control in place that holds all of
an outcome (subset_of, equal) meets it; one that holds a part (superset_of,
intersects_with) meets it partly; several that cover it only together meet it when all
are in place. --drafts shows what would follow from the others, marked as perhaps.
docs/community.md has all the rules.`,
		Example: `  concord profile init
  concord profile profile.yaml
  concord profile profile.yaml --drafts --out posture.md`,
		Args: cobra.ExactArgs(1),
		RunE: runProfile,
	}
	cmd.Flags().String("from", "", "whose outcomes (default what the file says, or "+defaultProfile+")")
	cmd.Flags().StringSlice("run", nil, "run to take the mappings from; may be repeated (default the latest draft to each framework)")
	cmd.Flags().Bool("drafts", false, "also what would follow from mappings on which nobody has decided")
	cmd.Flags().Int("first", 10, "how many controls to name that would serve most; 0 for all")
	cmd.Flags().String("format", "", "text, json, markdown or csv (default by the name of --out, or text)")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.AddCommand(newProfileInit())
	return cmd
}

func runProfile(cmd *cobra.Command, args []string) error {
	first, _ := cmd.Flags().GetInt("first")
	if first < 0 {
		return usage(fmt.Errorf("--first %d: want 0 or more", first))
	}
	out, _ := cmd.Flags().GetString("out")
	write, err := postureFormat(cmd, out)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	report, err := e.posture(cmd, args[0])
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, report, first); err != nil {
		return err
	}
	if out == "" {
		_, err = cmd.OutOrStdout().Write(b.Bytes())
		return err
	}
	if err := writeWhole(out, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s: %s\n", oneLine(out), counted(len(report.Outcomes), "outcome"))
	return nil
}

// A postureWriter writes a report that names so many controls first, 0 for all.
type postureWriter func(io.Writer, *posture.Report, int) error

// postureFormat returns the writer that the flags or the name of the file ask for.
func postureFormat(cmd *cobra.Command, out string) (postureWriter, error) {
	name, _ := cmd.Flags().GetString("format")
	asJSON, _ := cmd.Flags().GetBool("json")
	byName := map[string]string{".md": "markdown", ".csv": "csv", ".json": "json", ".txt": "text"}[strings.ToLower(filepath.Ext(out))]
	switch {
	case asJSON && name != "" && name != "json":
		return nil, usage(fmt.Errorf("--json and --format %s: choose one", name))
	case asJSON:
		name = "json"
	case name == "" && out != "" && byName == "":
		return nil, usage(fmt.Errorf("%s: no format has files of that name: add --format text, json, markdown or csv", out))
	}
	switch cmp.Or(name, byName, "text") {
	case "text":
		screen := terminal.ScreenOf(cmd.OutOrStdout(), os.Getenv)
		return func(w io.Writer, r *posture.Report, first int) error { return printPosture(w, r, first, screen) }, nil
	case "json":
		return writePostureJSON, nil
	case "markdown":
		return posture.WriteMarkdown, nil
	case "csv":
		return func(w io.Writer, r *posture.Report, _ int) error { return posture.WriteCSV(w, r) }, nil
	}
	return nil, usage(fmt.Errorf("--format %q: want text, json, markdown or csv", name))
}

// writePostureJSON writes all of a report, on one line.
func writePostureJSON(w io.Writer, r *posture.Report, _ int) error {
	b, err := json.Marshal(r)
	if err == nil {
		_, err = w.Write(append(unseen.JSON(b), '\n'))
	}
	return err
}

// posture reads a profile and answers for it.
func (e *engine) posture(cmd *cobra.Command, path string) (*posture.Report, error) {
	p, err := readProfile(path)
	if err != nil {
		return nil, e.faults(path, err)
	}
	mapped, err := e.mappedRuns(cmd, p)
	if err != nil {
		return nil, err
	}
	targets, err := e.catalogs(p, mapped)
	if err != nil {
		return nil, e.faults(path, err)
	}
	bound, err := p.Bind(mapped.source, targets)
	if err != nil {
		return nil, e.faults(path, err)
	}
	drafts, _ := cmd.Flags().GetBool("drafts")
	runs := make([]*posture.Run, len(bound.Catalogs))
	for i, c := range bound.Catalogs {
		runs[i] = mapped.to(c.Framework.Spec())
	}
	report := posture.Assess(bound, runs, drafts)
	e.tellPosture(report, cmd.Flags().Changed("run"))
	for _, r := range mapped.runs {
		if !slices.Contains(runs, r) {
			fmt.Fprintf(e.stderr, "run %s leads to %s, of which the file lists no controls: it is not used\n", r.ID, printable(r.Target.Spec()))
		}
	}
	return report, nil
}

func readProfile(path string) (*orgprofile.Profile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, orgprofile.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return orgprofile.Read(data)
}

// faults prints all that is wrong with a file, each by its line, and returns
// what the command ends with.
func (e *engine) faults(path string, err error) error {
	list, ok := errors.AsType[orgprofile.Faults](err)
	switch {
	case !ok:
		return usage(err)
	case len(list) == 1:
		return usage(fmt.Errorf("%s: %s", oneLine(path), oneLine(list[0].String())))
	}
	for _, f := range list {
		fmt.Fprintf(e.stderr, "%s: %s\n", oneLine(path), oneLine(f.String()))
	}
	return usage(fmt.Errorf("%s: %s", oneLine(path), counted(len(list), "fault")))
}

// catalogs finds the frameworks that controls are listed of: where a run leads to
// one, as it was mapped.
func (e *engine) catalogs(p *orgprofile.Profile, m mappedRuns) ([]*corpus.Framework, error) {
	var out []*corpus.Framework
	var faults orgprofile.Faults
	for _, c := range p.Catalogs {
		if r := m.named(c.Framework.Value); r != nil {
			out = append(out, r.Target)
			continue
		}
		f, err := e.library.Open(c.Framework.Value)
		if err == nil {
			out = append(out, f)
			continue
		}
		unknown, ok := errors.AsType[*source.UnknownError](err)
		if !ok {
			return nil, usage(err)
		}
		faults = append(faults, orgprofile.UnknownFramework(c.Framework, unknown.Known))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// tellPosture says what people may miss in a report; named is whether they named
// the runs.
func (e *engine) tellPosture(r *posture.Report, named bool) {
	if len(r.Catalogs) == 0 {
		fmt.Fprintln(e.stderr, "the file lists no controls: nothing can follow")
	}
	for _, c := range r.Catalogs {
		switch {
		case c.Run == "" && named:
			fmt.Fprintf(e.stderr, "no run that is named leads to %s, and nothing follows from its controls\n", printable(c.Framework))
		case c.Run == "":
			fmt.Fprintf(e.stderr, "there is no draft from %s to %s, and nothing follows from its controls: concord draft --from %s --to %s\n",
				printable(r.Framework), printable(c.Framework), printable(r.Framework), printable(c.Framework))
		case c.Decided == 0 && !r.Drafts:
			fmt.Fprintf(e.stderr, "nobody has decided on a row of run %s to %s: review it, or add --drafts to see what would follow\n", c.Run, printable(c.Framework))
		}
	}
}
