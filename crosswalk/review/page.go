package review

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"concord/crosswalk"
)

//go:embed page.tmpl
var pageTemplate string

//go:embed desk.css
var style string

//go:embed desk.js
var script string

//go:embed icon.svg
var icon string

func newTemplates() (*template.Template, error) {
	t, err := template.New("pages").Funcs(template.FuncMap{
		"show": visible, "clip": clip, "headline": headline, "percent": percent, "share": share, "estimate": estimate, "seconds": seconds, "words": words, "sets": setsOf,
		"cost":    func(sum float64) string { return fmt.Sprintf("%.4f", sum) },
		"clock":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"hour":    func(t time.Time) string { return t.UTC().Format("15:04:05 UTC") },
		"hundred": func(p float64) float64 { return 100 * p },
	}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("templates of the desk: %w", err)
	}
	return t, nil
}

// A reply is what a handler answers with: a template with what it shows, or
// where to go on with a GET.
type reply struct {
	template string
	data     any
	location string
}

func view(template string, data any) reply { return reply{template: template, data: data} }

func redirect(to string) reply { return reply{location: to} }

// page makes a handler that has the desk to itself while it answers, and not
// while the browser sends or takes, or the ledger is asked: a slow one keeps
// nobody waiting.
func (d *seat) page(answer func(*http.Request) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := readForm(r); err != nil {
			d.refuse(w, err)
			return
		}
		to, page, err := d.answered(r, answer)
		switch {
		case err != nil:
			d.refuse(w, err)
		case to.location != "":
			http.Redirect(w, r, to.location, http.StatusSeeOther)
		default:
			d.write(w, http.StatusOK, page)
		}
	}
}

// patience is how long the ledger may take to keep what a reviewer sends.
const patience = 30 * time.Second

// answered returns the reply to a request, and its page. What a reviewer changes
// in several windows is changed in turn.
func (d *seat) answered(r *http.Request, answer func(*http.Request) (reply, error)) (reply, []byte, error) {
	if r.Method == http.MethodPost {
		// What was sent is done, also where nobody waits to hear of it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
		defer cancel()
		r = r.WithContext(ctx)
		d.turn.Lock()
		defer d.turn.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// What is decided is decided on what there is.
	if err := d.refresh(r.Context(), r.Method == http.MethodPost); err != nil {
		return reply{}, nil, err
	}
	to, err := answer(r)
	if err != nil || to.location != "" {
		return to, nil, err
	}
	page, err := d.draw(to.template, frame{
		Reviewer: d.Name, Role: cmp.Or(d.Role, RoleReviewer), Reads: d.reads(), Run: d.Draft.Run, Pair: d.Draft.Source.Spec() + " → " + d.Draft.Target.Spec(),
		Checks: d.Check != nil, Comments: d.Readers != nil, Matrix: d.Matrix != nil && (d.Blind == 0 || d.reads()), Data: to.data,
	})
	return to, page, err
}

// meanwhile asks the ledger something while others have the desk. What is read
// before may be another thing afterwards.
func (d *Desk) meanwhile(ask func()) {
	d.mu.Unlock()
	defer d.mu.Lock()
	ask()
}

// A frame is what every page has around it.
type frame struct {
	Reviewer, Run, Pair      string
	Role                     Role
	Reads                    bool // and changes nothing
	Checks, Comments, Matrix bool // there are such pages
	Data                     any
}

// draw makes a page, whole or not at all.
func (d *Desk) draw(name string, f frame) ([]byte, error) {
	var b bytes.Buffer
	if err := d.templates.ExecuteTemplate(&b, name, f); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (d *Desk) write(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page) // a browser that went away is no error
}

func asset(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, text)
	}
}

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

// share writes a share that may not be known.
func share(p *float64) string {
	if p == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *p)
}

// words says a relation without the elements.
func words(r crosswalk.Relation) string {
	if r == "" {
		return "not said"
	}
	return strings.TrimSpace(r.Sentence("", ""))
}

// sets is a picture of a relation: two circles in a box of 120 by 64, the source
// dashed below the target. See [setsOf].
type sets struct {
	Class              string
	SX, SR, TX, TR, CY int
}

// setsOf draws a relation.
func setsOf(r crosswalk.Relation) sets {
	s := sets{Class: string(r), CY: 32}
	switch r {
	case crosswalk.SubsetOf:
		s.SX, s.SR, s.TX, s.TR = 52, 14, 60, 29
	case crosswalk.SupersetOf:
		s.SX, s.SR, s.TX, s.TR = 60, 29, 68, 14
	case crosswalk.Equal:
		s.SX, s.SR, s.TX, s.TR = 60, 29, 60, 25
	case crosswalk.IntersectsWith:
		s.SX, s.SR, s.TX, s.TR = 44, 26, 76, 26
	default:
		s.SX, s.SR, s.TX, s.TR = 30, 24, 90, 24
	}
	return s
}
