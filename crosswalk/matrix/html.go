package matrix

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"concord/internal/visible"
)

//go:embed page.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// HTML writes the table as one page to read on any screen and to print on A4
// landscape. It needs nothing but itself: no script, no font, no image, no
// network. The same table gives the same bytes.
func (t *Table) HTML(w io.Writer) error {
	page := template.New("page")
	for _, part := range []struct{ name, text string }{{"style", pageStyle}, {"page", pageTemplate}} {
		var err error
		if page, err = page.New(part.name).Parse(part.text); err != nil {
			return fmt.Errorf("write HTML: %w", err)
		}
	}
	var b bytes.Buffer
	err := page.Execute(&b, struct {
		*Table
		Notice string
		Groups []group
		Nested bool
		Marked bool // the summaries have figures of priority 1
	}{t, draftNotice, t.groups(), t.nested(), len(t.Overview) > 0 && t.Overview[0].High != ""})
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if _, err := io.WriteString(w, visible.Text(b.String())); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}
