package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/comment"
	"concord/crosswalk/comment/report"
)

func newCommentsList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List comments with what became of them and of their rows",
		Args:  cobra.NoArgs,
		RunE:  runCommentsList,
	}
	runFlag(cmd)
	cmd.Flags().Bool("open", false, "only those that are not answered")
	cmd.Flags().Bool("unbound", false, "only those of which something could not be bound")
	cmd.Flags().Bool("changed", false, "only those on rows that changed or are gone")
	cmd.Flags().String("round", "", "only those of a round")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A listedComment is a comment as list --json prints it.
type listedComment struct {
	ID       string `json:"id"`
	Short    string `json:"short"`
	Round    string `json:"round,omitempty"`
	Pack     string `json:"pack"`
	Received string `json:"received"`
	comment.Entry
	Rows        []listedPlace       `json:"rows"`
	Unbound     []comment.Loose     `json:"unbound"`
	Disposition comment.Disposition `json:"disposition"`
	Reason      string              `json:"reason,omitempty"`
	By          string              `json:"by,omitempty"`
	Answered    *time.Time          `json:"answered"`
}

// A listedPlace is a row or element that a comment speaks of.
type listedPlace struct {
	Row     string        `json:"row,omitempty"` // id, as it is now
	Source  string        `json:"source,omitempty"`
	Target  string        `json:"target,omitempty"`
	State   comment.State `json:"state"`
	Changes []listedPart  `json:"changes,omitempty"`
	// Bound is false for a row of the reader's pack that was not the same when
	// the comment came in.
	Bound bool `json:"bound"`
}

// A listedPart is a text that is another now.
type listedPart struct {
	Of   string       `json:"of"`            // source, target or claim
	Old  string       `json:"old,omitempty"` // empty if nobody kept it
	New  string       `json:"new"`
	Runs []corpus.Run `json:"runs,omitempty"`
}

func listed(i comment.Item) listedComment {
	l := listedComment{
		ID: i.ID, Short: i.Short(), Round: i.Round, Pack: i.Pack, Received: i.Received.Format(time.RFC3339), Entry: i.Entry,
		Rows: []listedPlace{}, Unbound: append([]comment.Loose{}, i.Unbound...), Disposition: i.Disposition(),
	}
	add := func(changes []comment.Change, bound bool) {
		for _, c := range changes {
			p := listedPlace{Row: c.Row, Source: c.Place.Source.ID, Target: c.Place.Target.ID, State: c.State, Bound: bound}
			for _, part := range c.Parts {
				p.Changes = append(p.Changes, listedPart{part.Name, part.Old, part.New, part.Runs})
			}
			l.Rows = append(l.Rows, p)
		}
	}
	add(i.Changes, true)
	add(i.Missed, false)
	if a := i.Answer; a != nil {
		l.Reason, l.By, l.Answered = a.Reason, a.By, &a.Time
	}
	return l
}

func runCommentsList(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, err := e.commented(cmd)
	if err != nil {
		return err
	}
	items := c.chosen(cmd)
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		out := make([]listedComment, len(items))
		for i, item := range items {
			out[i] = listed(item)
		}
		return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
			Run      string          `json:"run"`
			Summary  comment.Summary `json:"summary"`
			Comments []listedComment `json:"comments"`
		}{c.now.Run, comment.Summarize(items), out})
	}
	return printComments(cmd.OutOrStdout(), items)
}

// chosen returns the comments that the flags ask for.
func (c commented) chosen(cmd *cobra.Command) []comment.Item {
	set := func(name string) bool { is, _ := cmd.Flags().GetBool(name); return is }
	round, _ := cmd.Flags().GetString("round")
	open, unbound, changed := set("open"), set("unbound"), set("changed")
	return slices.DeleteFunc(slices.Clone(c.items), func(i comment.Item) bool {
		s := i.State()
		return open && i.Answer != nil || unbound && len(i.Unbound) == 0 || changed && s != comment.Changed && s != comment.Gone ||
			cmd.Flags().Changed("round") && i.Round != round
	})
}

func printComments(w io.Writer, items []comment.Item) error {
	var b bytes.Buffer
	for _, i := range items {
		fmt.Fprintf(&b, "%s  %s", i.Short(), i.Disposition())
		if a := i.Answer; a != nil {
			fmt.Fprintf(&b, " by %s, %s: %s", oneLine(a.By), a.Time.UTC().Format(time.DateOnly), oneLine(a.Reason))
		}
		fmt.Fprintf(&b, "\n  %s\n", oneLine(strings.Join(slices.DeleteFunc([]string{i.Commenter, i.Organization, i.Round, i.Where()}, func(s string) bool { return s == "" }), ", ")))
		for _, c := range i.Changes {
			printChange(&b, "on", c)
		}
		for _, l := range i.Unbound {
			fmt.Fprintf(&b, "  not bound: %s\n", oneLine(strings.TrimPrefix(l.Reference+": "+l.Why, ": ")))
		}
		for _, c := range i.Missed {
			printChange(&b, "was on", c)
		}
		for _, said := range []comment.Field{{Name: "comment", Value: i.Text}, {Name: "suggested change", Value: i.Suggestion}, {Name: "rationale", Value: i.Rationale}} {
			if said.Value != "" {
				fmt.Fprintf(&b, "  %s: %s\n", said.Name, oneLine(said.Value))
			}
		}
		b.WriteByte('\n')
	}
	s := comment.Summarize(items)
	fmt.Fprintf(&b, "%s: %d answered, %d open; %d bound to nothing, %d in part; %d on rows that changed since, %d on rows that are gone\n",
		counted(s.Comments, "comment"), s.Answered, s.Open, s.Unbound, s.Partial, s.Changed, s.Gone)
	_, err := w.Write(b.Bytes())
	return err
}

// printChange says what a comment is on, and what of it is said otherwise now.
func printChange(b *bytes.Buffer, on string, c comment.Change) {
	state := ""
	switch c.State {
	case comment.Changed:
		state = ", changed since"
	case comment.Gone:
		state = ", gone since"
	}
	fmt.Fprintf(b, "  %s %s%s\n", on, oneLine(strings.TrimSpace(c.Row+" "+c.Place.String())), state)
	for _, p := range c.Parts {
		if p.Runs == nil {
			fmt.Fprintf(b, "    %s now (the old text was not kept): %s\n", p.Name, oneLine(p.New))
			continue
		}
		var words []string
		for _, r := range p.Runs {
			words = append(words, map[string]string{corpus.RunDeleted: "[-", corpus.RunInserted: "{+"}[r.Op]+r.Text+map[string]string{corpus.RunDeleted: "-]", corpus.RunInserted: "+}"}[r.Op])
		}
		fmt.Fprintf(b, "    %s: %s\n", p.Name, oneLine(strings.Join(words, " ")))
	}
}

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
	cmd.Flags().String("format", "", strings.Join(report.Formats(), ", ")+" (default by the name of --out, else markdown)")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().Bool("open", false, "only those that are not answered")
	cmd.Flags().String("round", "", "only those of a round")
	return cmd
}

func runCommentsReport(cmd *cobra.Command, _ []string) error {
	format, _ := cmd.Flags().GetString("format")
	out, _ := cmd.Flags().GetString("out")
	if format == "" {
		format = "markdown"
		for ext, f := range map[string]string{".html": "html", ".htm": "html", ".csv": "csv", ".xlsx": "xlsx"} {
			if strings.HasSuffix(strings.ToLower(out), ext) {
				format = f
			}
		}
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
