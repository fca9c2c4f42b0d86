package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/overview"
	"concord/internal/atomicfile"
)

func newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the latest run, or another, in a format other tools read",
		Long: `Write the latest run, or another, in a format other tools read.

Only rows on which people have decided are written. --drafts adds the proposals on
which nobody has decided yet; the file then says that it is a draft. What the
format cannot hold is counted on standard error, and refused with --strict.

--matrix lays the latest runs from one source to several targets side by side, a
column each; with --reverse it says what each control of one target serves. --role
selects and words a matrix for a reader; see concord roles. A matrix is written as
xlsx, csv, html or markdown, and is for people: it is not read again.`,
		Example: `  concord export --format oscal --out mapping.json
  concord export --format csv --drafts --out draft.csv
  concord export --drafts --out review.xlsx
  concord export --matrix --to sp800-53,ai-rmf,iso-42001 --drafts --out matrix.xlsx
  concord export --matrix --reverse --to sp800-53 --sort gain --out next.html
  concord export --role soc --drafts --out soc.html`,
		Args: cobra.NoArgs,
		RunE: runExport,
	}
	cmd.Flags().String("format", "", strings.Join(formatNames(), ", ")+" (default by the name of --out)")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().StringArray("run", nil, "run to export (default the latest); --matrix: one for each column, instead of --to")
	cmd.Flags().Bool("drafts", false, "also the proposals on which nobody has decided")
	cmd.Flags().Bool("all", false, "with --drafts, also the pairs that were judged unrelated")
	cmd.Flags().Bool("strict", false, "write nothing if the format cannot hold all of it")
	cmd.Flags().String("focal", "source", "olir: which side is the focal document, source or target; relations turn with the columns")
	matrixFlags(cmd)
	return cmd
}

func runExport(cmd *cobra.Command, _ []string) error {
	if isMatrix(cmd) {
		return runExportMatrix(cmd)
	}
	if err := onlyForMatrix(cmd); err != nil {
		return err
	}
	runs, _ := cmd.Flags().GetStringArray("run")
	if len(runs) > 1 {
		return usage(errors.New("--run names several runs: add --matrix to lay them side by side"))
	}
	name, _ := cmd.Flags().GetString("format")
	out, _ := cmd.Flags().GetString("out")
	f, err := formatOf(name, out)
	if err != nil {
		return err
	}
	var scope export.Scope
	scope.Drafts, _ = cmd.Flags().GetBool("drafts")
	if scope.Unrelated, _ = cmd.Flags().GetBool("all"); scope.Unrelated && !scope.Drafts {
		return usage(errors.New("--all adds drafts that were judged unrelated: add --drafts"))
	}
	focal, _ := cmd.Flags().GetString("focal")
	if focal != "source" && focal != "target" {
		return usage(fmt.Errorf("--focal %q: want source or target", focal))
	}
	if cmd.Flags().Changed("focal") && f.name != "olir" {
		return usage(fmt.Errorf("--focal is for olir, and the format is %s", f.name))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	reviewed, err := e.reviewed(cmd.Context(), strings.Join(runs, ""))
	if err != nil {
		return err
	}
	c, err := reviewed.doc.Crosswalk(reviewed.decisions, scope)
	if err != nil {
		return err
	}
	if len(c.Rows) == 0 && !scope.Drafts {
		return usage(fmt.Errorf("nobody has decided on a row of run %s: add --drafts to write what was proposed, marked as draft, or decide first", reviewed.doc.Run))
	}
	reviewed.tell(e, scope)
	whole, err := reviewed.overview(scope)
	if err != nil {
		return err
	}
	return e.writeCrosswalk(cmd, f, c, writing{sources: reviewed.doc.SourceIDs, focalTarget: focal == "target", overview: whole})
}

// A reviewedRun is a run with what people decided on it.
type reviewedRun struct {
	doc       *export.Document
	decisions []crosswalk.Decision
}

// runOf returns the run that --run names, or nothing.
func runOf(cmd *cobra.Command) string {
	id, _ := cmd.Flags().GetString("run")
	return id
}

// reviewed reads a run, or the latest draft where id is empty.
func (e *engine) reviewed(ctx context.Context, id string) (r reviewedRun, err error) {
	none := usage(errors.New("there is no draft yet: run concord draft first"))
	if !ledger.Exists(e.ledgerAt()) {
		return r, none
	}
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return r, err
	}
	defer book.Close()
	if id == "" {
		if id, err = latestDraft(ctx, book); err != nil {
			return r, err
		}
		if id == "" {
			return r, none
		}
	}
	return e.reviewedIn(ctx, book, id)
}

// reviewedIn reads a run from an open ledger.
func (e *engine) reviewedIn(ctx context.Context, book *ledger.Ledger, id string) (r reviewedRun, err error) {
	r.doc, err = loadRun(ctx, book, id)
	if errors.Is(err, ledger.ErrNoRun) {
		return r, usage(fmt.Errorf("no run %q in %s", id, e.ledgerName()))
	}
	if err == nil {
		r.decisions, err = book.Decisions(ctx, id)
	}
	return r, err
}

// overview counts what the run covers of both frameworks: what people decided,
// and what is proposed only if drafts are asked for.
func (r reviewedRun) overview(scope export.Scope) (*overview.Overview, error) {
	pairs := crosswalk.Current(r.doc.Proposals, r.decisions)
	if !scope.Drafts {
		pairs = slices.DeleteFunc(pairs, func(s crosswalk.Standing) bool { return s.Decided == nil })
	}
	return overview.Of(overview.Input{
		Source: r.doc.Source, Target: r.doc.Target, SourceIDs: r.doc.SourceIDs, TargetIDs: r.doc.TargetIDs, Pairs: pairs, Threshold: r.doc.Threshold,
	})
}

// tell says what people may miss in what is written.
func (r reviewedRun) tell(e *engine, scope export.Scope) {
	conflicts, stale := 0, 0
	for _, s := range crosswalk.Current(r.doc.Proposals, r.decisions) {
		if s.Review == crosswalk.Conflict {
			conflicts++
		}
		stale += len(s.Stale)
	}
	if conflicts > 0 {
		where := "left out"
		if scope.Drafts {
			where = "written as drafts"
		}
		fmt.Fprintf(e.stderr, "reviewers disagree on %s, %s\n", counted(conflicts, "pair"), where)
	}
	if stale > 0 {
		fmt.Fprintf(e.stderr, "%s on another version of the proposal, not counted\n", counted(stale, "decision"))
	}
}

// counted returns a number with what it counts: "1 row", "2 rows".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// writeCrosswalk writes to --out, whole or not at all, or to standard output,
// and says what the format loses; with --strict it writes nothing then.
func (e *engine) writeCrosswalk(cmd *cobra.Command, f format, c *exchange.Crosswalk, how writing) error {
	lost := exchange.Lost(c, f.held)
	if strict, _ := cmd.Flags().GetBool("strict"); strict && len(lost) > 0 {
		return usage(fmt.Errorf("%s cannot hold %s: nothing is written", f.name, losses(lost)))
	}
	out, _ := cmd.Flags().GetString("out")
	how.yaml = strings.HasSuffix(out, ".yaml") || strings.HasSuffix(out, ".yml")
	var b bytes.Buffer
	if err := f.write(&b, c, how); err != nil {
		return usage(fmt.Errorf("write %s: %w", f.name, err))
	}
	if out == "" {
		if _, err := cmd.OutOrStdout().Write(b.Bytes()); err != nil {
			return err
		}
	} else if err := writeWhole(out, b.Bytes()); err != nil {
		return err
	} else {
		kept := exchange.Holding(c, f.held)
		fmt.Fprintf(e.stderr, "wrote %s: %s, %s\n", out, counted(len(kept.Rows), "row"), counted(len(kept.Gaps), "gap"))
	}
	if len(lost) > 0 {
		fmt.Fprintf(e.stderr, "%s cannot hold: %s\n", f.name, losses(lost))
	}
	return nil
}

// writeWhole writes a file and makes its folder.
func writeWhole(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, data)
}

// losses lists what is lost, with counts.
func losses(lost []exchange.Loss) string {
	parts := make([]string, len(lost))
	for i, l := range lost {
		parts[i] = fmt.Sprintf("%s (%d)", l.Field, l.Count)
	}
	return strings.Join(parts, ", ")
}

// latestDraft returns the id of the run of a crosswalk that was begun or
// resumed last, or "" if there is none. Pools and samples are none.
func latestDraft(ctx context.Context, book *ledger.Ledger) (string, error) {
	runs, err := draftRuns(ctx, book)
	if err != nil || len(runs) == 0 {
		return "", err
	}
	return runs[0].ID, nil
}

// crosswalks names those that have a draft, the latest first.
func (e *engine) crosswalks(ctx context.Context) ([]string, error) {
	book, err := e.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	runs, err := draftRuns(ctx, book)
	var out []string
	for _, r := range runs {
		if name := frameworksOf(r); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, err
}

// draftRuns lists the runs of crosswalks, the latest first. Pools and samples are
// none.
func draftRuns(ctx context.Context, book *ledger.Ledger) ([]ledger.Run, error) {
	runs, err := book.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []ledger.Run
	for _, r := range runs {
		var s runSettings
		if err := json.Unmarshal(r.Settings, &s); err != nil {
			return nil, fmt.Errorf("settings of run %s: %w", r.ID, err)
		}
		if s.Purpose == "" {
			out = append(out, r)
		}
	}
	return out, nil
}
