package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/corpus"
)

func newCorpusDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what changed between two editions of a framework",
		Long: fmt.Sprintf(`Say what changed between two editions of a framework.

OLD and NEW are names, name@edition or files. Elements are held together by
their ids. One that is gone and a new one whose words are alike from %.1f up, of
at most 1, are one that was renumbered; it is a guess, and stands with its
similarity. White space, case, typographic quotes and the wording of parameters
("[Assignment: ...]") are no change, and a field that one edition does not have
at all is not compared. Differences are no error: the exit code is 0.

JSON is one object: "old" and "new" name the editions; "kinds" has, for each
kind, "kind", the active elements "old" and "new", those "unchanged" and
"changed" under their id, and in "what" a count for each of added, removed,
withdrawn, restored, renumbered, moved, retitled, reworded, guidance_reworded
and reprioritized.
"changes" lists each element with "from" (its old id), "to" (its new id),
"kind", "what" (a list of these words) and, where they apply, "title",
"old_title", "parent", "old_parent", "priority", "old_priority", "text" and
"guidance" (lists of {"op": "equal", "deleted" or "inserted", "text"}),
"similarity", "replaced_by" (where the file says a withdrawn element went) and
"similar" (elements of NEW it reads like: {"id", "similarity"}).`,
			corpus.RenumberedFrom),
		Example: "  concord corpus diff sp800-53@5.0.1 sp800-53@5.2.0\n  concord corpus diff old.csv new.xlsx --kind control --format markdown",
		Args:    cobra.ExactArgs(2),
		RunE:    runCorpusDiff,
	}
	cmd.Flags().String("format", "table", "table, json or markdown")
	cmd.Flags().StringSlice("kind", nil, "kinds of elements, such as control,enhancement (default all)")
	columnsFlag(cmd)
	return cmd
}

func runCorpusDiff(cmd *cobra.Command, args []string) error {
	format, _ := cmd.Flags().GetString("format")
	if !slices.Contains([]string{"table", "json", "markdown"}, format) {
		return usage(fmt.Errorf("--format %q: want table, json or markdown", format))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	older, newer, err := e.both(args[0], args[1])
	if err != nil {
		return err
	}
	p := diffPrinter{Diff: corpus.Compare(older, newer), older: older, newer: newer}
	kinds, _ := cmd.Flags().GetStringSlice("kind")
	if err := p.keep(kinds); err != nil {
		return usage(err)
	}
	switch w := cmd.OutOrStdout(); format {
	case "json":
		return json.NewEncoder(w).Encode(p.Diff)
	case "markdown":
		return p.markdown(w)
	default:
		return p.table(w)
	}
}

// A diffPrinter writes a diff for people.
type diffPrinter struct {
	corpus.Diff
	older, newer *corpus.Framework
}

// keep leaves out all but some kinds. None means all.
func (p *diffPrinter) keep(kinds []string) error {
	if len(kinds) == 0 {
		return nil
	}
	var known []string
	for _, t := range p.Kinds {
		known = append(known, t.Kind)
	}
	for _, k := range kinds {
		if !slices.Contains(known, k) {
			return fmt.Errorf("--kind %q: neither edition has any; they have %s", k, strings.Join(known, ", "))
		}
	}
	p.Kinds = slices.DeleteFunc(p.Kinds, func(t corpus.Tally) bool { return !slices.Contains(kinds, t.Kind) })
	p.Changes = slices.DeleteFunc(p.Changes, func(c corpus.Change) bool { return !slices.Contains(kinds, c.Kind) })
	return nil
}

// counted returns the counts as rows of a table under a head. What happened to
// no element has no column.
func (p diffPrinter) counted() [][]string {
	head := []string{"Kind", "Old", "New", "Unchanged", "Changed"}
	var codes []string
	for _, code := range corpus.DiffCodes() {
		if slices.ContainsFunc(p.Kinds, func(t corpus.Tally) bool { return t.What[code] > 0 }) {
			codes = append(codes, code)
			head = append(head, inWords(code))
		}
	}
	rows := [][]string{head}
	for _, t := range p.Kinds {
		row := []string{t.Kind, fmt.Sprint(t.Old), fmt.Sprint(t.New), fmt.Sprint(t.Unchanged), fmt.Sprint(t.Changed)}
		for _, code := range codes {
			row = append(row, fmt.Sprint(t.What[code]))
		}
		rows = append(rows, row)
	}
	return rows
}

// inWords turns "guidance_reworded" into "Guidance reworded".
func inWords(code string) string {
	return strings.ToUpper(code[:1]) + strings.ReplaceAll(code[1:], "_", " ")
}

// groups yields the changes by the first thing that happened to each element.
func (p diffPrinter) groups(yield func(code string, changes []corpus.Change) bool) {
	for _, code := range corpus.DiffCodes() {
		var group []corpus.Change
		for _, c := range p.Changes {
			if c.What[0] == code {
				group = append(group, c)
			}
		}
		if len(group) > 0 && !yield(code, group) {
			return
		}
	}
}

// name returns the ids of an element, old and new where they differ.
func name(c corpus.Change) string {
	switch c.What[0] {
	case corpus.DiffAdded, corpus.DiffRestored:
		return c.To
	case corpus.DiffRemoved, corpus.DiffWithdrawn:
		return c.From
	}
	if c.From == c.To {
		return c.To
	}
	return c.From + " → " + c.To
}

// says returns the title or the first words of an element.
func (p diffPrinter) says(c corpus.Change) string {
	e, there := p.newer.Element(c.To)
	if !there || e.Withdrawn {
		e, _ = p.older.Element(c.From)
	}
	return headline(e, 100)
}

// A diffStyle is how a format marks words.
type diffStyle struct {
	escape            func(string) string
	deleted, inserted [2]string
}

// around is how many unchanged words are shown on either side of a change.
const around = 6

// details returns what there is to say of a change, a line each.
func (s diffStyle) details(c corpus.Change) []string {
	var out []string
	say := func(label, text string) { out = append(out, label+": "+text) }
	if c.Similarity > 0 {
		say("Similarity", fmt.Sprintf("%.2f", c.Similarity))
	}
	if slices.Contains(c.What, corpus.DiffMoved) {
		say("Below", s.turn(c.OldParent, c.Parent))
	}
	if slices.Contains(c.What, corpus.DiffRetitled) {
		say("Title", s.turn(c.OldTitle, c.Title))
	}
	if slices.Contains(c.What, corpus.DiffReprioritized) {
		say("Priority", s.turn(fmt.Sprint(c.OldPriority), fmt.Sprint(c.Priority)))
	}
	if slices.Contains(c.What, corpus.DiffReworded) {
		say("Statement", s.excerpt(c.Text))
	}
	if slices.Contains(c.What, corpus.DiffReguided) {
		say("Guidance", s.excerpt(c.Guidance))
	}
	if len(c.ReplacedBy) > 0 {
		say("Went to", s.escape(strings.Join(c.ReplacedBy, ", ")))
	}
	var like []string
	for _, m := range c.Similar {
		if m.ID != c.To {
			like = append(like, fmt.Sprintf("%s (%.2f)", s.escape(m.ID), m.Similarity))
		}
	}
	if len(like) > 0 {
		say("Reads like", strings.Join(like, ", "))
	}
	return out
}

func (s diffStyle) turn(from, to string) string {
	if from == "" {
		from = "none"
	}
	if to == "" {
		to = "none"
	}
	return s.escape(from) + " → " + s.escape(to)
}

// excerpt marks the words that changed, with some unchanged ones around them.
func (s diffStyle) excerpt(runs []corpus.Run) string {
	var out []string
	for i, r := range runs {
		switch r.Op {
		case corpus.RunDeleted:
			out = append(out, s.deleted[0]+s.escape(r.Text)+s.deleted[1])
		case corpus.RunInserted:
			out = append(out, s.inserted[0]+s.escape(r.Text)+s.inserted[1])
		default:
			before, after := around, around
			if i == 0 {
				before = 0
			}
			if i == len(runs)-1 {
				after = 0
			}
			words := strings.Fields(r.Text)
			if n := len(words); n > before+after+1 {
				words = slices.Concat(words[:before], []string{"…"}, words[n-after:])
			}
			out = append(out, s.escape(strings.Join(words, " ")))
		}
	}
	return strings.Join(out, " ")
}

func (p diffPrinter) table(w io.Writer) error {
	style := diffStyle{escape: oneLine, deleted: [2]string{"[-", "-]"}, inserted: [2]string{"{+", "+}"}}
	fmt.Fprintf(w, "%s → %s\n\n", oneLine(p.Old), oneLine(p.New))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, row := range p.counted() {
		line := oneLine(row[0]) + "\t" + strings.Join(row[1:], "\t")
		if i == 0 {
			line = strings.ToUpper(line)
		}
		fmt.Fprintln(table, line)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for code, changes := range p.groups {
		fmt.Fprintf(w, "\n%s (%d)\n", inWords(code), len(changes))
		for _, c := range changes {
			if _, err := fmt.Fprintf(w, "  %s  %s  %s\n", oneLine(name(c)), oneLine(c.Kind), p.says(c)); err != nil {
				return err
			}
			for _, line := range style.details(c) {
				fmt.Fprintf(w, "      %s\n", line)
			}
		}
	}
	return nil
}

func (p diffPrinter) markdown(w io.Writer) error {
	style := diffStyle{escape: inMarkdown, deleted: [2]string{"~~", "~~"}, inserted: [2]string{"**", "**"}}
	fmt.Fprintf(w, "# Changes from %s to %s\n\n", inMarkdown(p.Old), inMarkdown(p.New))
	for i, row := range p.counted() {
		fmt.Fprintf(w, "| %s | %s |\n", inMarkdown(row[0]), strings.Join(row[1:], " | "))
		if i == 0 {
			fmt.Fprintf(w, "|%s\n", strings.Repeat(" --- |", len(row)))
		}
	}
	for code, changes := range p.groups {
		fmt.Fprintf(w, "\n## %s (%d)\n\n| Element | Kind | Title or statement | What changed |\n| --- | --- | --- | --- |\n", inWords(code), len(changes))
		for _, c := range changes {
			if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s |\n", inMarkdown(name(c)), inMarkdown(c.Kind),
				inMarkdown(p.says(c)), strings.Join(style.details(c), "<br>")); err != nil {
				return err
			}
		}
	}
	return nil
}

// inMarkdown returns text that Markdown shows as it is, on one line and in one
// cell of a table.
func inMarkdown(s string) string {
	return markdownEscapes().Replace(oneLine(strings.ToValidUTF8(s, "�")))
}

func markdownEscapes() *strings.Replacer {
	pairs := []string{"&", "&amp;", "<", "&lt;", ">", "&gt;"}
	for _, mark := range []string{"\\", "`", "*", "_", "[", "]", "~", "|", "$", "#"} {
		pairs = append(pairs, mark, "\\"+mark)
	}
	return strings.NewReplacer(pairs...)
}
