package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/comment"
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
