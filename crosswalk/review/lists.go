package review

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
)

// perPage is how many rows a list shows.
const perPage = 100

// A counted is a queue with how far it is.
type counted struct {
	Title, About, URL, List string
	progress
}

// home shows the queues.
func (d *seat) home(*http.Request) (reply, error) {
	v := struct {
		Queues  []counted
		Pace    pace
		Decided int
		Here    string
		Effort  effortView
	}{Pace: d.pace(), Here: "/pair"}
	v.Effort = d.effort(d.members(d.filter(queues()[0])))
	count := func(f filter) counted {
		return counted{f.Title, f.About, f.url("/pair"), f.url("/list"), f.progress(d.members(f))}
	}
	for _, q := range queues() {
		v.Queues = append(v.Queues, count(d.filter(q)))
	}
	for _, r := range d.rows {
		if r.done() {
			v.Decided++
		}
	}
	return view("home", v), nil
}

// list shows the pairs of a queue.
func (d *seat) list(r *http.Request) (reply, error) {
	q := r.URL.Query()
	f, err := d.filterOf(q)
	if err != nil {
		return reply{}, err
	}
	page, err := strconv.Atoi(q.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	members := d.members(f)
	v := struct {
		filterView
		Rows       []listed
		Page, Last int
		Prev, Next string
	}{filterView: d.head(f, members, "", ""), Page: page}
	var rows []*row
	for _, r := range members {
		if f.wants(r) {
			rows = append(rows, r)
		}
	}
	v.Last = max(1, (len(rows)+perPage-1)/perPage)
	v.Page = min(page, v.Last)
	for _, r := range rows[(v.Page-1)*perPage : min(v.Page*perPage, len(rows))] {
		v.Rows = append(v.Rows, listed{r.source.ID, headline(r.source), d.link(f, r, false)})
	}
	if v.Page > 1 {
		v.Prev = f.url("/list", "page", strconv.Itoa(v.Page-1))
	}
	if v.Page < v.Last {
		v.Next = f.url("/list", "page", strconv.Itoa(v.Page+1))
	}
	return view("list", v), nil
}

// A listed is a pair in a list.
type listed struct {
	Source, Title string
	Link          link
}

// A sourceRow is a source with what became of its pairs.
type sourceRow struct {
	ID, Title        string
	Focus            string
	Priority         int
	Mapped, Proposed int // pairs that a person mapped, and that are proposed and open
	Left             int // pairs on which nobody decided
	Hidden           int // of these: that the reviewer is to decide unseen
	URL, Add         string
}

// Gap reports whether nothing maps the source, nor is proposed to.
func (s sourceRow) Gap() bool { return s.Mapped+s.Proposed+s.Hidden == 0 }

// sourceList shows every source that the run set out to cover.
func (d *seat) sourceList(r *http.Request) (reply, error) {
	f, err := d.filterOf(r.URL.Query())
	if err != nil {
		return reply{}, err
	}
	gaps := r.URL.Query().Get("gaps") != ""
	by := map[string]*sourceRow{}
	var list []*sourceRow
	for _, e := range d.sources {
		// As a row without a target: only what is known of the source can be asked for.
		if !f.admits(&row{source: e, function: d.functions[e.ID]}) {
			continue
		}
		one := d.filter(queues()[0], "source", e.ID)
		one.Grouped = true
		s := &sourceRow{ID: e.ID, Title: headline(e), Focus: e.Focus, Priority: e.Priority, URL: one.url("/pair"),
			Add: d.filter(queues()[0]).url("/add", "of", e.ID)}
		by[e.ID] = s
		list = append(list, s)
	}
	for _, r := range d.rows {
		s := by[r.source.ID]
		if s == nil || r.withdrawn() {
			continue
		}
		if d.blind(r) {
			s.Left++
			s.Hidden++
			continue
		}
		switch mapped := r.Relation != crosswalk.NoRelationship && r.Relation != ""; {
		case r.done() && mapped:
			s.Mapped++
		case !r.done():
			s.Left++
			if mapped {
				s.Proposed++
			}
		}
	}
	list = slices.DeleteFunc(list, func(s *sourceRow) bool { return gaps && !s.Gap() })
	var said []string
	if gaps {
		said = append(said, "nothing mapped")
	}
	for _, o := range f.only {
		said = append(said, strings.ToLower(o.Title)+" "+visible(o.text(o.value)))
	}
	return view("sources", struct {
		Sources  []*sourceRow
		Filtered string
	}{list, strings.Join(said, ", ")}), nil
}

// add searches the target for what the engine missed, and shows what is chosen.
func (d *seat) add(r *http.Request) (reply, error) {
	q := r.URL.Query()
	f, err := d.filterOf(q)
	if err != nil {
		return reply{}, err
	}
	source, ok := d.Draft.Source.Element(q.Get("of"))
	if !ok {
		return reply{}, badRequest("There is no such source element.")
	}
	v := struct {
		Source       corpus.Element
		Query, From  string
		Back, Action string
		Keep         []hiddenField // of the search
		Hits         []link
		Searched     bool
		Chosen       bool
		Sides        [2]side
		To           string
		Form         form
	}{Source: source, Query: q.Get("q"), From: q.Get("from"), Action: f.url("/enter"), Searched: q.Get("q") != ""}
	v.Back = f.url("/pair", "id", v.From)
	if v.From == "" {
		v.Back = "/sources"
	}
	v.Keep = kept(q, "q", "to")
	pairs := map[string]*row{}
	for _, x := range d.rows {
		if x.source.ID == source.ID && !x.withdrawn() {
			pairs[x.target.ID] = x
		}
	}
	for _, e := range search(d.targets, v.Query) {
		l := link{URL: f.url("/add", "of", source.ID, "from", v.From, "q", v.Query, "to", e.ID), ID: e.ID, Text: headline(e), Probability: -1}
		if x := pairs[e.ID]; x != nil {
			l = d.link(f, x, false)
		}
		v.Hits = append(v.Hits, l)
	}
	if to := q.Get("to"); to != "" {
		_, target, err := d.pairOf(source.ID, to)
		if err != nil {
			return reply{}, err
		}
		v.Chosen, v.To, v.Sides = true, to, d.sides(source, target, nil)
		v.Form = d.emptyForm(crosswalk.IntersectsWith, crosswalk.Semantic)
		v.Form.Relations = v.Form.Relations[:len(v.Form.Relations)-1] // a pair without relationship is not entered
	}
	return view("add", v), nil
}

// bulk shows what would be accepted at once.
func (d *seat) bulk(r *http.Request) (reply, error) {
	q := r.URL.Query()
	f, err := d.filterOf(q)
	if err != nil {
		return reply{}, err
	}
	least, err := leastOf(q)
	if err != nil {
		return reply{}, err
	}
	h := d.holders(r.Context())
	rows := d.above(f, least)
	v := struct {
		filterView
		Open   int // of them, at somebody else's
		Least  string
		Rows   []listed
		Digest string
		Action string
		Keep   []hiddenField
		Shown  int64
		Doubt  string // how many of them are expected to be wrong
	}{filterView: d.head(f, d.members(f), q.Get("did"), ""), Least: strconv.FormatFloat(least, 'f', -1, 64), Action: f.url("/bulk"),
		Shown: d.Now().UnixMilli()}
	wrong := 0.0
	for _, r := range rows {
		v.Rows = append(v.Rows, listed{r.source.ID, headline(r.source), d.link(f, r, false)})
		wrong += 1 - r.Proposed.Probability
		if _, open := h.others[r.Proposal]; open {
			v.Open++
		}
	}
	v.Doubt = fmt.Sprintf("%.0f", wrong)
	if len(rows) > 0 {
		v.Digest = digest(rows)
	}
	v.Keep = kept(q, "least", "did")
	return view("bulk", v), nil
}

// kept returns the values of a query that a form passes on: all but these.
func kept(q url.Values, but ...string) []hiddenField {
	var out []hiddenField
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(but, name) {
			out = append(out, hiddenField{name, q.Get(name)})
		}
	}
	return out
}
