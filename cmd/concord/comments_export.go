package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/comment"
	"concord/crosswalk/comment/template"
	"concord/crosswalk/exchange/page"
	"concord/crosswalk/export"
	"concord/internal/atomicfile"
)

func newCommentsExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export --out DIR",
		Short: "Write a pack for readers: the crosswalk to read and a workbook to comment in",
		Long: `Write a pack for readers: the crosswalk to read and a workbook to comment in.

read.html is the crosswalk as one page without a script, on which every row has a
number and a short id; comments.xlsx is the template to fill in and send back. It
holds the rows and texts as they are, hidden, so that an import knows what the
reader saw. Only rows on which people have decided are in the pack, unless --drafts
says otherwise; the page then says that it is a draft.`,
		Example: "  concord comments export --drafts --round \"June 2026\" --out pack",
		Args:    cobra.NoArgs,
		RunE:    runCommentsExport,
	}
	cmd.Flags().String("run", "", "run to export (default the latest draft)")
	cmd.Flags().Bool("drafts", false, "also the proposals on which nobody has decided")
	cmd.Flags().String("round", "", "name of the round, such as a date or \"second draft\"")
	cmd.Flags().String("out", "", "folder to write to")
	return cmd
}

func runCommentsExport(cmd *cobra.Command, _ []string) error {
	out, _ := cmd.Flags().GetString("out")
	if out == "" {
		return usage(errors.New("say where the pack goes: --out DIR"))
	}
	round, _ := cmd.Flags().GetString("round")
	for _, r := range round {
		if corpus.Unprintable(r) {
			return usage(fmt.Errorf("--round %q has characters that cannot be printed", round))
		}
	}
	var scope export.Scope
	scope.Drafts, _ = cmd.Flags().GetBool("drafts")
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	reviewed, err := e.reviewed(cmd.Context(), runOf(cmd))
	if err != nil {
		return err
	}
	c, err := reviewed.doc.Crosswalk(reviewed.decisions, scope)
	if err != nil {
		return err
	}
	if len(c.Rows) == 0 {
		why := "nothing was proposed in run %s: there is nothing to read"
		if !scope.Drafts {
			why = "nobody has decided on a row of run %s: add --drafts to let readers see what was proposed, marked as draft"
		}
		return usage(fmt.Errorf(why, reviewed.doc.Run))
	}
	pack, err := comment.NewPack(c, reviewed.doc.Source, reviewed.doc.Target, round, time.Now())
	if err != nil {
		return err
	}
	var read, fill bytes.Buffer
	if err := page.WriteReading(&read, c, reading(pack)); err != nil {
		return err
	}
	if err := template.Write(&fill, pack); err != nil {
		return usage(err)
	}
	files := []string{filepath.Join(out, "read.html"), filepath.Join(out, "comments.xlsx")}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && !info.Mode().IsRegular() {
			return usage(fmt.Errorf("%s is no file that could be replaced: name another folder with --out", f))
		}
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	if err := writeWhole(files[0], read.Bytes()); err != nil {
		return err
	}
	if err := atomicfile.Write(files[1], fill.Bytes()); err != nil {
		return err
	}
	if err := book.KeepPack(cmd.Context(), pack); err != nil {
		return err
	}
	reviewed.tell(e, scope)
	fmt.Fprintf(e.stderr, "wrote %s and %s: %s of run %s, pack %s\n", filepath.Join(out, "read.html"), filepath.Join(out, "comments.xlsx"),
		counted(len(pack.Rows), "row"), pack.Run, pack.ID)
	return nil
}

// reading says to readers what they have before them.
func reading(p *comment.Pack) page.Reading {
	title := "For comment"
	if p.Round != "" {
		title += ": " + p.Round
	}
	return page.Reading{
		Title: title, Labels: p.Labels(),
		Notes: []string{
			"Please comment in the workbook that came with this page. Every row below has a number and a short id, such as " + p.Rows[0].ID + ": name the id in your comment. A comment on an element, or on the whole, is as welcome.",
			fmt.Sprintf("This is pack %s of %s.", p.ID, p.Made.UTC().Format(time.DateOnly)),
		},
	}
}
