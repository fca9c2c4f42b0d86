package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/comment"
	"concord/crosswalk/comment/template"
	"concord/crosswalk/ledger"
)

func newCommentsImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Take in templates that readers sent back, as XLSX or CSV",
		Long: `Take in templates that readers sent back, as XLSX or CSV.

Sheets, rows and columns may be in any order, and headings spelled otherwise. A
comment is bound to the rows that it names, by id, number or elements, as the reader
saw them. A template of another run or edition is taken where its rows still are the
same; one between other frameworks is not taken: name a run between its own with --run.
What cannot be bound is kept and listed, with what to do; concord comments bind does
the rest. Taking the same file again adds nothing. A file that cannot be taken keeps no
other out; the exit code is 2 then.`,
		Example: "  concord comments import returned/*.xlsx",
		Args:    cobra.MinimumNArgs(1),
		RunE:    runCommentsImport,
	}
	runFlag(cmd)
	cmd.Flags().String("round", "", "round of files that do not say which pack they answer")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// An intake is what became of one file.
type intake struct {
	File    string `json:"file"`
	Pack    string `json:"pack,omitempty"` // that it says it answers
	Error   string `json:"error,omitempty"`
	Added   int    `json:"added"`
	Known   int    `json:"known"`   // taken in before, or standing twice
	Unbound []lost `json:"unbound"` // of those that were added
	// Notices are what a person should know of the file.
	Notices []template.Notice `json:"notices"`
}

// lost is something that a comment names and that could not be bound.
type lost struct {
	Comment   string `json:"comment"`
	Sheet     string `json:"sheet,omitempty"`
	Row       int    `json:"row,omitempty"`
	Reference string `json:"reference,omitempty"`
	Why       string `json:"why"`
	Bound     int    `json:"bound"` // how many places the comment is bound to all the same
}

func runCommentsImport(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	c, err := e.commented(cmd)
	if err != nil {
		return err
	}
	round, _ := cmd.Flags().GetString("round")
	t := taker{commented: c, round: round, now: time.Now().UTC(), named: cmd.Flags().Changed("run")}
	if t.crosswalks, err = e.crosswalks(cmd.Context()); err != nil {
		return err
	}
	out := make([]intake, len(args))
	bad := 0
	for i, path := range args {
		m, err := e.mappingBytes(path)
		if err == nil {
			out[i], err = t.take(path, m.data)
		}
		if err != nil {
			out[i] = intake{File: path, Error: unwrapped(err).Error(), Unbound: []lost{}, Notices: []template.Notice{}}
			bad++
		}
	}
	book, err := ledger.Open(cmd.Context(), e.ledgerAt())
	if err != nil {
		return err
	}
	_, err = book.AddComments(cmd.Context(), t.packs, t.comments)
	if err := errors.Join(err, book.Close()); err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	} else {
		err = printIntakes(cmd.OutOrStdout(), out)
	}
	if err == nil && bad > 0 {
		err = usage(fmt.Errorf("%s not taken: see above", counted(bad, "file")))
	}
	return err
}

// A taker collects what files say.
type taker struct {
	commented
	round string
	now   time.Time
	named bool // --run says against which run
	// crosswalks are those that have a draft.
	crosswalks []string
	comments   []comment.Comment
	packs      []*comment.Pack // that they are bound by
}

// take reads one file.
func (t *taker) take(path string, data []byte) (intake, error) {
	in := intake{File: path, Unbound: []lost{}, Notices: []template.Notice{}}
	r, err := template.Read(data, filepath.Base(path))
	if err != nil {
		return in, err
	}
	in.Pack, in.Notices = r.PackID, append(in.Notices, r.Notices...)
	note := func(message string) { in.Notices = append(in.Notices, template.Notice{Message: message}) }
	stated := t.commented.packs[r.PackID]
	switch {
	case stated != nil:
	case r.Pack != nil:
		stated = r.Pack
		note("its pack is not of this workspace: what the reader saw is taken from the file")
	case r.PackID != "":
		note(fmt.Sprintf("it answers pack %s, which nobody knows here: comments are bound by ids to the rows of run %s as they are now", r.PackID, t.commented.now.Run))
	case !t.named && len(t.crosswalks) > 1:
		return in, fmt.Errorf("it does not say which pack it answers, and there are drafts of %s: nothing of it is taken; say with --run which run it is about", strings.Join(t.crosswalks, " and "))
	default:
		note(fmt.Sprintf("it does not say which pack it answers: comments are bound by ids to the rows of run %s as they are now", t.commented.now.Run))
	}
	round := t.round
	if stated != nil {
		round = stated.Round
	}
	same, missed := 0, 0
	for _, entry := range r.Entries {
		c := comment.Bind(entry, round, stated, t.commented.now, t.now)
		if t.known[c.ID] {
			in.Known++
			continue
		}
		if now := t.commented.now; stated != nil && (stated.Source.Name != now.Source.Name || stated.Target.Name != now.Target.Name) {
			return in, fmt.Errorf("it answers run %s (%s), and run %s is of %s to %s: nothing of it is taken; import it with --run and a run between its frameworks",
				stated.Run, stated.Name(), now.Run, now.Source.Spec(), now.Target.Spec())
		}
		t.known[c.ID] = true
		t.comments = append(t.comments, c)
		t.packs = append(t.packs, t.packOf(c, stated)...)
		in.Added++
		same += len(c.Places)
		for _, l := range c.Loose {
			if l.Was != nil {
				missed++
			}
			in.Unbound = append(in.Unbound, lost{c.Short(), c.Sheet, c.Row, l.Reference, l.Why, len(c.Places)})
		}
	}
	if stated != nil && stated.Run != t.commented.now.Run && in.Added > 0 {
		note(fmt.Sprintf("it answers run %s (%s), and run %s counts: %d of %d places named are the same in both", stated.Run, stated.Name(), t.commented.now.Run, same, same+missed))
	}
	return in, nil
}

// packOf returns the pack that a comment is bound by, unless it is kept.
func (t *taker) packOf(c comment.Comment, stated *comment.Pack) []*comment.Pack {
	p := t.commented.now
	if stated != nil {
		p = stated
	}
	if t.commented.packs[c.Pack] != nil {
		return nil
	}
	t.commented.packs[c.Pack] = p
	return []*comment.Pack{p}
}

func printIntakes(w io.Writer, all []intake) error {
	var b bytes.Buffer
	for _, in := range all {
		name := oneLine(in.File)
		if in.Error != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, oneLine(in.Error))
			continue
		}
		fmt.Fprintf(&b, "%s: %s added, %d known\n", name, counted(in.Added, "comment"), in.Known)
		for _, n := range in.Notices {
			fmt.Fprintf(&b, "  %s\n", oneLine(n.String()))
		}
		for _, u := range in.Unbound {
			where := template.Notice{Sheet: u.Sheet, Row: u.Row, Message: u.Why}
			if u.Reference != "" {
				where.Message = fmt.Sprintf("%q: %s", u.Reference, u.Why)
			}
			fmt.Fprintf(&b, "  not bound, %s: %s\n", u.Comment, oneLine(where.String()))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
