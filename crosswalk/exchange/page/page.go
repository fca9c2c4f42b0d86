// Package page writes a crosswalk as one self-contained HTML page to read, to
// print or to put on a web site. The page needs nothing but itself: no script,
// no font, no image, no network. It is not read again.
//
// Texts of frameworks, models and people are not trusted: they go through
// html/template alone, and hidden characters are shown by their code points.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/outline"
	"concord/crosswalk/overview"
	"concord/internal/visible"
)

//go:embed page.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// Held lists the fields that the page shows: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Write writes the page. The same crosswalk gives the same bytes. Nothing is
// written if the crosswalk contradicts itself.
func Write(w io.Writer, c *exchange.Crosswalk) error { return WriteWith(w, c, nil) }

// WriteWith writes the page as [Write] does, with an overview of both frameworks
// before the mappings. Without one it is what Write writes.
func WriteWith(w io.Writer, c *exchange.Crosswalk, o *overview.Overview) error {
	return write(w, c, o, Reading{})
}

// A Reading is what a page says to those who are asked to read it.
type Reading struct {
	Title  string   // stands above the name of the crosswalk; may be empty
	Notes  []string // paragraphs before the facts
	Labels []string // what to call each row, in the order of the rows, without blanks
}

// WriteReading writes the page as [Write] does, for readers who are to speak of
// its rows: each shows its number, from 1, and its label, which is its anchor.
func WriteReading(w io.Writer, c *exchange.Crosswalk, r Reading) error {
	if len(r.Labels) != len(c.Rows) {
		return fmt.Errorf("write HTML: %d labels for %d rows", len(r.Labels), len(c.Rows))
	}
	return write(w, c, nil, r)
}

// label returns what to call the row at a place, or "".
func (r Reading) label(place int) string {
	if place < len(r.Labels) {
		return r.Labels[place]
	}
	return ""
}

func write(w io.Writer, c *exchange.Crosswalk, o *overview.Overview, r Reading) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	t := template.New("page").Funcs(template.FuncMap{"number": outline.Number, "gap": outline.GapWord, "next": func(i int) int { return i + 1 }, "label": r.label})
	drawn, look, err := drawing(o)
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	for _, part := range []struct{ name, text string }{{"style", pageStyle + look}, {"page", pageTemplate}} {
		if t, err = t.New(part.name).Parse(part.text); err != nil {
			return fmt.Errorf("write HTML: %w", err)
		}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, content{outline.Of(c), drawn, r}); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if _, err := io.WriteString(w, visible.Text(b.String())); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

// content is what the page shows.
type content struct {
	outline.Outline
	Overview template.HTML // empty for none
	Reading  Reading
}

// drawing returns the overview with its style sheet. A file has no server that
// its numbers could lead to.
func drawing(o *overview.Overview) (drawn template.HTML, look string, err error) {
	if o == nil {
		return "", "", nil
	}
	drawn, err = o.HTML(nil)
	return drawn, overview.Style(), err
}

// A view is what the template shows.
type view struct {
	outline.Outline
	Reading Reading
}
