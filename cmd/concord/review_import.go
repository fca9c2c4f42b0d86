package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus/sheet"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/workbook"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
)

func newReviewImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE --reviewer NAME",
		Short: "Add the decisions in a reviewed workbook, table or JSON to a run",
		Long: `Add the decisions in a reviewed workbook, table or JSON to a run.

A workbook is one that "concord export --format xlsx --drafts" wrote, with its cells
to fill in filled in. In other formats the rows say in their state what became of
them: accepted, corrected, rejected or entered. All decisions are taken, or none:
then everything that is wrong is listed. Decisions are added and never changed, so a
later one takes the place of an earlier one; taking the same file again adds nothing.
Rows that somebody else decided are left alone.`,
		Example: "  concord review import reviewed.xlsx --reviewer ada",
		Args:    cobra.ExactArgs(1),
		RunE:    runReviewImport,
	}
	cmd.Flags().String("reviewer", "", "whose decisions these are")
	cmd.Flags().String("run", "", "run that was reviewed (default the one that the file names, or the latest)")
	cmd.Flags().Bool("settle", false, "let these decisions settle what other reviewers disagree on")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// taken is what review import --json prints.
type taken struct {
	Run      string `json:"run"`
	Reviewer string `json:"reviewer"`
	Added    int    `json:"added"`
	Repeated int    `json:"repeated"`
	Others   int    `json:"by_others"`
}

func runReviewImport(cmd *cobra.Command, args []string) error {
	name, _ := cmd.Flags().GetString("reviewer")
	if name == "" {
		return usage(errors.New("say whose decisions these are: --reviewer NAME"))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, said, err := e.said(args[0], name)
	if err != nil {
		return err
	}
	id, _ := cmd.Flags().GetString("run")
	reviewed, err := e.reviewed(cmd.Context(), cmp.Or(id, c.Run))
	if err != nil {
		return err
	}
	settle, _ := cmd.Flags().GetBool("settle")
	take, err := reviewed.doc.Take(said, reviewed.decisions, export.Reviewer{Name: name, Now: time.Now().UTC().Truncate(time.Second), Settle: settle})
	if wrong, ok := errors.AsType[*export.DecideError](err); ok {
		for _, f := range wrong.Faults {
			fmt.Fprintln(e.stderr, oneLine(f))
		}
		return usage(fmt.Errorf("%s: %s cannot be taken, and none of %d is", args[0], counted(len(wrong.Faults), "decision"), len(said)))
	}
	if err != nil {
		return usage(err)
	}
	out := taken{Run: reviewed.doc.Run, Reviewer: name, Repeated: take.Repeated, Others: take.Others}
	if out.Added, err = e.decide(cmd.Context(), out.Run, take); err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Run %s: %s of %s added, %d made before, %d by others left alone\n",
		out.Run, counted(out.Added, "decision"), oneLine(name), out.Repeated, out.Others)
	return err
}

// decide adds decisions to a run.
func (e *engine) decide(ctx context.Context, run string, take export.Taken) (int, error) {
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return 0, err
	}
	added, err := book.Decide(ctx, run, take.Decisions)
	return added, errors.Join(err, book.Close())
}

// said reads what a file says was decided. The workbook is one person's.
func (e *engine) said(path, name string) (*exchange.Crosswalk, []exchange.Decision, error) {
	m, err := e.mappingBytes(path)
	if err != nil {
		return nil, nil, err
	}
	if sheet.IsWorkbook(m.data) {
		c, said, err := workbook.Review(m.data)
		if err != nil {
			return nil, nil, usage(fmt.Errorf("%s: %w", path, err))
		}
		for _, s := range said {
			if s.Reviewer != "" && s.Reviewer != name {
				return nil, nil, usage(fmt.Errorf("%s says that %s reviewed it, and --reviewer says %s", path, oneLine(s.Reviewer), oneLine(name)))
			}
		}
		if len(said) == 0 {
			return nil, nil, usage(fmt.Errorf("%s: no decision is filled in", path))
		}
		return c, said, nil
	}
	if m, err = e.openMapping(path); err != nil {
		return nil, nil, err
	}
	said := export.Said(m.Crosswalk)
	if len(said) == 0 {
		return nil, nil, usage(fmt.Errorf("%s: no row says that it is accepted, corrected, rejected or entered", path))
	}
	return m.Crosswalk, said, nil
}
