package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"time"

	"concord/internal/visible"
)

//go:embed report.tmpl
var reportTemplate string

// html writes one self-contained page without a script.
func (r Report) html() ([]byte, error) {
	t, err := template.New("report").Parse(reportTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Title, Made string
		Counts      []string
		Lines       []line
	}{r.title(), r.Made.UTC().Format(time.DateOnly), r.counts(), r.lines()})
	return []byte(visible.Text(b.String())), err
}
