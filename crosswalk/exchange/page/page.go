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
func Write(w io.Writer, c *exchange.Crosswalk) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	t := template.New("page").Funcs(template.FuncMap{"number": outline.Number, "gap": outline.GapWord, "next": func(i int) int { return i + 1 }})
	for _, part := range []struct{ name, text string }{{"style", pageStyle}, {"page", pageTemplate}} {
		var err error
		if t, err = t.New(part.name).Parse(part.text); err != nil {
			return fmt.Errorf("write HTML: %w", err)
		}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, outline.Of(c)); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if _, err := io.WriteString(w, visible.Text(b.String())); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}
