package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"concord/crosswalk"
)

// longestComment is how many characters a comment may have.
const longestComment = 4000

// longest is the most time that counts for one decision: whoever took longer was
// away.
const longest = time.Hour

// decide keeps what the reviewer said of the pair that was shown, and shows the
// next.
func (d *seat) decide(r *http.Request) (reply, error) {
	f, form, err := d.formOf(r)
	if err != nil {
		return reply{}, err
	}
	at, err := d.row(form.Get("id"))
	if err != nil {
		return reply{}, err
	}
	members := d.members(f) // before the decision moves anything
	did := ""
	// To skip what one has decided is to go on: it takes nothing back.
	if form.Get("action") != "skip" || at.stands(d.Name) == nil {
		x, err := d.decisionOn(at, form)
		if err != nil {
			return reply{}, err
		}
		if did, err = d.saveOnce(r.Context(), at, x); err != nil {
			return reply{}, err
		}
	}
	h := d.holders(r.Context())
	if _, open := h.own[at.Proposal]; open {
		d.release(r.Context(), at.Proposal)
	}
	id := ""
	next, err := d.take(r.Context(), f, members, at, h)
	if err != nil { // what was decided is kept
		d.warn(r.Context(), err)
	}
	if next != nil {
		id = next.Proposal
	}
	return redirect(f.url("/pair", "id", id, "did", did)), nil
}

// saveOnce saves a decision and returns its id. A button that is pressed twice, or in
// two windows, says nothing new: the decision that stands is the one. The row is nil
// of a pair that is new.
func (d *seat) saveOnce(ctx context.Context, at *row, x crosswalk.Decision) (id string, err error) {
	if at == nil {
		return x.ID, d.save(ctx, x)
	}
	if mine := at.stands(d.Name); mine != nil {
		again := *mine
		again.Time, again.Duration, again.SuggestionVisible = x.Time, x.Duration, x.SuggestionVisible
		if again.Identified().ID == x.ID {
			return mine.ID, nil
		}
	}
	return x.ID, d.save(ctx, x)
}

// decisionOn reads a decision on a pair from its form.
func (d *seat) decisionOn(at *row, form url.Values) (crosswalk.Decision, error) {
	x, err := d.begin(form)
	if err != nil {
		return x, err
	}
	blind := d.blind(at)
	unseen := form.Get("blind") != ""
	switch {
	case unseen && !blind && at.stands(d.Name) != nil:
		return x, &refusal{http.StatusConflict, "You have decided on this pair already, and that stands. Nothing else was saved: look at it again."}
	case unseen != blind:
		return x, &refusal{http.StatusConflict, "What may be seen of this pair has changed since it was shown. Nothing was saved: look at it again."}
	}
	x.Proposal, x.SuggestionVisible = at.Proposal, !blind
	if p := at.Proposed; p != nil {
		if x.ProposalSHA256 = p.SHA256(); form.Get("sha256") != x.ProposalSHA256 {
			return x, &refusal{http.StatusConflict, "This proposal has changed since it was shown. Nothing was saved: look at it again."}
		}
	}
	if err := d.settle(&x, at, form.Get("settle") != "", form["settles"]); err != nil {
		return x, err
	}
	switch form.Get("action") {
	case "accept":
		err = choose(&x, at, form, blind)
	case "reject":
		err = reject(&x, at)
	case "skip":
		x.Action, x.Reason, x.Settles, x.Adjudicates = crosswalk.Skip, "", nil, false
	default:
		err = badRequest("A decision is to accept, to reject or to skip.")
	}
	return d.finished(x, err)
}

// begin reads what every decision has.
func (d *seat) begin(form url.Values) (crosswalk.Decision, error) {
	x := crosswalk.Decision{
		Reviewer: d.Name, SuggestionVisible: true, Duration: d.took(form),
		Reason: crosswalk.Reason(form.Get("reason")), Comment: strings.TrimSpace(strings.ReplaceAll(form.Get("comment"), "\r\n", "\n")),
	}
	if utf8.RuneCountInString(x.Comment) > longestComment {
		return x, badRequest(fmt.Sprintf("A comment has %d characters at most. Nothing was saved.", longestComment))
	}
	return x, nil
}

// finished gives a decision its time and id, and refuses one that cannot be
// kept.
func (d *seat) finished(x crosswalk.Decision, err error) (crosswalk.Decision, error) {
	if err != nil {
		return x, err
	}
	x.Time = d.instant()
	x = x.Identified()
	if err := x.Check(); err != nil {
		return x, badRequest("Nothing was saved: the decision " + err.Error() + ".")
	}
	return x, nil
}

// choose says that the pair is related as the form has it: as it was proposed,
// or otherwise. Who does not see the proposal need not guess its strength.
func choose(x *crosswalk.Decision, at *row, form url.Values, blind bool) error {
	relation, err := crosswalk.ParseRelation(form.Get("relation"))
	if err != nil {
		return badRequest("Choose how the two are related first. Nothing was saved.")
	}
	compared, err := crosswalk.ParseRationaleType(form.Get("rationale_type"))
	if err != nil {
		return badRequest("Choose how the two were compared first. Nothing was saved.")
	}
	strength, err := strengthOf(form)
	if err != nil {
		return err
	}
	p := at.Proposed
	if blind && strength == nil {
		strength = p.Strength
	}
	switch {
	case p == nil: // entered: every reviewer enters it
		x.Action, x.Reason, x.Source, x.Target, compared = crosswalk.Enter, "", at.Source, at.Target, at.RationaleType
	case p.Relation == relation && p.RationaleType == compared && equal(p.Strength, strength):
		x.Action, x.Reason = crosswalk.Accept, ""
	case relation == crosswalk.NoRelationship && p.Relation != relation:
		return reject(x, at)
	case relation == crosswalk.NoRelationship: // only how they were compared differs, which says nothing then
		x.Action, x.Reason, compared, strength = crosswalk.Accept, "", p.RationaleType, p.Strength
	default:
		x.Action, x.Reason = crosswalk.Correct, cmp.Or(x.Reason, reasonOf(p.Relation, relation))
		if blind && p.Relation != relation && form.Get("strength") == "" {
			strength = nil // that of the proposal is of another claim
		}
	}
	x.Relation, x.RationaleType, x.Strength = relation, compared, strength
	return nil
}

// reject says that the pair is not related, which accepts a proposal that says
// so too.
func reject(x *crosswalk.Decision, at *row) error {
	switch p := at.Proposed; {
	case p == nil:
		x.Action, x.Reason, x.Source, x.Target = crosswalk.Enter, "", at.Source, at.Target
		x.Relation, x.RationaleType = crosswalk.NoRelationship, at.RationaleType
	case p.Relation == crosswalk.NoRelationship:
		x.Action, x.Reason = crosswalk.Accept, ""
		x.Relation, x.RationaleType, x.Strength = p.Relation, p.RationaleType, p.Strength
	default:
		x.Action, x.Reason = crosswalk.Reject, cmp.Or(x.Reason, crosswalk.WrongTarget)
	}
	return nil
}

// reasonOf names what a correction of the relation says, where the reviewer
// names nothing.
func reasonOf(was, is crosswalk.Relation) crosswalk.Reason {
	contains := func(r crosswalk.Relation) bool { return r == crosswalk.SubsetOf || r == crosswalk.SupersetOf }
	switch {
	case was == is:
		return crosswalk.OtherReason
	case contains(was) && is == was.Inverse():
		return crosswalk.WrongDirection
	case was.Strong() && crosswalk.Weaker(was, is) == is:
		return crosswalk.TooStrong
	case is.Strong() && was != "" && crosswalk.Weaker(was, is) == was:
		return crosswalk.TooWeak
	}
	return crosswalk.WrongRelation
}

func equal(a, b *int) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func strengthOf(form url.Values) (*int, error) {
	s := strings.TrimSpace(form.Get("strength"))
	if s == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 10 {
		return nil, badRequest("A strength is a whole number from 0 to 10, or nothing. Nothing was saved.")
	}
	return &n, nil
}

// took returns for how long the pair was looked at: as the script says in
// milliseconds, or since the page was made.
func (d *seat) took(form url.Values) time.Duration {
	if ms, err := strconv.ParseInt(form.Get("took"), 10, 64); err == nil && ms >= 0 {
		return time.Duration(min(ms, longest.Milliseconds())) * time.Millisecond
	}
	if shown, err := strconv.ParseInt(form.Get("shown"), 10, 64); err == nil && shown > 0 && shown < math.MaxInt32*int64(1000) {
		return max(0, min(d.Now().Sub(time.UnixMilli(shown)), longest)).Truncate(time.Millisecond)
	}
	return 0
}

// readForm reads the form that a browser sends.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return badRequest("That is no form. Nothing was saved.")
	}
	return err
}

// formOf returns the filter in the URL and the form in the body.
func (d *seat) formOf(r *http.Request) (filter, url.Values, error) {
	f, err := d.filterOf(r.URL.Query())
	return f, r.PostForm, err
}

// row returns the pair of this id.
func (d *Desk) row(id string) (*row, error) {
	if r := d.at[id]; r != nil {
		return r, nil
	}
	return nil, &refusal{http.StatusNotFound, "There is no such pair in this run."}
}
