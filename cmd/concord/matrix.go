package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/matrix"
	"concord/crosswalk/role"
)

// matrixOnly lists the flags that say nothing without --matrix or --role.
var matrixOnly = []string{"from", "to", "reverse", "missing", "sort", "roles"}

func matrixFlags(cmd *cobra.Command) {
	cmd.Flags().Bool("matrix", false, "lay the latest runs of one source side by side, a column for each target")
	cmd.Flags().String("from", defaultSource, "matrix: the source framework, a name, name@edition or file")
	cmd.Flags().StringSlice("to", nil, "matrix: the target frameworks (default those of the role)")
	cmd.Flags().Bool("missing", false, "matrix: a target that is not drafted is an empty column, not an error")
	cmd.Flags().Bool("reverse", false, "matrix: a row for each control of one target, with what it serves")
	cmd.Flags().String("sort", "", "matrix: document or priority; with --reverse document or gain, which puts first what serves most priority-1 cells")
	cmd.Flags().String("role", "", "matrix: select and word it for a reader, see concord roles list")
	cmd.Flags().String("roles", "", "matrix: file of roles (default the built-in ones)")
}

func isMatrix(cmd *cobra.Command) bool {
	asked, _ := cmd.Flags().GetBool("matrix")
	return asked || cmd.Flags().Changed("role")
}

func onlyForMatrix(cmd *cobra.Command) error {
	for _, name := range matrixOnly {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s is for a matrix: add --matrix or --role", name))
		}
	}
	return nil
}

// A matrixFormat is one in which a matrix is written.
type matrixFormat struct {
	name string
	// whole says that it holds everything; a page shows as much as its reader
	// takes in.
	whole bool
	write func(*matrix.Table, io.Writer) error
}

func matrixFormats() []matrixFormat {
	return []matrixFormat{
		{"xlsx", true, (*matrix.Table).XLSX}, {"csv", true, (*matrix.Table).CSV},
		{"html", false, (*matrix.Table).HTML}, {"markdown", false, (*matrix.Table).Markdown},
	}
}

// matrixFormatOf returns the format of a name, or else of the file that is to be
// written.
func matrixFormatOf(name, out string) (matrixFormat, error) {
	if name == "" && out == "" {
		name = "csv"
	}
	f, err := formatOf(name, out)
	if err != nil {
		return matrixFormat{}, err
	}
	var names []string
	for _, m := range matrixFormats() {
		if m.name == f.name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return matrixFormat{}, usage(fmt.Errorf("a matrix is not written as %s: want --format %s", f.name, strings.Join(names, ", ")))
}

// An asking is what the flags ask of a matrix.
type asking struct {
	from     string
	to, runs []string
	missing  bool
	drafts   bool
	reverse  bool
	sort     string
	role     *role.Role // nil for none
}

func askingOf(cmd *cobra.Command) (a asking, err error) {
	a.from, _ = cmd.Flags().GetString("from")
	a.to, _ = cmd.Flags().GetStringSlice("to")
	a.runs, _ = cmd.Flags().GetStringArray("run")
	a.missing, _ = cmd.Flags().GetBool("missing")
	a.drafts, _ = cmd.Flags().GetBool("drafts")
	a.reverse, _ = cmd.Flags().GetBool("reverse")
	a.sort, _ = cmd.Flags().GetString("sort")
	for _, name := range []string{"all", "strict", "focal"} {
		if cmd.Flags().Changed(name) {
			return a, usage(fmt.Errorf("--%s is not for a matrix", name))
		}
	}
	if name, _ := cmd.Flags().GetString("role"); cmd.Flags().Changed("role") {
		roles, err := rolesOf(cmd)
		if err != nil {
			return a, err
		}
		r, err := role.Find(roles, name)
		if err != nil {
			return a, usage(fmt.Errorf("--role: %w", err))
		}
		a.role = &r
	} else if cmd.Flags().Changed("roles") {
		return a, usage(errors.New("--roles names a file of roles: name one of them with --role"))
	}
	switch {
	case len(a.runs) > 0 && len(a.to) > 0:
		return a, usage(errors.New("--run and --to both name the columns: use one of them"))
	case len(a.runs) > 0 && cmd.Flags().Changed("from"):
		return a, usage(errors.New("--run names runs, which have their source: leave --from out"))
	case len(a.runs) == 0 && len(a.to) == 0 && a.role == nil:
		return a, usage(errors.New("a matrix needs targets: name them with --to, such as --to sp800-53,ai-rmf"))
	}
	if len(a.runs) == 0 && len(a.to) == 0 {
		for _, c := range a.role.Columns {
			a.to = append(a.to, c.Framework)
		}
	}
	if a.reverse && max(len(a.runs), len(a.to)) > 1 {
		return a, usage(errors.New("--reverse shows one target: name it with --to"))
	}
	known := []string{"document", "priority"}
	if a.reverse {
		known = []string{"document", "gain"}
	}
	if a.sort != "" && !slices.Contains(known, a.sort) {
		return a, usage(fmt.Errorf("--sort %q: want %s", a.sort, strings.Join(known, " or ")))
	}
	return a, nil
}

func runExportMatrix(cmd *cobra.Command) error {
	name, _ := cmd.Flags().GetString("format")
	out, _ := cmd.Flags().GetString("out")
	f, err := matrixFormatOf(name, out)
	if err != nil {
		return err
	}
	a, err := askingOf(cmd)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	source, besides, err := e.besides(cmd.Context(), a)
	if err != nil {
		return err
	}
	view, err := a.view(source, f.whole)
	if err != nil {
		return err
	}
	m, err := matrix.Of(source, besides, view)
	if err != nil {
		return usage(err)
	}
	table := m.Table
	if a.reverse {
		r, err := m.Reverse(0, a.sort == "gain")
		if err != nil {
			return usage(err)
		}
		table = r.Table
	}
	return e.writeMatrix(cmd.OutOrStdout(), f, table(), out)
}

// view says what of a matrix is shown; a format that holds everything is not
// shortened.
func (a asking) view(source *corpus.Framework, whole bool) (matrix.View, error) {
	v := matrix.View{ByPriority: a.sort == "priority"}
	if a.role == nil {
		return v, nil
	}
	keep, err := a.role.Keep(source)
	if err != nil {
		return v, usage(err)
	}
	v.Title, v.Intro, v.Keep = a.role.Title, a.role.Intro, keep
	v.ByPriority = v.ByPriority || a.sort == "" && a.role.Sort == role.ByPriority
	if !whole {
		v.Words, v.Items = a.role.Words, a.role.Items
	}
	return v, nil
}

// besides reads the runs that are asked for, with what people decided on them.
func (e *engine) besides(ctx context.Context, a asking) (*corpus.Framework, []matrix.Beside, error) {
	book, err := e.openLedger(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer book.Close()
	runs, err := e.columns(ctx, book, a)
	if err != nil {
		return nil, nil, err
	}
	if err := oneSource(runs); err != nil {
		return nil, nil, err
	}
	var source *corpus.Framework
	var besides []matrix.Beside
	decided := false
	for _, r := range runs {
		b := matrix.Beside{Target: r.target}
		if r.ID != "" {
			reviewed, err := e.reviewedIn(ctx, book, r.ID)
			if err != nil {
				return nil, nil, err
			}
			if b.Crosswalk, err = reviewed.doc.Crosswalk(reviewed.decisions, export.Scope{Drafts: a.drafts}); err != nil {
				return nil, nil, err
			}
			reviewed.tell(e, export.Scope{Drafts: a.drafts})
			decided = decided || len(b.Crosswalk.Rows) > 0
			source, b.Target, b.Covers = reviewed.doc.Source, reviewed.doc.Target, reviewed.doc.SourceIDs
		}
		if a.role != nil {
			b.Means = a.role.Means(b.Target.Spec())
		}
		besides = append(besides, b)
	}
	if source == nil {
		return nil, nil, usage(fmt.Errorf("none of the targets is drafted from %s: run concord draft first", printable(a.from)))
	}
	if !decided && !a.drafts {
		return nil, nil, usage(errors.New("nobody has decided on a row of these runs: add --drafts to show what was proposed, marked as draft, or decide first"))
	}
	return source, besides, nil
}

// A columnRun is the run of a column; without an id nobody drafted it.
type columnRun struct {
	ledger.Run
	target *corpus.Framework // of a column that nobody drafted
}

// columns finds the runs that are named, or the latest draft to each target.
func (e *engine) columns(ctx context.Context, book *ledger.Ledger, a asking) ([]columnRun, error) {
	var out []columnRun
	for _, id := range a.runs {
		run, err := book.Run(ctx, id)
		if errors.Is(err, ledger.ErrNoRun) {
			return nil, usage(fmt.Errorf("no run %q in %s", id, e.ledgerName()))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, columnRun{Run: run})
	}
	if len(a.runs) > 0 {
		return out, nil
	}
	drafts, err := draftRuns(ctx, book)
	if err != nil {
		return nil, err
	}
	from, err := e.specOf(a.from, drafts, func(r ledger.Run) string { return r.Source.Spec })
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, to := range a.to {
		target, err := e.specOf(to, drafts, func(r ledger.Run) string { return r.Target.Spec })
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(drafts, func(r ledger.Run) bool { return means(from, r.Source.Spec) && means(target, r.Target.Spec) })
		switch {
		case i >= 0:
			out = append(out, columnRun{Run: drafts[i]})
		case a.missing:
			f, err := e.open(to)
			if err != nil {
				return nil, err
			}
			out = append(out, columnRun{target: f})
		default:
			absent = append(absent, fmt.Sprintf("concord draft --from %s --to %s", printable(a.from), printable(to)))
		}
	}
	if len(absent) > 0 {
		return nil, usage(fmt.Errorf("%s not drafted: run %s first, or add --missing to leave the column empty", counted(len(absent), "target"), strings.Join(absent, " and ")))
	}
	return out, nil
}

// means reports whether a name, or a name and edition, is that of a framework.
func means(asked, spec string) bool {
	name, _ := splitSpec(spec)
	return asked == spec || asked == name
}

// specOf returns what is asked for as runs name it: as it stands if a run has
// it, else by opening it, which says what is wrong with a name or file.
func (e *engine) specOf(asked string, drafts []ledger.Run, side func(ledger.Run) string) (string, error) {
	if slices.ContainsFunc(drafts, func(r ledger.Run) bool { return means(asked, side(r)) }) {
		return asked, nil
	}
	f, err := e.open(asked)
	if err != nil {
		return "", err
	}
	return f.Spec(), nil
}

// oneSource refuses runs from different texts, and two runs to one target.
func oneSource(runs []columnRun) error {
	var first *columnRun
	to := map[string]string{}
	for i := range runs {
		r := &runs[i]
		if spec := r.Target.Spec; r.ID != "" && to[spec] != "" {
			return usage(fmt.Errorf("runs %s and %s both lead to %s: name one of them", to[spec], r.ID, printable(spec)))
		}
		to[r.Target.Spec] = r.ID
		switch {
		case r.ID == "":
		case first == nil:
			first = r
		case first.Source.Spec != r.Source.Spec:
			return usage(fmt.Errorf("run %s is from %s and run %s from %s: a matrix has one source; name its edition with --from, or draft again",
				first.ID, printable(first.Source.Spec), r.ID, printable(r.Source.Spec)))
		case first.Source.Digest != r.Source.Digest:
			return usage(fmt.Errorf("runs %s and %s are from different texts of %s, of digest %.12s and %.12s: draft again from one of them",
				first.ID, r.ID, printable(r.Source.Spec), first.Source.Digest, r.Source.Digest))
		}
	}
	return nil
}

// writeMatrix writes to a file, whole or not at all, or to standard output.
func (e *engine) writeMatrix(w io.Writer, f matrixFormat, t *matrix.Table, out string) error {
	var b bytes.Buffer
	if err := f.write(t, &b); err != nil {
		return usage(err)
	}
	if out == "" {
		_, err := w.Write(b.Bytes())
		return err
	}
	if err := writeWhole(out, b.Bytes()); err != nil {
		return err
	}
	for _, s := range t.Overview {
		fmt.Fprintf(e.stderr, "%s: mapped %s\n", printable(s.Name), strings.TrimSuffix(s.All+"; of priority 1 "+cmp.Or(s.High, "-"), "; of priority 1 -"))
	}
	fmt.Fprintf(e.stderr, "wrote %s: %s\n", out, counted(len(t.Lines), "row"))
	return nil
}
