package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/convention"
	"concord/crosswalk/ledger"
	"concord/crosswalk/mapping"
	"concord/eval"
	"concord/internal/ask"
)

func newConvention() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convention",
		Short: "Learn how the people of a crosswalk use the relations, and show it to the model",
		Long: `Learn how the people of a crosswalk use the relations, and show it to the model.

Experts type pairs by a custom of their own rather than by strict set theory. A
convention holds pairs that they decided and a short summary of the custom. A
model that types under it sees the summary and the decided pairs that are most
like its question; every proposal says under which convention, and which version
of it, it was typed, or "` + convention.Strict + `".

Every version is kept in the ledger; the last one of a name is in force.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConventionLearn(), newConventionShow(), newConventionEdit(), newConventionTest())
	return cmd
}

// labelFlags name the decided pairs to work with.
func labelFlags(cmd *cobra.Command) {
	cmd.Flags().String("labels", "", "file of decided pairs: CSV, TSV, XLSX, SSSOM, an OSCAL mapping, or a draft that Concord exported")
	cmd.Flags().String("sets", "", "YAML file of label sets, for a table with headers or words of its own")
	cmd.Flags().String("set", "", "the set of that file to take, instead of --from, --to and --labels")
}

// labelsOf returns the label set that the flags name: one of a file of sets, or
// one of nothing but a file of labels. It has no name if they name none.
func labelsOf(cmd *cobra.Command) (eval.SetSpec, error) {
	labels, _ := cmd.Flags().GetString("labels")
	sets, _ := cmd.Flags().GetString("sets")
	name, _ := cmd.Flags().GetString("set")
	switch {
	case labels == "" && sets == "" && name == "":
		return eval.SetSpec{}, nil
	case (sets == "") != (name == ""), (labels == "") == (sets == ""):
		return eval.SetSpec{}, usage(errors.New("name the decided pairs by --labels, or by --sets and --set"))
	case labels != "":
		return eval.SetSpec{Name: filepath.Base(labels), Labels: labels}, nil
	}
	specs, err := readSets(sets)
	if err != nil {
		return eval.SetSpec{}, err
	}
	at := slices.IndexFunc(specs, func(s eval.SetSpec) bool { return s.Name == name })
	if at < 0 {
		return eval.SetSpec{}, usage(fmt.Errorf("--set %q: there is no such label set in %s", name, sets))
	}
	return specs[at], nil
}

// sides opens the frameworks of a label set, or those that the flags name where
// it names none, or else these.
func (e *engine) sides(cmd *cobra.Command, s eval.SetSpec, from, to string) (source, target *corpus.Framework, err error) {
	named := func(flag string) string { v, _ := cmd.Flags().GetString(flag); return v }
	if source, err = e.open(cmp.Or(s.From, named("from"), from)); err != nil {
		return nil, nil, err
	}
	target, err = e.open(cmp.Or(s.To, named("to"), to))
	return source, target, err
}

// decided returns the pairs of a label set. Rows that it leaves out come along
// too: one that contradicts another takes its type from both.
func (e *engine) decided(s eval.SetSpec, source, target *corpus.Framework) ([]convention.Row, error) {
	rows, left, err := e.readLabels(s.Labels, s, source, target)
	if err != nil {
		return nil, err
	}
	for _, f := range left {
		f.Row.Source, f.Row.Target = source.Resolve(f.Row.Source), target.Resolve(f.Row.Target)
		rows = append(rows, f.Row)
	}
	var out []convention.Row
	for _, r := range rows {
		if r.Gap {
			continue
		}
		l, err := labelOf(r, s)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: %w", s.Labels, err))
		}
		out = append(out, convention.Row{Source: l.Source, Target: l.Target, Relation: l.Relation, RationaleType: r.RationaleType})
	}
	return out, nil
}

// sourcesOf returns the texts of the distinct sources of rows, in their order.
func sourcesOf(rows []mapping.Row, source *corpus.Framework) []convention.Text {
	var texts []convention.Text
	seen := map[string]bool{}
	for _, r := range rows {
		if e, ok := statement(source, r.Source); ok && !seen[r.Source] {
			texts = append(texts, convention.TextOf(e))
		}
		seen[r.Source] = true
	}
	return texts
}

// statement returns the element that is judged for an id: for a generic cell the
// one above it.
func statement(f *corpus.Framework, id string) (corpus.Element, bool) {
	e, ok := f.Element(id)
	if up, above := f.Element(e.Parent); above && e.Generic != "" {
		return up, true
	}
	return e, ok && !e.Withdrawn
}

// conventions opens the ledger and returns every version in it. A workspace
// without a ledger is not made.
func (e *engine) conventions(ctx context.Context) (*ledger.Ledger, []ledger.Convention, error) {
	none := usage(errors.New("there is no convention yet: run concord convention learn first"))
	if !ledger.Exists(e.ledgerAt()) {
		return nil, nil, none
	}
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return nil, nil, err
	}
	all, err := book.Conventions(ctx)
	if err == nil && len(all) == 0 {
		err = none
	}
	if err != nil {
		book.Close()
		return nil, nil, err
	}
	return book, all, nil
}

// custom returns the convention that the settings name, as "name" or "name@hash",
// without what it says of the sources under test; nil for strict set theory.
func (e *engine) custom(ctx context.Context) (*convention.Convention, error) {
	name, hash, _ := strings.Cut(e.settings.Judging.Convention, "@")
	if name == "" {
		return nil, nil
	}
	book, all, err := e.conventions(ctx)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	c, _, err := versionOf(all, name, hash)
	under := func(x convention.Example) bool { return e.tested[x.Source.ID] }
	if err != nil || !slices.ContainsFunc(c.Examples, under) {
		return c, err
	}
	rest := c.Keep(func(x convention.Example) bool { return !under(x) })
	if rest == nil {
		return nil, usage(fmt.Errorf("%s has nothing to show but what is under test: concord convention test holds parts of it out", c.Label()))
	}
	return rest, nil
}

// versionOf returns a version of a convention: the one in force, or the one whose
// hash begins so.
func versionOf(all []ledger.Convention, name, hash string) (*convention.Convention, ledger.Convention, error) {
	var found []ledger.Convention
	var names []string
	for _, c := range all {
		if c.Name == name && strings.HasPrefix(c.SHA256, strings.ToLower(hash)) {
			found = append(found, c)
		}
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	switch {
	case len(found) == 0 && !slices.Contains(names, name):
		return nil, ledger.Convention{}, usage(fmt.Errorf("there is no convention %q; there are %s", name, strings.Join(names, ", ")))
	case len(found) == 0:
		return nil, ledger.Convention{}, usage(fmt.Errorf("%s has no version that begins with %q", name, hash))
	}
	last := found[len(found)-1]
	for _, c := range found {
		if hash != "" && c.SHA256 != last.SHA256 {
			return nil, last, usage(fmt.Errorf("several versions of %s begin with %q", name, hash))
		}
	}
	c, err := convention.Parse(last.Body)
	return c, last, err
}

// keep adds a version of a convention to the ledger and says so.
func (e *engine) keep(ctx context.Context, book *ledger.Ledger, c *convention.Convention) (added bool, err error) {
	added, err = book.KeepConvention(ctx, c.Name, c.JSON(), c.SHA256(), time.Now())
	switch {
	case err != nil:
	case added:
		fmt.Fprintf(e.stderr, "%s is kept in %s\n", c.Label(), e.ledgerName())
	default:
		fmt.Fprintf(e.stderr, "%s is in force already: nothing changed\n", c.Label())
	}
	return added, err
}

// mayLeave refuses to show a convention whose texts must stay on this machine to
// a model elsewhere.
func mayLeave(c *convention.Convention, chat ask.Chatter) error {
	if local, ok := chat.(interface{ Loopback() bool }); c.Local && (!ok || !local.Loopback()) {
		return fmt.Errorf("the texts of %s must not leave this machine: use a model on localhost", c.Label())
	}
	return nil
}

// relationCounts says how many pairs of a convention have each relation.
func relationCounts(c *convention.Convention) string {
	var parts []string
	for _, n := range c.Counts() {
		parts = append(parts, fmt.Sprintf("%s %d", n.Relation, n.Pairs))
	}
	return strings.Join(parts, ", ")
}

// writer says who wrote the summary of a convention.
func writer(c *convention.Convention) string {
	if c.Drafted == convention.Model {
		return "drafted by " + oneLine(c.Model)
	}
	return c.Drafted
}
