package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/crosswalk/fleet"
	"concord/crosswalk/ledger"
)

func newLedger() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Make the ledger in PostgreSQL, bring it up to date, or copy it from one place to another",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	migrate := &cobra.Command{
		Use:   "migrate",
		Short: "Make the ledger that the settings name, or bring it up to date",
		Long: `Make the ledger that the settings name, or bring it up to date.

In PostgreSQL this needs the rights of the owner of the schema; all other
commands do with fewer. A ledger in a file is brought up to date by any command.`,
		Args: cobra.NoArgs, RunE: runLedgerMigrate,
	}
	copying := &cobra.Command{
		Use:   "copy [--from LEDGER] [--to LEDGER]",
		Short: "Copy a whole ledger into an empty one, and compare them by count and hash",
		Long: `Copy a whole ledger into an empty one, and compare them by count and hash.

LEDGER is a file, or a URL that begins with postgres:// and holds no password:
one for both belongs into PGPASSWORD, several into ~/.pgpass. Without --from the
file of the workspace is copied, and without --to into the ledger that the
settings name.

The copy is one transaction: it is there as a whole and equal, or not at all.
What others write into the source meanwhile is not copied.`,
		Example: "  CONCORD_LEDGER=postgres://ada@db.example/concord concord ledger copy\n" +
			"  concord ledger copy --from postgres://ada@db.example/concord --to .concord/ledger.db",
		Args: cobra.NoArgs, RunE: runLedgerCopy,
	}
	copying.Flags().String("from", "", "ledger to copy (default the file of the workspace)")
	copying.Flags().String("to", "", "empty ledger to copy into (default the one that the settings name)")
	copying.Flags().Bool("json", false, "print JSON")
	cmd.AddCommand(migrate, copying)
	return cmd
}

func runLedgerMigrate(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	applied, version, err := ledger.Migrate(cmd.Context(), e.ledgerAt())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Ledger %s has version %d; %s applied\n", oneLine(e.ledgerName()), version, counted(applied, "migration"))
	if err != nil || !ledger.IsURL(e.ledgerAt()) {
		return err
	}
	if applied, err = fleet.Migrate(cmd.Context(), e.ledgerAt()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "The queue beside it is up to date; %s applied\n", counted(applied, "migration"))
	return err
}

// A copied ledger is what the command says of its work.
type copiedLedger struct {
	From   string          `json:"from"`
	To     string          `json:"to"`
	Tables []ledger.Copied `json:"tables"`
}

func runLedgerCopy(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	from, to, err := e.copyEnds(cmd)
	if err != nil {
		return err
	}
	source, err := ledger.Open(cmd.Context(), from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := ledger.Open(cmd.Context(), to)
	if err != nil {
		return err
	}
	defer target.Close()
	tables, err := ledger.Copy(cmd.Context(), source, target)
	if err != nil {
		return err
	}
	out := copiedLedger{ledger.Name(from), ledger.Name(to), tables}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	return out.print(cmd.OutOrStdout())
}

// copyEnds returns what is to be copied where.
func (e *engine) copyEnds(cmd *cobra.Command) (from, to string, err error) {
	from, _ = cmd.Flags().GetString("from")
	to, _ = cmd.Flags().GetString("to")
	if ledger.HasPassword(from) || ledger.HasPassword(to) {
		return "", "", usage(errors.New("a URL of --from or --to holds a password, which others see in the list of processes: take it out and put it into PGPASSWORD or ~/.pgpass"))
	}
	from, to = cmp.Or(from, e.ownLedger()), cmp.Or(to, e.settings.Ledger)
	switch {
	case to == "":
		return "", "", usage(errors.New("nobody says where to copy to: name an empty ledger with --to, or in CONCORD_LEDGER"))
	case !ledger.Exists(from):
		return "", "", usage(fmt.Errorf("there is no ledger %s to copy", from))
	case samePlace(from, to):
		return "", "", usage(fmt.Errorf("%s cannot be copied to itself", ledger.Name(from)))
	}
	return from, to, nil
}

// samePlace reports whether two names are plainly of one ledger. Where they hide
// it, the target is not empty and Copy refuses.
func samePlace(a, b string) bool {
	if ledger.IsURL(a) || ledger.IsURL(b) {
		return ledger.Name(a) == ledger.Name(b)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

func (c copiedLedger) print(w io.Writer) error {
	fmt.Fprintf(w, "Copied %s to %s. Both hold the same:\n", oneLine(c.From), oneLine(c.To))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range c.Tables {
		fmt.Fprintf(table, "  %s\t%d\tSHA-256 %.12s\n", t.Table, t.Rows, t.SHA256)
	}
	return table.Flush()
}
