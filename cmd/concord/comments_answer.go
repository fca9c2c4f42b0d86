package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/comment"
)

func newCommentsBind() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bind ID --row ROW --by NAME",
		Short: "Bind a comment by hand to rows or elements as they are now",
		Long: `Bind a comment by hand to rows or elements as they are now.

ROW is the id of a row, its two elements, or one element; several stand apart by
commas. They take the place of what the comment was bound to.`,
		Example: `  concord comments bind C-7K3M9QXA --row "GV.OC-01 -> AC-1" --by ada`,
		Args:    cobra.ExactArgs(1),
		RunE:    runCommentsBind,
	}
	runFlag(cmd)
	cmd.Flags().String("row", "", "rows or elements that the comment is on")
	cmd.Flags().String("by", "", "who binds it")
	return cmd
}

func runCommentsBind(cmd *cobra.Command, args []string) error {
	row, _ := cmd.Flags().GetString("row")
	by, _ := cmd.Flags().GetString("by")
	if row == "" || by == "" {
		return usage(errors.New("say what the comment is on, and who says so: --row ROW --by NAME"))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, err := e.commented(cmd)
	if err != nil {
		return err
	}
	item, err := c.find(args[0])
	if err != nil {
		return err
	}
	places, err := comment.Find(c.now, row)
	if err != nil {
		return usage(fmt.Errorf("--row %w", err))
	}
	event := comment.Event{Comment: item.ID, Time: time.Now(), By: by, Places: places, Pack: c.now.ID}.Identified()
	if err := e.addEvents(cmd, c.now, event); err != nil {
		return err
	}
	var names []string
	for _, p := range places {
		names = append(names, strings.TrimSpace(p.Row+" "+p.String()))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is bound to %s\n", item.Short(), strings.Join(names, ", "))
	return err
}

// addEvents adds what became of comments, with the pack of the places, if any.
func (e *engine) addEvents(cmd *cobra.Command, pack *comment.Pack, events ...comment.Event) error {
	for _, event := range events {
		if err := event.Check(); err != nil {
			return usage(err)
		}
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	if pack != nil {
		if err := book.KeepPack(cmd.Context(), pack); err != nil {
			return err
		}
	}
	_, err = book.AddCommentEvents(cmd.Context(), events...)
	return err
}

func newCommentsDispose() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dispose ID... --as accepted|partly|rejected|noted --reason TEXT --by NAME",
		Short: "Answer comments, or open them again",
		Long: `Answer comments, or open them again.

The last answer to a comment holds; those before it stay in the ledger. --as open
takes an answer back.`,
		Example: `  concord comments dispose C-7K3M9QXA --as partly --reason "the first half; see C-2QZ8T0MM" --by ada`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    runCommentsDispose,
	}
	runFlag(cmd)
	cmd.Flags().String("as", "", "accepted, partly, rejected, noted, or open")
	cmd.Flags().String("reason", "", "why, for the one who commented to read")
	cmd.Flags().String("by", "", "who answers")
	return cmd
}

func runCommentsDispose(cmd *cobra.Command, args []string) error {
	as, _ := cmd.Flags().GetString("as")
	reason, _ := cmd.Flags().GetString("reason")
	by, _ := cmd.Flags().GetString("by")
	if as == "" || reason == "" || by == "" {
		return usage(errors.New("say what is answered, why and by whom: --as accepted|partly|rejected|noted --reason TEXT --by NAME"))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, err := e.commented(cmd)
	if err != nil {
		return err
	}
	now := time.Now()
	var events []comment.Event
	var names []string
	for _, id := range args {
		item, err := c.find(id)
		if err != nil {
			return err
		}
		names = append(names, item.Short())
		events = append(events, comment.Event{Comment: item.ID, Time: now, By: by, Disposition: comment.Disposition(as), Reason: reason}.Identified())
	}
	if err := e.addEvents(cmd, nil, events...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", strings.Join(names, ", "), as)
	return err
}
