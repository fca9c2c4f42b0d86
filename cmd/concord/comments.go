package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/comment"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
)

func newComments() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "comments",
		Short: "Give rows to readers, take in what they say, and answer it",
		Long: `Give rows to readers, take in what they say, and answer it.

A round goes like this: export a pack, send it out, import what comes back, bind by
hand what could not be bound, answer every comment, and publish the report. Comments
and answers are added to the ledger of the workspace and never changed; a later
answer takes the place of an earlier one. They stay when a new edition is drafted,
and then say which of their rows changed.`,
		Example: `  concord comments export --drafts --round June --out pack
  concord comments import returned/*.xlsx
  concord comments list --open
  concord comments dispose C-7K3M9QXA --as accepted --reason "split in two" --by ada
  concord comments report --out dispositions.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCommentsExport(), newCommentsImport(), newCommentsList(), newCommentsBind(), newCommentsDispose(), newCommentsReport())
	return cmd
}

// runFlag adds the flag that says with which run comments are compared.
func runFlag(cmd *cobra.Command) {
	cmd.Flags().String("run", "", "run whose rows count (default the latest draft)")
}

// packOf makes a pack of all rows of a run, as they are now.
func packOf(r reviewedRun) (*comment.Pack, error) {
	c, err := r.doc.Crosswalk(r.decisions, export.Scope{Drafts: true, Unrelated: true})
	if err != nil {
		return nil, err
	}
	return comment.NewPack(c, r.doc.Source, r.doc.Target, "", c.Made)
}

// commented is what readers said, held against the rows of a run as they are
// now.
type commented struct {
	now   *comment.Pack
	packs map[string]*comment.Pack
	items []comment.Item  // on a crosswalk between the same two frameworks, whatever the editions
	known map[string]bool // ids of all comments of the workspace
}

// commented reads the comments of the workspace and the run that --run names.
func (e *engine) commented(cmd *cobra.Command) (c commented, err error) {
	reviewed, err := e.reviewed(cmd.Context(), runOf(cmd))
	if err != nil {
		return c, err
	}
	if c.now, err = packOf(reviewed); err != nil {
		return c, err
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return c, err
	}
	defer book.Close()
	if c.packs, err = packsByID(cmd.Context(), book); err != nil {
		return c, err
	}
	comments, events, err := book.Comments(cmd.Context())
	if err != nil {
		return c, err
	}
	if err := recall(cmd.Context(), book, c.packs); err != nil {
		return c, err
	}
	c.known = make(map[string]bool, len(comments))
	for _, one := range comments {
		c.known[one.ID] = true
	}
	ours := commentsBetween(comments, c.packs, c.now.Source.Name, c.now.Target.Name)
	if others := len(c.known) - len(ours); others > 0 {
		fmt.Fprintf(e.stderr, "%s on crosswalks between other frameworks: --run says which crosswalk is meant\n", counted(others, "comment"))
	}
	c.items = comment.Review(comment.Current(ours, events), c.packs, c.now)
	return c, nil
}

// commentsBetween returns the comments on crosswalks between two frameworks, whatever the
// editions. One whose pack is not known may be any.
func commentsBetween(comments []comment.Comment, packs map[string]*comment.Pack, source, target string) []comment.Comment {
	return slices.DeleteFunc(comments, func(one comment.Comment) bool {
		p := packs[one.Pack]
		return p != nil && (p.Source.Name != source || p.Target.Name != target)
	})
}

func packsByID(ctx context.Context, book *ledger.Ledger) (map[string]*comment.Pack, error) {
	all, err := book.Packs(ctx)
	packs := make(map[string]*comment.Pack, len(all))
	for _, p := range all {
		packs[p.ID] = p
	}
	return packs, err
}

// recall lets packs know the texts of the frameworks that the ledger still has.
func recall(ctx context.Context, book *ledger.Ledger, packs map[string]*comment.Pack) error {
	kept := map[string]*corpus.Framework{}
	for _, p := range packs {
		for _, digest := range []string{p.Source.Digest, p.Target.Digest} {
			if _, known := kept[digest]; !known {
				f, err := book.Framework(ctx, digest)
				if err != nil && !errors.Is(err, ledger.ErrNoFramework) {
					return err
				}
				kept[digest] = f
			}
			if f := kept[digest]; f != nil {
				p.Recall(f)
			}
		}
	}
	return nil
}

// find returns the comment that an id means: the short one in any case, as much
// of it as is unlike all others, or the long one.
func (c commented) find(id string) (comment.Item, error) {
	want := strings.ToUpper(strings.TrimSpace(id))
	var found []comment.Item
	for _, i := range c.items {
		if short := i.Short(); strings.EqualFold(i.ID, id) || short == want || len(strings.TrimPrefix(want, "C-")) >= 3 && strings.HasPrefix(short, "C-"+strings.TrimPrefix(want, "C-")) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return comment.Item{}, usage(fmt.Errorf("there is no comment %q: concord comments list shows their ids", id))
	}
	return comment.Item{}, usage(fmt.Errorf("comment %q may be %s or %s: write more of the id", id, found[0].Short(), found[1].Short()))
}
