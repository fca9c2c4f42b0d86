package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"concord/crosswalk/register"
)

func newGapsSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set ID...",
		Short: "Put down who sees to gaps, until when, and what became of them",
		Long: `Put down who sees to gaps, until when, and what became of them.

A gap is named by its id, the beginning of it that gaps list shows, or the id of its
element if there is one gap there alone. Several get the same values, all or none. An
empty value clears an owner, a due date or a note.`,
		Example: "  concord gaps set GV.RM-02#thwart GV.RR-02#defend --owner ada --due 2026-12-31 --status planned\n  concord gaps set 3f2a9c1b --status risk-accepted --note \"covered by contract\" --by grace",
		Args:    cobra.MinimumNArgs(1),
		RunE:    runGapsSet,
	}
	cmd.Flags().String("owner", "", "who sees to it")
	cmd.Flags().String("due", "", "until when: a day, such as 2026-12-31")
	cmd.Flags().String("status", "", gapStatusWords())
	cmd.Flags().String("note", "", "what is planned, or why the gap stays")
	authorFlag(cmd)
	return cmd
}

func runGapsSet(cmd *cobra.Command, args []string) error {
	by, err := registerAuthor(cmd)
	if err != nil {
		return err
	}
	values := map[register.Field]string{}
	for _, f := range register.Fields() {
		if cmd.Flags().Changed(string(f)) {
			text, _ := cmd.Flags().GetString(string(f))
			if values[f], err = register.Parse(f, text); err != nil {
				return usage(fmt.Errorf("--%s: %w", f, err))
			}
		}
	}
	if len(values) == 0 {
		return usage(errors.New("say what to put down: --owner, --due, --status or --note"))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	n, asked := 0, 0
	err = e.registered(cmd.Context(), func(gaps []register.Gap) ([]register.Event, error) {
		if len(gaps) == 0 {
			return nil, usage(errRegisterEmpty())
		}
		ids, err := register.Lookup(gaps, args)
		if err != nil {
			return nil, usage(err)
		}
		events, err := register.Set(gaps, ids, values, by)
		n, asked = len(events), len(ids)
		return events, usage(err)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s changed by %s, %d as they were\n", counted(n, "gap"), oneLine(by.Name), asked-n)
	return err
}
