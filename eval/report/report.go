// Package report writes an evaluation as one self-contained HTML page.
//
// The page needs nothing but itself: no script, no font, no image, no network.
// Charts are drawn here, by a few hundred lines, rather than by a plotting
// library: the page sets their colours for light, dark and paper, and a screen
// reader finds a title, a description and a table with each.
//
// Texts of frameworks and models are not trusted: they go through html/template
// alone, and hidden characters are shown by their code points.
package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"

	"concord/corpus"
	"concord/eval"
)

// A Page is what is written.
type Page struct {
	Title   string
	Tool    string    // the program and its version
	Judge   string    // what judged
	Command string    // that wrote it, as a person would type it
	When    time.Time // of the evaluation; not said if zero
	Sets    []Set     // at least one
}

// A Set is what was measured on one label set.
type Set struct {
	Result         eval.SetResult // at least one score; the last is of the system that the page is about, the first of its baseline
	Published      []corpus.Published
	Source, Target *corpus.Framework
	Seen           []Seen // in the order of the scores; the charts of a system that is not here are left out
}

// Seen is what was seen of a system.
type Seen struct {
	System string
	eval.Observation
}

// subject returns the score of the system that the page is about.
func (s Set) subject() eval.Score { return s.Result.Scores[len(s.Result.Scores)-1] }

//go:embed page.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// Write writes the page. The same page gives the same bytes. A page without a
// set, and a set without a score or a framework, are errors.
func Write(w io.Writer, p Page) error {
	if len(p.Sets) == 0 {
		return errors.New("report of an evaluation: no label set")
	}
	for _, s := range p.Sets {
		switch {
		case len(s.Result.Scores) == 0:
			return fmt.Errorf("report of an evaluation: set %q has no score", s.Result.Set)
		case s.Source == nil || s.Target == nil:
			return fmt.Errorf("report of an evaluation: set %q lacks a framework", s.Result.Set)
		}
	}
	t, err := template.New("style").Parse(pageStyle)
	if err != nil {
		return fmt.Errorf("report of an evaluation: %w", err)
	}
	if t, err = t.New("page").Parse(pageTemplate); err != nil {
		return fmt.Errorf("report of an evaluation: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, viewOf(p)); err != nil {
		return fmt.Errorf("report of an evaluation: %w", err)
	}
	_, err = io.WriteString(w, visible(b.String()))
	return err
}

// visible replaces characters that act without being seen by their code points
// in brackets: controls, changes of writing direction, tags. It is put on the
// whole page, so that no text can be forgotten. Tab and line breaks are not
// meant, nor the soft hyphen and the joiners that ordinary words hold.
func visible(page string) string {
	page = strings.ReplaceAll(strings.ToValidUTF8(page, "\ufffd"), "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(page))
	for _, r := range page {
		if hidden(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	switch r {
	case '\t', '\n', '\u00ad', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf)
}
