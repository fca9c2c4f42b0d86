package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "concord",
		Short: "Draft, review and measure crosswalks between control frameworks",
		Long: `Concord maps the NIST Cyber AI Profile to other control frameworks.

It works with no network and no key. With an OpenAI-compatible endpoint in the
settings, a model judges instead of the built-in judge.`,
		Example:       "  concord draft\n  concord draft --from cyber-ai-profile --to controls.csv --out drafts",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.String("config", "", "settings file (default ./config.yaml, then the user's config folder)")
	flags.String("workspace", "", "folder of the ledger, the vectors and imported frameworks (default .concord)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(newDraft(), newPlan(), newWorker(), newStatus(), newRank(), newSearch(), newCorpus(), newConvention(), newEval(), newReview(), newExport(), newDiff(), newMerge(), newDerive(), newEdition(), newValidate(), newGaps(), newProfile(), newComments(), newRoles(), newRun(), newLedger(), newMock(), newVersion())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = knownCommand(root)
		case "completion":
			c.Args = cobra.NoArgs // the shells are its subcommands
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	wrapArgs(root)
	return root
}

// knownCommand lets a command be asked about only if there is one.
func knownCommand(root *cobra.Command) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
			return fmt.Errorf("no command %q", strings.Join(args, " "))
		}
		return nil
	}
}

// wrapArgs makes every complaint about arguments a usage error.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error { return usage(check(cmd, args)) }
	}
	for _, c := range cmd.Commands() {
		wrapArgs(c)
	}
}

// oneLine makes a message safe and short enough for a terminal: one line
// without control characters.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return printable(s)
}

// printable replaces what could move a terminal's cursor or turn its text
// around. Texts of frameworks and models are not trusted.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if corpus.Unprintable(r) && r != '\n' && r != '\t' {
			return '�'
		}
		return r
	}, s)
}
