package review

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"concord/crosswalk"
	"concord/crosswalk/comment"
)

// Readers are those who were given the crosswalk to comment on.
type Readers struct {
	// Said returns their comments.
	Said func(context.Context) ([]comment.Standing, error)
	// Held holds comments against the rows as they are with these decisions.
	Held func(context.Context, []comment.Standing, []crosswalk.Decision) ([]comment.Item, error)
	// Answer keeps an answer.
	Answer func(context.Context, comment.Event) error
}

// A commentView is a comment with what it speaks of.
type commentView struct {
	comment.Item
	Links   []link
	Choices []choice
}

// comments shows what readers said, and takes the answers.
func (d *seat) comments(r *http.Request) (reply, error) {
	if d.Readers == nil {
		return reply{}, &refusal{http.StatusNotFound, "This desk was opened without comments."}
	}
	q := r.URL.Query()
	said, err := d.Readers.Said(r.Context())
	if err != nil {
		return reply{}, err
	}
	v := struct {
		Comments              []commentView
		All                   bool
		Open, Answered        int
		Hidden                int
		Source, Target, Of    string
		Pair, Action, Message string
	}{All: q.Get("all") != "", Action: "/answer", Message: q.Get("did")}
	for _, s := range said {
		if s.Answer == nil {
			v.Open++
		} else {
			v.Answered++
		}
	}
	if id := q.Get("id"); id != "" {
		at, err := d.row(id)
		if err != nil {
			return reply{}, err
		}
		said, v.All, v.Pair, v.Of = comment.OfRow(said, at.source.ID, at.target.ID), true, id, at.source.ID+" → "+at.target.ID
		v.Action += "?id=" + id
	} else if v.All {
		v.Action += "?all=yes"
	}
	said = slices.DeleteFunc(said, func(s comment.Standing) bool { return !v.All && s.Answer != nil })
	items, err := d.Readers.Held(r.Context(), said, d.decisions())
	if err != nil {
		return reply{}, err
	}
	for _, item := range items {
		if c, visible := d.commentView(item); visible {
			v.Comments = append(v.Comments, c)
		} else {
			v.Hidden++
		}
	}
	return view("comments", v), nil
}

// commentView returns a comment as this reviewer may see it: those on a pair that
// is still to be decided unseen say too much of it.
func (d *seat) commentView(item comment.Item) (c commentView, visible bool) {
	c.Item = item
	every := d.filter(queues()[0])
	every.State = stateAll
	for _, p := range item.Bound {
		for _, r := range d.ordered {
			if !p.IsRow() || r.source.ID != p.Source.ID || r.target.ID != p.Target.ID || r.withdrawn() {
				continue
			}
			if d.blind(r) {
				return c, false
			}
			l := d.link(every, r, false)
			l.Text = r.source.ID + " → " + r.target.ID
			c.Links = append(c.Links, l)
		}
	}
	for _, x := range comment.Dispositions() {
		c.Choices = append(c.Choices, choice{Value: string(x), Text: string(x), Chosen: x == item.Disposition()})
	}
	return c, true
}

// answer keeps what becomes of a comment.
func (d *seat) answer(r *http.Request) (reply, error) {
	if d.Readers == nil {
		return reply{}, &refusal{http.StatusNotFound, "This desk was opened without comments."}
	}
	said, err := d.Readers.Said(r.Context())
	if err != nil {
		return reply{}, err
	}
	form := r.PostForm
	i := slices.IndexFunc(said, func(s comment.Standing) bool { return s.ID == form.Get("comment") })
	if i < 0 {
		return reply{}, &refusal{http.StatusNotFound, "There is no such comment. Nothing was saved."}
	}
	was := ""
	if said[i].Answer != nil {
		was = said[i].Answer.ID
	}
	if form.Get("was") != was {
		return reply{}, &refusal{http.StatusConflict, "Somebody else has answered this comment since it was shown. Nothing was saved: look at it again."}
	}
	event := comment.Event{
		Comment: said[i].ID, Time: d.Now().UTC(), By: d.Name, Disposition: comment.Disposition(form.Get("disposition")),
		Reason: strings.TrimSpace(strings.ReplaceAll(form.Get("reason"), "\r\n", "\n")),
	}.Identified()
	if err := event.Check(); err != nil {
		return reply{}, badRequest("Nothing was saved: the answer " + err.Error() + ".")
	}
	if err := d.Readers.Answer(r.Context(), event); err != nil {
		return reply{}, err
	}
	q := r.URL.Query()
	to := "/comments?did=" + said[i].Short()
	if id := q.Get("id"); id != "" {
		to += "&id=" + id
	} else if q.Get("all") != "" {
		to += "&all=yes"
	}
	return redirect(to), nil
}

// commentsOn counts the comments on a pair, and those that are not answered.
func (d *seat) commentsOn(ctx context.Context, at *row) (all, open int, err error) {
	if d.Readers == nil {
		return 0, 0, nil
	}
	said, err := d.Readers.Said(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range comment.OfRow(said, at.source.ID, at.target.ID) {
		all++
		if s.Answer == nil {
			open++
		}
	}
	return all, open, nil
}
