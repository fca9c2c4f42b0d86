package review

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
)

// A side is one element of a pair with its place in the document.
type side struct {
	Name, Role string // "csf@2.0", "source"
	ID, Kind   string
	Focus      string
	Priority   int
	Above      []corpus.Element
	Parts      []part
	Note       string
}

// A choice is a value that a form offers.
type choice struct {
	Value, Text string
	Key         int // that chooses it, 0 for none
	Chosen      bool
}

// A fact says something about how a proposal came about.
type fact struct{ Name, Text string }

// A link leads to another pair.
type link struct {
	URL           string
	ID, Text      string
	Probability   float64
	Relation      crosswalk.Relation
	Review, State string
	Here          bool
	Blind         bool   // nothing of it may be shown
	Proposal      string // id, of a pair that can be joined with others
}

// A form is what a reviewer fills in.
type form struct {
	Relations, Types, Reasons []choice
	Strength                  string
	Comment                   string
	Shown                     int64 // when the page was made, milliseconds of Unix
	Own                       bool  // it is filled in otherwise than was proposed
	relation                  crosswalk.Relation
}

// A pairView is the page of one pair.
type pairView struct {
	filterView
	Sides        [2]side
	Before, Verb string // the sentence, cut at what relates the two
	After        string
	Relation     crosswalk.Relation
	Proposal     *crosswalk.Proposal // nil if it was entered
	Form         form
	Facts        []fact
	Decisions    []said
	Stale        []formerly
	Settles      []string // in a conflict: the decisions to settle
	Disputed     bool     // it is in conflict
	Adjudicates  bool     // the reviewer is there to settle it
	Votes        bool     // in a conflict that only an adjudicator settles: the reviewer is none
	Mine         string   // id of the last decision of the reviewer
	Hidden       []hiddenField
	Decide       string // URL
	Hold         string // URL that is told that the pair is open; empty for none
	Notice       string // that somebody else has
	Blind        bool
	Together     []string // targets that cover the source only together with this one
	Unite        string   // URL
	Comments     int      // of readers, on the pair or one of its elements
	OpenComments int      // of these: not answered
	CommentsURL  string
	Add, OfOne   string
	Group        string
	NextURL      string
	PrevURL      string
	Others       []link
	More         int
}

type hiddenField struct{ Name, Value string }

// A said is a decision in words.
type said struct {
	Who, What, Why, Comment, When string
}

// pair shows one pair, or that there is none left. The pair that comes next has an
// address of its own: what is gone back to, or sent to somebody else, is that pair.
func (d *seat) pair(r *http.Request) (reply, error) {
	q := r.URL.Query()
	f, err := d.filterOf(q)
	if err != nil {
		return reply{}, err
	}
	members, h := d.members(f), d.holders(r.Context())
	var at *row
	if id := q.Get("id"); id != "" {
		if at, err = d.row(id); err != nil {
			return reply{}, err
		}
		if d.reservable(at) {
			d.open(r.Context(), id, &h)
		}
	} else if at, err = d.take(r.Context(), f, members, d.at[q.Get("after")], h); err != nil {
		return reply{}, err
	} else if at == nil {
		v := struct {
			filterView
			Taken []taken
		}{d.head(f, members, q.Get("did"), ""), d.taken(f, members, h)}
		return view("done", v), nil
	} else {
		return redirect(f.url("/pair", "id", at.Proposal, "did", q.Get("did"))), nil
	}
	v := d.pairView(f, members, at, h, q.Get("did"))
	v.Notice = d.notice(f, at, h)
	if v.Blind {
		return view("pair", v), nil
	}
	if v.Stale, err = d.stale(r.Context(), at); err != nil {
		return reply{}, err
	}
	v.CommentsURL = "/comments?id=" + at.Proposal
	v.Comments, v.OpenComments, err = d.commentsOn(r.Context(), at)
	return view("pair", v), err
}

func (d *seat) pairView(f filter, members []*row, at *row, h holders, did string) pairView {
	v := pairView{
		filterView: d.head(f, members, did, at.Proposal), Proposal: at.Proposed,
		Decide: f.url("/decide"), Unite: f.url("/together"), Add: f.url("/add", "of", at.source.ID, "from", at.Proposal),
	}
	if mine := at.by(d.Name); mine != nil {
		v.Mine = mine.ID
	}
	if d.blind(at) {
		return d.blindView(v, f, members, at, h)
	}
	v.Sides = d.sides(at.source, at.target, at.Proposed)
	v.Together = d.companions(at)
	v.Form = d.formFor(at)
	v.Relation = v.Form.relation
	sentence := v.Relation.Sentence("\x00", "\x00")
	if v.Relation == "" {
		sentence = "\x00 and \x00: no usable answer"
	}
	cut := strings.SplitN(sentence, "\x00", 3)
	v.Before, v.Verb, v.After = visible(at.source.ID), strings.TrimSpace(cut[1]), visible(at.target.ID)+cut[2]
	if at.Proposed != nil {
		v.Facts = d.facts(at.Proposed)
	}
	for _, x := range at.By {
		v.Decisions = append(v.Decisions, d.said(x))
		if d.maySettle(at) {
			v.Settles = append(v.Settles, x.ID)
		}
	}
	if at.skipped(d.Name) {
		v.Decisions = append(v.Decisions, d.said(*at.by(d.Name)))
	}
	v.Adjudicates = d.Role == RoleAdjudicator
	v.Disputed = at.Review == crosswalk.Conflict
	v.Votes = v.Disputed && !d.settler()
	d.around(&v, f, members, at, h)
	return v
}

// blindView is the page of a pair of which the reviewer sees the texts alone.
func (d *seat) blindView(v pairView, f filter, members []*row, at *row, h holders) pairView {
	v.Blind, v.Proposal = true, nil
	v.Sides = d.sides(at.source, at.target, nil)
	v.Before, v.Verb, v.After = visible(at.source.ID), "and", visible(at.target.ID)
	v.Form = d.formFor(&row{Standing: crosswalk.Standing{RationaleType: at.Proposed.RationaleType}})
	d.around(&v, f, members, at, h)
	return v
}

// around adds what leads on from a pair.
func (d *seat) around(v *pairView, f filter, members []*row, at *row, h holders) {
	v.Hidden = []hiddenField{{"id", at.Proposal}, {"took", ""}, {"shown", fmt.Sprint(v.Form.Shown)}}
	if at.Proposed != nil {
		v.Hidden = append(v.Hidden, hiddenField{"sha256", at.Proposed.SHA256()})
	}
	if v.Blind {
		v.Hidden = append(v.Hidden, hiddenField{"blind", "yes"})
	}
	if next := f.next(members, at, h); next != nil && f.shared() { // by then somebody may have it open
		v.NextURL = f.url("/pair", "after", at.Proposal)
	} else if next != nil {
		v.NextURL = f.url("/pair", "id", next.Proposal)
	}
	if prev := before(members, at); prev != nil {
		v.PrevURL = f.url("/pair", "id", prev.Proposal)
	}
	g := f
	g.Grouped = !f.Grouped
	v.Group = g.url("/pair", "id", at.Proposal)
	one := d.filter(queues()[0], "source", at.source.ID)
	one.State, one.Grouped = stateAll, true
	v.OfOne = one.url("/list")
	if d.Reservations != nil && !d.reads() {
		v.Hold = f.url("/hold")
	}
	v.Others, v.More = d.others(f, at)
}

// sides shows the texts of a pair side by side.
func (d *seat) sides(source, target corpus.Element, p *crosswalk.Proposal) [2]side {
	judged, note := source, ""
	if source.Generic != "" {
		if parent, ok := d.Draft.Source.Element(source.Parent); ok {
			judged, note = parent, "The cell has nothing of its own: its subcategory "+visible(parent.ID)+" stands in for it. "+source.Generic
		}
	}
	quotes := map[crosswalk.Side][]crosswalk.Quote{}
	if p != nil {
		for _, q := range p.Quotes {
			quotes[q.Side] = append(quotes[q.Side], q)
		}
	}
	terms := d.shared(judged, target)
	return [2]side{
		{Name: d.Draft.Source.Spec(), Role: "Source", ID: source.ID, Kind: source.Kind, Focus: source.Focus, Priority: source.Priority,
			Above: path(d.Draft.Source, source), Parts: d.parts(judged, quotes[crosswalk.SourceSide], terms), Note: note},
		{Name: d.Draft.Target.Spec(), Role: "Target", ID: target.ID, Kind: target.Kind,
			Above: path(d.Draft.Target, target), Parts: d.parts(target, quotes[crosswalk.TargetSide], terms)},
	}
}

// formFor is filled in as the reviewer decided on what is there now, or as it was
// proposed; as it stands where nobody proposed it. The headline says the same.
func (d *seat) formFor(at *row) form {
	relation, compared, strength, reason, comment := at.Relation, at.RationaleType, at.Strength, crosswalk.Reason(""), ""
	if p := at.Proposed; p != nil {
		relation, compared, strength = p.Relation, p.RationaleType, p.Strength
	}
	own := false
	if m := at.stands(d.Name); m != nil {
		own, comment = at.Proposed == nil || m.Action != crosswalk.Accept, m.Comment
		derived := crosswalk.WrongTarget
		if m.Action == crosswalk.Reject {
			relation = crosswalk.NoRelationship
		} else {
			if at.Proposed != nil {
				derived = reasonOf(relation, m.Relation)
			}
			relation, compared, strength = m.Relation, m.RationaleType, m.Strength
		}
		if m.Reason != derived { // it was chosen
			reason = m.Reason
		}
	} else if m := at.by(d.Name); m != nil { // skipped, or on a former version
		comment = m.Comment
	}
	f := d.emptyForm(relation, compared)
	f.relation, f.Own = relation, own
	if strength != nil {
		f.Strength = strconv.Itoa(*strength)
	}
	f.Comment = comment
	f.Reasons = append(f.Reasons, choice{Text: "by what you choose"})
	for _, x := range crosswalk.Reasons() {
		f.Reasons = append(f.Reasons, choice{Value: string(x), Text: strings.ReplaceAll(string(x), "-", " "), Chosen: x == reason})
	}
	return f
}

func (d *Desk) emptyForm(relation crosswalk.Relation, compared crosswalk.RationaleType) form {
	f := form{Shown: d.Now().UnixMilli()}
	for i, x := range crosswalk.Relations() {
		f.Relations = append(f.Relations, choice{string(x), words(x), i + 1, x == relation})
	}
	for _, x := range []crosswalk.RationaleType{crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional} {
		f.Types = append(f.Types, choice{Value: string(x), Text: string(x), Chosen: x == compared})
	}
	return f
}

// facts says who proposed a pair, and on what.
func (d *Desk) facts(p *crosswalk.Proposal) []fact {
	var out []fact
	add := func(name, text string) {
		if text != "" {
			out = append(out, fact{name, visible(text)})
		}
	}
	who := map[crosswalk.Origin]string{
		crosswalk.OriginLocal: "the built-in judge", crosswalk.OriginLLM: "a model", crosswalk.OriginPrecedent: "precedents alone",
		crosswalk.OriginImport: "an imported crosswalk", crosswalk.OriginDerived: "a derivation",
	}[p.Origin]
	if p.Model != "" {
		who += " (" + p.Model + ")"
	}
	add("Proposed by", who)
	add("Prompt", clip(p.Prompt, 12))
	add("Convention", p.Convention)
	add("Run", p.Run)
	add("Rank", fmt.Sprintf("%d among the candidates, score %.2f", p.Rank, p.Score))
	if p.Strength != nil {
		add("Strength", fmt.Sprintf("%d of 10, by %s", *p.Strength, cmp.Or(p.StrengthBasis, "the judge")))
	}
	if p.Agreement != nil {
		add("Answers that agree", percent(*p.Agreement))
	}
	return out
}

// said puts a decision into words.
func (d *seat) said(x crosswalk.Decision) said {
	what := map[crosswalk.Action]string{
		crosswalk.Accept: "accepted", crosswalk.Reject: "rejected", crosswalk.Correct: "corrected", crosswalk.Skip: "skipped",
		crosswalk.Undo: "taken back", crosswalk.Enter: "entered",
	}[x.Action]
	if x.Relation != "" {
		what += ": " + words(x.Relation) + ", " + string(x.RationaleType)
	}
	who := x.Reviewer
	if who == d.Name {
		who = "you"
	}
	if len(x.Settles) > 0 {
		what += map[bool]string{false: " (settles a conflict)", true: " (settles a conflict as adjudicator)"}[x.Adjudicates]
	}
	if x.Carried.Run != "" {
		what += " (carried over from run " + clip(x.Carried.Run, 9) + ")"
	}
	return said{visible(who), what, strings.ReplaceAll(string(x.Reason), "-", " "), visible(x.Comment), x.Time.UTC().Format("2006-01-02 15:04 UTC")}
}

// shownOthers is how many other candidates of a source stand beside a pair.
const shownOthers = 12

// others lists the candidates of the source of a pair: those that are mapped,
// and the nearest.
func (d *seat) others(f filter, at *row) (list []link, more int) {
	total := 0
	for _, r := range d.ordered {
		if r.source.ID != at.source.ID || r.withdrawn() {
			continue
		}
		total++
		if len(list) < shownOthers || r == at {
			list = append(list, d.link(f, r, r == at))
		}
	}
	return list, total - len(list)
}

func (d *seat) link(f filter, r *row, here bool) link {
	l := link{URL: f.url("/pair", "id", r.Proposal), ID: r.target.ID, Text: headline(r.target), Relation: r.Relation, Review: string(r.Review), Here: here, Probability: -1}
	if l.Blind = d.blind(r); l.Blind {
		l.Relation, l.Review, l.State = "", "", "open"
		return l
	}
	if r.Relation != "" && r.Relation != crosswalk.NoRelationship {
		l.Proposal = r.Proposal
	}
	if r.Proposed != nil {
		l.Probability = r.Proposed.Probability
	}
	switch {
	case r.Review != crosswalk.Undecided:
		l.State = string(r.Review)
	case r.skipped(d.Name):
		l.State = "skipped"
	default:
		l.State = "open"
	}
	return l
}
