package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/comment/report"
)

func newCommentsReport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write what became of every comment, for those who made them",
		Long: `Write what became of every comment, for those who made them.

Every comment has its number, commenter, organisation, row, suggested change,
disposition, reason, by whom and when. A comment on a row that has changed since is
shown with both texts.`,
		Example: "  concord comments report --format html --out dispositions.html",
		Args:    cobra.NoArgs,
		RunE:    runCommentsReport,
	}
	runFlag(cmd)
	cmd.Flags().String("format", "", strings.Join(report.Formats(), ", ")+" (default by the name of --out; markdown without it)")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().Bool("open", false, "only those that are not answered")
	cmd.Flags().String("round", "", "only those of a round")
	return cmd
}

func runCommentsReport(cmd *cobra.Command, _ []string) error {
	format, _ := cmd.Flags().GetString("format")
	out, _ := cmd.Flags().GetString("out")
	if format == "" && out == "" {
		format = "markdown"
	}
	if format == "" {
		format = map[string]string{".md": "markdown", ".html": "html", ".htm": "html", ".csv": "csv", ".xlsx": "xlsx"}[strings.ToLower(filepath.Ext(out))]
	}
	if format == "" {
		return usage(fmt.Errorf("%s: no format has files of that name: add --format, one of %s", oneLine(out), strings.Join(report.Formats(), ", ")))
	}
	if !slices.Contains(report.Formats(), format) {
		return usage(fmt.Errorf("--format %q: want one of %s", format, strings.Join(report.Formats(), ", ")))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, err := e.commented(cmd)
	if err != nil {
		return err
	}
	r := report.Report{Name: c.now.Source.Spec() + " to " + c.now.Target.Spec(), Items: c.chosen(cmd)}
	for _, i := range r.Items { // what was known last, so that the same ledger gives the same bytes
		r.Made = later(r.Made, i.Received)
		for _, event := range i.Events {
			r.Made = later(r.Made, event.Time)
		}
	}
	if r.Made.IsZero() {
		r.Made = c.now.Made
	}
	var b bytes.Buffer
	if err := report.Write(&b, r, format); err != nil {
		return err
	}
	if out == "" {
		_, err := cmd.OutOrStdout().Write(b.Bytes())
		return err
	}
	if err := writeWhole(out, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s: %s\n", out, counted(len(r.Items), "comment"))
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
