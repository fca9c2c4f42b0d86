package review

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

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
		"show": visible, "clip": clip, "headline": headline, "percent": percent, "words": words, "sets": setsOf,
		"hundred": func(p float64) float64 { return 100 * p },
	}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("templates of the desk: %w", err)
	}
	return t, nil
}

// A reply is what a handler answers with.
type reply interface {
	send(d *seat, w http.ResponseWriter, r *http.Request)
}

// A redirect sends the browser on, with a GET.
type redirect string

func (to redirect) send(_ *seat, w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, string(to), http.StatusSeeOther)
}

// A view is a template and what it shows.
type view struct {
	name string
	data any
}

func (v view) send(d *seat, w http.ResponseWriter, _ *http.Request) {
	d.write(w, http.StatusOK, v.name, frame{d.Name, d.Draft.Run, d.Draft.Source.Spec() + " → " + d.Draft.Target.Spec(), v.data})
}

// page makes a handler that has the desk to itself.
func (d *seat) page(answer func(*http.Request) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		err := d.refresh(r.Context())
		if err == nil {
			var to reply
			if to, err = answer(r); err == nil {
				to.send(d, w, r)
				return
			}
		}
		d.refuse(w, err)
	}
}

// A frame is what every page has around it.
type frame struct {
	Reviewer, Run, Pair string
	Data                any
}

// write sends a page, whole or not at all.
func (d *Desk) write(w http.ResponseWriter, status int, name string, f frame) {
	var b bytes.Buffer
	if err := d.templates.ExecuteTemplate(&b, name, f); err != nil {
		d.Log.Error("review", "page", name, "error", err)
		http.Error(w, "The page could not be made. The terminal in which the program runs says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // a browser that went away is no error
}

func asset(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, text)
	}
}

func percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

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
