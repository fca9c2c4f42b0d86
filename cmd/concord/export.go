package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/internal/atomicfile"
)

func newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the latest draft, or that of a run, in a format other tools read",
		Example: "  concord export --format csv --out crosswalk.csv",
		Args:    cobra.NoArgs,
		RunE:    runExport,
	}
	cmd.Flags().String("format", "", "csv, json or markdown")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().String("run", "", "run to export (default the latest)")
	cmd.Flags().Bool("all", false, "csv: also the pairs that were judged unrelated")
	cmd.Flags().Bool("raw", false, "csv: leave cells that a spreadsheet would run as formulas as they are")
	return cmd
}

func runExport(cmd *cobra.Command, _ []string) error {
	var write func(io.Writer, *export.Document) error
	switch format, _ := cmd.Flags().GetString("format"); format {
	case "csv":
		write = export.CSV
	case "json":
		write = export.JSON
	case "markdown":
		write = export.Markdown
	default:
		return usage(fmt.Errorf("--format %q: want csv, json or markdown", format))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	none := errors.New("there is no draft yet: run concord draft first")
	if _, err := os.Stat(e.ledgerPath()); err != nil {
		return usage(none)
	}
	book, err := ledger.Open(cmd.Context(), e.ledgerPath())
	if err != nil {
		return err
	}
	defer book.Close()
	id, _ := cmd.Flags().GetString("run")
	if id == "" {
		if id, err = latestDraft(cmd.Context(), book); err != nil {
			return err
		}
		if id == "" {
			return usage(none)
		}
	}
	doc, err := loadRun(cmd.Context(), book, id)
	if errors.Is(err, ledger.ErrNoRun) {
		return usage(fmt.Errorf("no run %q in %s", id, e.ledgerPath()))
	}
	if err != nil {
		return err
	}
	doc.CSV.All, _ = cmd.Flags().GetBool("all")
	doc.CSV.Raw, _ = cmd.Flags().GetBool("raw")
	out, _ := cmd.Flags().GetString("out")
	if out == "" {
		return write(cmd.OutOrStdout(), doc)
	}
	var b bytes.Buffer
	if err := write(&b, doc); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(out, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s\n", out)
	return nil
}

// latestDraft returns the id of the run of a crosswalk that was begun or
// resumed last, or "" if there is none. Pools and samples are none.
func latestDraft(ctx context.Context, book *ledger.Ledger) (string, error) {
	runs, err := book.Runs(ctx)
	for _, r := range runs {
		var s runSettings
		if err := json.Unmarshal(r.Settings, &s); err != nil {
			return "", fmt.Errorf("settings of run %s: %w", r.ID, err)
		}
		if s.Purpose == "" {
			return r.ID, nil
		}
	}
	return "", err
}
