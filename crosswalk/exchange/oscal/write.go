package oscal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// Options say how a collection is written. The zero value is usable.
type Options struct {
	YAML bool // instead of JSON
	// Sources are the ids of all elements of the source framework that are to be
	// mapped. The status is "complete" only if each of them has a row and every
	// row is decided; without the list that cannot be known, and it never is.
	Sources []string
}

// Write writes the crosswalk as a mapping collection. It is an error if the
// crosswalk contradicts itself, has no row (the schema wants one), or has an id
// that is not one line of text; then nothing is written.
//
// All ids are UUIDs of version 5. Those of mappings, maps, gaps and resources
// follow from what they are about; that of the collection follows from all of
// its content.
func Write(w io.Writer, c *exchange.Crosswalk, o Options) error {
	doc, err := build(c, o)
	if err != nil {
		return err
	}
	data, err := encode(doc)
	if err != nil {
		return fmt.Errorf("encode mapping collection: %w", err)
	}
	sum := sha256.Sum256(data)
	doc.Collection.UUID = crosswalk.NewID("oscal mapping-collection", hex.EncodeToString(sum[:]))
	if data, err = encode(doc); err != nil {
		return fmt.Errorf("encode mapping collection: %w", err)
	}
	if o.YAML {
		if data, err = toYAML(data); err != nil {
			return fmt.Errorf("encode mapping collection as YAML: %w", err)
		}
	}
	_, err = w.Write(data)
	return err
}

func encode(doc *document) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return b.Bytes(), err
}

func build(c *exchange.Crosswalk, o Options) (*document, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if len(c.Rows) == 0 {
		return nil, errors.New("an OSCAL mapping collection holds one pair at least, and the crosswalk has none")
	}
	if err := checkIDs(c); err != nil {
		return nil, err
	}
	if y := c.Made.Year(); !c.Made.IsZero() && (y < 1970 || y > 2999) {
		return nil, fmt.Errorf("the crosswalk was made in the year %d, which OSCAL cannot hold", y)
	}
	var doc document
	source, target := resourceOf(c.Source, crosswalk.SourceSide), resourceOf(c.Target, crosswalk.TargetSide)
	doc.Collection.BackMatter.Resources = []resource{source, target}
	doc.Collection.Metadata = metadataOf(c)
	doc.Collection.Provenance = provenanceOf(c, o, doc.Collection.Metadata.Parties)
	doc.Collection.Mappings = []mapping{{
		UUID:       crosswalk.NewID("oscal mapping", c.Source.Spec(), c.Target.Spec()),
		Source:     reference{"catalog", "#" + source.UUID},
		Target:     reference{"catalog", "#" + target.UUID},
		Maps:       mapsOf(c),
		Props:      gapProps(c.Gaps),
		SourceGaps: gapsOf(c, crosswalk.SourceSide),
		TargetGaps: gapsOf(c, crosswalk.TargetSide),
	}}
	return &doc, nil
}

func checkIDs(c *exchange.Crosswalk) error {
	bad := func(where, id string) error {
		return fmt.Errorf("%s: the id %q cannot stand in OSCAL: want one line of text with no blank at either end", where, id)
	}
	for i, r := range c.Rows {
		for _, id := range []string{r.Source, r.Target} {
			if id != line(id) {
				return bad(fmt.Sprintf("row %d", i+1), id)
			}
		}
	}
	for i, g := range c.Gaps {
		if g.ID != line(g.ID) {
			return bad(fmt.Sprintf("gap %d", i+1), g.ID)
		}
	}
	return nil
}

func metadataOf(c *exchange.Crosswalk) metadata {
	title := c.Title
	if title == "" {
		title = c.Source.Spec() + " to " + c.Target.Spec()
	}
	if c.Draft {
		title = "Draft: " + title
	}
	made := c.Made
	if made.IsZero() {
		made = time.Unix(0, 0)
	}
	m := metadata{Title: escape(line(title)), LastModified: stamp(made), Version: stamp(made), OSCALVersion: Version}
	m.Props.add("tool", c.Tool)
	m.Props.add("tool-version", c.Version)
	m.Props.add("run", c.Run)
	m.Props.add("title", c.Title)
	m.Props.add("draft", yesOrNo(c.Draft))
	if c.Made.IsZero() {
		m.Props.add("last-modified", "unknown")
	}
	for _, name := range reviewers(c) {
		m.Parties = append(m.Parties, party{crosswalk.NewID("oscal party", name), "person", name})
	}
	if len(m.Parties) > 0 {
		m.Roles = []role{{"reviewer", "Reviewer"}}
	}
	return m
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// reviewers lists who decided on rows, in the order of their names.
func reviewers(c *exchange.Crosswalk) []string {
	var names []string
	for _, r := range c.Rows {
		if r.Reviewer != "" {
			names = append(names, line(r.Reviewer))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func provenanceOf(c *exchange.Crosswalk, o Options, parties []party) provenance {
	p := provenance{Method: method(c), Rationale: string(usual(c)), Status: status(c, o)}
	var b strings.Builder
	if p.Status == "draft" {
		b.WriteString("Draft: no person has decided on it. ")
	}
	fmt.Fprintf(&b, "How elements of %s relate to those of %s, by the set theory of NIST IR 8477, read from source to target.",
		escape(line(c.Source.Spec())), escape(line(c.Target.Spec())))
	b.WriteString(" A pair that is not listed is not a pair without relationship.")
	p.Description = b.String()
	if len(parties) > 0 {
		r := responsible{Role: "reviewer"}
		for _, one := range parties {
			r.Parties = append(r.Parties, one.UUID)
		}
		p.Responsible = []responsible{r}
	}
	return p
}

// method says who made the rows: a program, persons, or both.
func method(c *exchange.Crosswalk) string {
	drafts, entered := 0, 0
	for _, r := range c.Rows {
		switch r.State {
		case exchange.Draft:
			drafts++
		case exchange.Entered:
			entered++
		}
	}
	switch len(c.Rows) {
	case drafts:
		return "automation"
	case entered:
		return "human"
	}
	return "hybrid"
}

func status(c *exchange.Crosswalk, o Options) string {
	decided := make(map[string]bool, len(c.Rows))
	open := false
	for _, r := range c.Rows {
		if r.State == exchange.Draft {
			open = true
		} else {
			decided[r.Source] = true
		}
	}
	if c.Draft || len(decided) == 0 {
		return "draft"
	}
	missing := func(id string) bool { return !decided[id] }
	if open || len(o.Sources) == 0 || slices.ContainsFunc(o.Sources, missing) {
		return "not-complete"
	}
	return "complete"
}

// usual returns the rationale type that most rows have, of several the first of
// IR 8477's semantic, functional, syntactic.
func usual(c *exchange.Crosswalk) crosswalk.RationaleType {
	count := map[crosswalk.RationaleType]int{}
	for _, r := range c.Rows {
		count[r.RationaleType]++
	}
	best := crosswalk.Semantic
	for _, t := range []crosswalk.RationaleType{crosswalk.Functional, crosswalk.Syntactic} {
		if count[t] > count[best] {
			best = t
		}
	}
	return best
}

// resourceOf describes a framework. The digest is that of the elements as they
// were read, so it stands at a link to the resource itself: the file at the
// origin has another one.
func resourceOf(f exchange.Framework, side crosswalk.Side) resource {
	r := resource{UUID: crosswalk.NewID("oscal resource", string(side), f.Spec())}
	title := f.Title
	if title == "" {
		title = f.Spec()
	}
	r.Title = escape(line(title))
	r.Props.add("name", f.Name)
	r.Props.add("edition", f.Edition)
	r.Props.add("title", f.Title)
	if isWeb(f.Origin) {
		r.Links = append(r.Links, rlink{Href: f.Origin})
	} else {
		r.Props.add("origin", f.Origin)
	}
	self := rlink{Href: "urn:uuid:" + r.UUID}
	if f.Digest != "" {
		self.Hashes = []hash{{"SHA-256", line(f.Digest)}}
		r.Remarks = "The SHA-256 is that of the elements as they were read, not of a file."
	}
	r.Links = append(r.Links, self)
	return r
}

// isWeb reports whether a text is an address that a URI reference can hold as
// it is.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.String() == s && s == line(s)
}

// gapsOf lists the gaps of a side in their order. Ids that are no tokens stand
// as patterns.
func gapsOf(c *exchange.Crosswalk, side crosswalk.Side) *gaps {
	f := c.Source
	if side == crosswalk.TargetSide {
		f = c.Target
	}
	out := gaps{UUID: crosswalk.NewID("oscal gaps", string(side), c.Source.Spec(), c.Target.Spec())}
	for _, g := range c.Gaps {
		if g.Side != side {
			continue
		}
		ref := idRef(f, g.ID)
		isToken := token.MatchString(ref)
		last := len(out.Unmapped) - 1
		if last < 0 || (len(out.Unmapped[last].IDs) > 0) != isToken {
			out.Unmapped = append(out.Unmapped, selection{})
			last++
		}
		if s := &out.Unmapped[last]; isToken {
			s.IDs = append(s.IDs, ref)
		} else {
			s.Matching = append(s.Matching, pattern{asPattern(ref)})
		}
	}
	if len(out.Unmapped) == 0 {
		return nil
	}
	return &out
}

// gapProps holds what the summaries of gaps have no place for.
func gapProps(list []exchange.Gap) properties {
	var out properties
	for _, g := range list {
		if g.Title != "" {
			out = append(out, property{Name: "gap-title", NS: Namespace, Class: string(g.Side), Value: g.ID, Remarks: escape(g.Title)})
		}
		if g.Judged {
			out = append(out, property{Name: "gap-judged", NS: Namespace, Class: string(g.Side), Value: g.ID})
		}
	}
	return out
}

func number(x *float64) string {
	if x == nil {
		return ""
	}
	return decimal(*x).String()
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
