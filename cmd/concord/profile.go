package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/source"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
	"concord/internal/terminal"
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

func newProfileInit() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "init [FILE]",
		Short:   "Write a profile to begin with, with a comment on all that it may say",
		Long:    "Write a profile to begin with, by default profile.yaml, with a comment on all that it\nmay say. A file that is there already is left as it is.",
		Example: "  concord profile init\n  concord profile init csf.yaml --from csf",
		Args:    cobra.MaximumNArgs(1),
		RunE:    runProfileInit,
	}
	cmd.Flags().String("from", defaultProfile, "whose outcomes")
	return cmd
}

func runProfileInit(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	from, _ := cmd.Flags().GetString("from")
	f, err := e.open(from)
	if err != nil {
		return err
	}
	entries, err := e.library.List()
	if err != nil {
		return err
	}
	var others []string
	for _, other := range entries {
		if other.Name != f.Name && !slices.Contains(others, other.Name) {
			others = append(others, other.Name)
		}
	}
	path := "profile.yaml"
	if len(args) > 0 {
		path = args[0]
	}
	if err := writeNew(path, orgprofile.Starter(f, others)); errors.Is(err, fs.ErrExist) {
		return usage(fmt.Errorf("%s is there already and is left as it is: name another file", path))
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s. Fill it in, then: concord profile %s\n", oneLine(path), oneLine(path))
	return err
}

// writeNew writes a file that must not be there.
func writeNew(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
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
		return func(w io.Writer, r *posture.Report, _ int) error { return json.NewEncoder(w).Encode(r) }, nil
	case "markdown":
		return posture.WriteMarkdown, nil
	case "csv":
		return func(w io.Writer, r *posture.Report, _ int) error { return posture.WriteCSV(w, r) }, nil
	}
	return nil, usage(fmt.Errorf("--format %q: want text, json, markdown or csv", name))
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
	e.tellPosture(report)
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

// mappedRuns are the runs from one framework, the latest to each target.
type mappedRuns struct {
	source *corpus.Framework
	runs   []*posture.Run
}

// to returns the run to a framework, nil if there is none.
func (m mappedRuns) to(spec string) *posture.Run {
	for _, r := range m.runs {
		if r.Target.Spec() == spec {
			return r
		}
	}
	return nil
}

// named returns the run to a framework of a name, or name@edition: the latest.
func (m mappedRuns) named(spec string) *posture.Run {
	for _, r := range m.runs {
		if spec == r.Target.Spec() || spec == r.Target.Name {
			return r
		}
	}
	return nil
}

// mappedRuns reads the runs that --run names, or the latest draft to each
// framework that controls are listed of.
func (e *engine) mappedRuns(cmd *cobra.Command, p *orgprofile.Profile) (m mappedRuns, err error) {
	from, _ := cmd.Flags().GetString("from")
	ids, _ := cmd.Flags().GetStringSlice("run")
	if from = cmp.Or(from, p.Framework.Value); from == "" && len(ids) == 0 {
		from = defaultProfile
	}
	if from != "" {
		if m.source, err = e.open(from); err != nil {
			return m, err
		}
	}
	if _, err := os.Stat(e.ledgerPath()); err != nil && len(ids) == 0 {
		return m, nil
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return m, err
	}
	defer book.Close()
	runs, err := e.chosen(cmd.Context(), book, ids, m.source, p)
	if err != nil {
		return m, err
	}
	for _, r := range runs {
		if err := m.add(cmd.Context(), book, r); err != nil {
			return m, err
		}
	}
	return m, nil
}

// chosen returns the runs to load: of those named, all, else the latest draft
// from the framework to each that controls are listed of.
func (e *engine) chosen(ctx context.Context, book *ledger.Ledger, ids []string, source *corpus.Framework, p *orgprofile.Profile) ([]ledger.Run, error) {
	if len(ids) == 0 {
		return latestTo(ctx, book, source.Spec(), p)
	}
	var out []ledger.Run
	for _, id := range ids {
		r, err := book.Run(ctx, id)
		if errors.Is(err, ledger.ErrNoRun) {
			return nil, usage(fmt.Errorf("no run %q in %s", id, e.ledgerPath()))
		}
		if err != nil {
			return nil, err
		}
		if source != nil && r.Source.Spec != source.Spec() {
			return nil, usage(fmt.Errorf("run %s maps %s, and the profile is of %s", id, printable(r.Source.Spec), source.Spec()))
		}
		for _, other := range out {
			switch {
			case other.Source.Spec != r.Source.Spec:
				return nil, usage(fmt.Errorf("run %s maps %s and run %s maps %s: name runs of one framework", other.ID, printable(other.Source.Spec), id, printable(r.Source.Spec)))
			case other.Target.Spec == r.Target.Spec && other.ID != id:
				return nil, usage(fmt.Errorf("runs %s and %s both map to %s: name one of them", other.ID, id, printable(r.Target.Spec)))
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func latestTo(ctx context.Context, book *ledger.Ledger, source string, p *orgprofile.Profile) ([]ledger.Run, error) {
	all, err := book.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []ledger.Run
	taken := map[string]bool{}
	for _, c := range p.Catalogs {
		for _, r := range all {
			var s runSettings
			if err := json.Unmarshal(r.Settings, &s); err != nil {
				return nil, fmt.Errorf("settings of run %s: %w", r.ID, err)
			}
			name, _ := splitSpec(r.Target.Spec)
			if s.Purpose != "" || r.Source.Spec != source || c.Framework.Value != name && c.Framework.Value != r.Target.Spec {
				continue
			}
			if !taken[r.ID] {
				taken[r.ID] = true
				out = append(out, r)
			}
			break
		}
	}
	return out, nil
}

// add loads a run. The text of the outcomes is that of the first one: it is what
// was decided on.
func (m *mappedRuns) add(ctx context.Context, book *ledger.Ledger, r ledger.Run) error {
	doc, err := loadRun(ctx, book, r.ID)
	if err != nil {
		return err
	}
	decisions, err := book.Decisions(ctx, r.ID)
	if err != nil {
		return err
	}
	if len(m.runs) == 0 {
		m.source = doc.Source
	}
	m.runs = append(m.runs, &posture.Run{ID: r.ID, Target: doc.Target, Standings: crosswalk.Current(doc.Proposals, decisions), Decisions: decisions})
	return nil
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

// tellPosture says what people may miss in a report.
func (e *engine) tellPosture(r *posture.Report) {
	if len(r.Catalogs) == 0 {
		fmt.Fprintln(e.stderr, "the file lists no controls: nothing can follow")
	}
	from, _ := splitSpec(r.Framework)
	for _, c := range r.Catalogs {
		name, _ := splitSpec(c.Framework)
		switch {
		case c.Run == "":
			fmt.Fprintf(e.stderr, "there is no draft from %s to %s, and nothing follows from its controls: concord draft --from %s --to %s\n",
				printable(r.Framework), printable(c.Framework), printable(from), printable(name))
		case c.Decided == 0 && !r.Drafts:
			fmt.Fprintf(e.stderr, "nobody has decided on a row of run %s to %s: review it, or add --drafts to see what would follow\n", c.Run, printable(c.Framework))
		}
	}
}
