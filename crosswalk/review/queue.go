package review

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/overview"
)

// A queue is a reason to look at some of the pairs.
type queue struct {
	Name, Title, About string
	holds              func(*row) bool
	inDocument         bool // by source rather than by doubt
}

// queues lists them; the first is the default.
func queues() []queue {
	flagged := func(flags ...string) func(*row) bool {
		return func(r *row) bool {
			return r.Proposed != nil && slices.ContainsFunc(flags, func(f string) bool { return slices.Contains(r.Proposed.Flags, f) })
		}
	}
	return []queue{
		{Name: "uncertain", Title: "Most uncertain first", About: "every judged pair, those nearest to the threshold first",
			holds: func(r *row) bool { return r.judged }},
		{Name: "mapped", Title: "What is proposed", About: "pairs that the engine maps",
			holds: func(r *row) bool { return r.Proposed != nil && r.Proposed.Outcome == crosswalk.Mapped }},
		{Name: "strong", Title: "Strong claims", About: "equal, subset or superset: compliance is copied along these",
			holds: (*row).claimsStrongly},
		{Name: "directions", Title: "Directions disagree", About: "asked from the other side, the model said something else",
			holds: flagged(crosswalk.FlagDirections)},
		{Name: "quotes", Title: "Quote not found", About: "words that a model quoted are not in the text",
			holds: flagged(crosswalk.FlagSourceQuote, crosswalk.FlagTargetQuote)},
		{Name: "instructions", Title: "Reads like instructions", About: "a text may have told the model what to say",
			holds: flagged(crosswalk.FlagStrange)},
		{Name: "gaps", Title: "Gaps", About: fmt.Sprintf("the %d nearest candidates of sources with nothing mapped", nearest),
			holds: func(r *row) bool { return r.gap }, inDocument: true},
		{Name: "changed", Title: "Changed since", About: "decided on a former text or proposal, and not since",
			holds: func(r *row) bool { return len(r.Stale) > 0 }, inDocument: true},
		{Name: "conflicts", Title: "Conflicts", About: "reviewers disagree",
			holds: func(r *row) bool { return r.Review == crosswalk.Conflict }, inDocument: true},
		{Name: "entered", Title: "Entered by hand", About: "pairs that nobody had proposed",
			holds: func(r *row) bool { return r.Proposed == nil }, inDocument: true},
	}
}

// States of a pair that a filter can ask for.
const (
	stateOpen    = "open"    // nobody has decided, or reviewers disagree
	stateMine    = "mine"    // the reviewer has not decided
	stateDecided = "decided" // somebody has, and nobody disagrees
	stateAll     = "all"
)

// A filter says which pairs a reviewer goes through, and in which order. It is
// kept in the URL of every page.
type filter struct {
	queue
	State   string
	Grouped bool   // by source
	only    []only // what pairs have to have
	who     string // the reviewer
	reads   bool   // and decides on nothing
}

// only is a field with the value that pairs have to have there.
type only struct {
	field
	value string
}

// value returns the value that pairs have to have in a field, or nothing.
func (f filter) value(name string) string {
	for _, o := range f.only {
		if o.Name == name {
			return o.value
		}
	}
	return ""
}

// A field is something that pairs can be filtered by.
type field struct {
	Name, Title string
	few         bool // few enough values to choose from
	of          func(*row) string
}

// text says a value to people.
func (x field) text(value string) string {
	switch x.Name {
	case "relation":
		return words(crosswalk.Relation(value))
	case "bin":
		n, _ := strconv.Atoi(value)
		return fmt.Sprintf("%.1f to %.1f", float64(n-1)/overview.Bins, float64(n)/overview.Bins)
	}
	if value == overview.None {
		return "none"
	}
	return strings.ReplaceAll(value, "_", " ")
}

// fields lists them. They are named in URLs.
func fields() []field {
	return []field{
		{"source", "Source", false, func(r *row) string { return r.source.ID }},
		{"target", "Target", false, func(r *row) string { return r.target.ID }},
		{"focus", "Focus area", true, func(r *row) string { return cmp.Or(r.source.Focus, overview.None) }},
		{"priority", "Priority", true, func(r *row) string { return priorityOf(r.source) }},
		{"function", "Function", true, func(r *row) string { return r.function }},
		{"family", "Target family", true, func(r *row) string { return r.family }},
		{"relation", "Relation", true, func(r *row) string { return string(r.claimed()) }},
		{"bin", "Probability", true, func(r *row) string { return r.bin() }},
		{"outcome", "Outcome", true, func(r *row) string { return r.outcome() }},
		{"stands", "Stands", true, func(r *row) string { return string(overview.StateOf(r.Standing)) }},
	}
}

func priorityOf(e corpus.Element) string {
	if e.Priority == 0 {
		return overview.None
	}
	return strconv.Itoa(e.Priority)
}

// filterOf reads a filter from the query of a URL.
func (d *seat) filterOf(q url.Values) (filter, error) {
	f := d.filter(queues()[0])
	f.Grouped = q.Get("order") == "source"
	if name := q.Get("queue"); name != "" {
		i := slices.IndexFunc(queues(), func(x queue) bool { return x.Name == name })
		if i < 0 {
			return f, badRequest("There is no queue of this name.")
		}
		f.queue = queues()[i]
	}
	if s := q.Get("state"); s != "" {
		if f.State = s; !slices.Contains([]string{stateOpen, stateMine, stateDecided, stateAll}, s) {
			return f, badRequest("The state of a pair is open, mine, decided or all.")
		}
	}
	for _, x := range fields() {
		if v := q.Get(x.Name); v != "" {
			f.only = append(f.only, only{x, v})
		}
	}
	return f, nil
}

// filter returns one of a queue that lets everything open through, but for those
// that have another value in a field: pairs of names and values.
func (d *seat) filter(q queue, values ...string) filter {
	f := filter{queue: q, State: stateOpen, who: d.Name, reads: d.reads()}
	for _, x := range fields() {
		for i := 0; i+1 < len(values); i += 2 {
			if values[i] == x.Name && values[i+1] != "" {
				f.only = append(f.only, only{x, values[i+1]})
			}
		}
	}
	return f
}

// tells reports whether being let through says what was proposed or decided.
func (f filter) tells() bool {
	return f.State == stateDecided || slices.ContainsFunc(f.only, func(o only) bool {
		return slices.Contains([]string{"relation", "bin", "outcome", "stands"}, o.Name)
	})
}

// and returns the filter that lets through what has a value in one more field.
func (f filter) and(name, value string) filter {
	for _, x := range fields() {
		if x.Name == name {
			f.only = append(slices.Clone(f.only), only{x, value})
		}
	}
	return f
}

// url returns the address of a page under this filter. More are pairs of names
// and values; those without a value are left out.
func (f filter) url(path string, more ...string) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Name != queues()[0].Name {
		set("queue", f.Name)
	}
	if f.State != stateOpen {
		set("state", f.State)
	}
	if f.Grouped {
		set("order", "source")
	}
	for _, o := range f.only {
		set(o.Name, o.value)
	}
	for i := 0; i+1 < len(more); i += 2 {
		set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// member reports whether a pair is gone through, whatever its state.
func (f filter) member(r *row) bool {
	return f.holds(r) && !r.withdrawn() && f.admits(r)
}

// admits reports whether a pair has the values that are asked for.
func (f filter) admits(r *row) bool {
	for _, o := range f.only {
		if o.of(r) != o.value {
			return false
		}
	}
	return true
}

// wants reports whether the state of a pair is one that is asked for.
func (f filter) wants(r *row) bool {
	switch f.State {
	case stateOpen:
		return !r.done()
	case stateMine:
		return r.stands(f.who) == nil
	case stateDecided:
		return r.done()
	}
	return true
}

// members returns the pairs that are gone through, in order, whatever their
// state.
func (d *seat) members(f filter) []*row {
	order := d.doubtful
	if f.Grouped || f.inDocument {
		order = d.ordered
	}
	hides := f.tells()
	out := make([]*row, 0, len(order)) // those of the first queue are nearly all
	for _, r := range order {
		if f.member(r) && !(hides && d.blind(r)) {
			out = append(out, r)
		}
	}
	return out
}

// shared reports whether reviewers share the work, so that nobody is shown what
// somebody else has open.
func (f filter) shared() bool { return f.State == stateOpen && !f.reads }

// next returns the pair to look at after one (or the first, if that is nil or
// not among them): the next one in a wanted state, from the beginning again at
// the end, and those that the reviewer has had only when no others are left. What
// others have open is passed over where the work is shared. It is nil if there is
// none.
func (f filter) next(members []*row, after *row, h holders) *row {
	from := slices.Index(members, after) + 1
	var had *row
	for i := range members {
		r := members[(from+i)%len(members)]
		_, taken := h.others[r.Proposal]
		switch {
		case r == after || taken && f.shared() || !f.wants(r):
		case !r.had(f.who) || f.State == stateAll:
			return r
		case had == nil:
			had = r
		}
	}
	return had
}

// before returns the pair before one, decided or not, or nil.
func before(members []*row, r *row) *row {
	if i := slices.Index(members, r); i > 0 {
		return members[i-1]
	}
	return nil
}

// A progress counts the pairs of a queue.
type progress struct{ Done, Left, All int }

func (f filter) progress(members []*row) progress {
	p := progress{All: len(members)}
	for _, r := range members {
		if f.State == stateMine && f.wants(r) || f.State != stateMine && !r.done() {
			p.Left++
		}
	}
	p.Done = p.All - p.Left
	return p
}
