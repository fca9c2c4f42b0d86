package corpus

import (
	"cmp"
	"slices"
)

// What can happen to an element between two editions, in the order in which a
// report lists it. The first four and DiffRenumbered exclude each other; the
// others go with each other and with DiffRenumbered.
const (
	DiffAdded         = "added"             // not there before, active now
	DiffRemoved       = "removed"           // active before, not there now
	DiffWithdrawn     = "withdrawn"         // active before, listed as withdrawn now
	DiffRestored      = "restored"          // listed as withdrawn before, active now
	DiffRenumbered    = "renumbered"        // gone under its id, there under a new one
	DiffMoved         = "moved"             // below another element
	DiffRetitled      = "retitled"          // other words in the title
	DiffReworded      = "reworded"          // other words in the statement
	DiffReguided      = "guidance_reworded" // other words in the guidance
	DiffReprioritized = "reprioritized"     // a focus-area cell of another priority
)

// DiffCodes lists what can happen to an element, in the order of a report.
func DiffCodes() []string {
	return []string{DiffAdded, DiffRemoved, DiffWithdrawn, DiffRestored, DiffRenumbered,
		DiffMoved, DiffRetitled, DiffReworded, DiffReguided, DiffReprioritized}
}

// A Diff says what changed between two editions.
type Diff struct {
	Old     string   `json:"old"`     // the older edition, "csf@1.1"
	New     string   `json:"new"`     // the newer one
	Kinds   []Tally  `json:"kinds"`   // kinds of containers last
	Changes []Change `json:"changes"` // by DiffCodes, then as in the document
}

// A Tally counts the elements of a kind: the one they have in the newer
// edition or, where they are not there, in the older. Elements that are active
// in neither edition do not count.
type Tally struct {
	Kind      string `json:"kind"`
	Old       int    `json:"old"`       // active before: unchanged + changed + renumbered + withdrawn + removed
	New       int    `json:"new"`       // active now: unchanged + changed + renumbered + restored + added
	Unchanged int    `json:"unchanged"` // say the same in the same place
	Changed   int    `json:"changed"`   // keep their id and differ in some way
	// What has a count for each of DiffCodes. An element that was moved and
	// reworded counts in both.
	What map[string]int `json:"what"`
}

// A Change is what happened to one element.
type Change struct {
	From string   `json:"from,omitempty"` // its id in the older edition, empty if it was not there
	To   string   `json:"to,omitempty"`   // its id in the newer edition, empty if it is not there
	Kind string   `json:"kind"`
	What []string `json:"what"` // one or more of DiffCodes, in their order

	// Title, Parent and Priority are those of the newer edition, or of the
	// older where the element is gone. The Old ones are set if they changed.
	Title       string `json:"title,omitempty"`
	OldTitle    string `json:"old_title,omitempty"`
	Parent      string `json:"parent,omitempty"`
	OldParent   string `json:"old_parent,omitempty"`
	Priority    int    `json:"priority,omitempty"`
	OldPriority int    `json:"old_priority,omitempty"`

	// Text is the statement of an element that came or went, and the word
	// diff of one that was reworded. Guidance is there if it was reworded.
	Text     []Run `json:"text,omitempty"`
	Guidance []Run `json:"guidance,omitempty"`

	Similarity float64  `json:"similarity,omitempty"`  // of a renumbered element, [RenumberedFrom] to 1
	ReplacedBy []string `json:"replaced_by,omitempty"` // where the file says a withdrawn element went
	// Similar has the up to three active elements of the newer edition that
	// read most like one that is gone or renumbered, unless the file says where
	// it went.
	Similar []Match `json:"similar,omitempty"`
}

// A Match is an element of the newer edition and how much it reads like one of
// the older, above 0 to 1.
type Match struct {
	ID         string  `json:"id"`
	Similarity float64 `json:"similarity"`
}

// Compare says what changed from one edition to another. Both must be
// finished.
//
// Elements are held together by their ids, brought to one spelling. One that
// is gone and one that is new are a renumbered one if their texts are alike
// from [RenumberedFrom] up: one to one, the most alike first. Where the file
// itself says where a withdrawn element went, its word is taken and no match
// is sought.
//
// White space, case, typographic quotes and dashes, invisible characters and
// the wording of parameters ("[Assignment: ...]", "[Selection: ...]") are no
// change. A field that one edition does not have at all, such as the titles of
// a bare list of statements, is not compared.
func Compare(older, newer *Framework) Diff {
	c := newComparison(older, newer)
	c.classify()
	c.renumber()
	elements := c.elements()
	return Diff{
		Old: older.Spec(), New: newer.Spec(),
		Kinds:   tally(elements, newer, older),
		Changes: slices.DeleteFunc(elements, func(change Change) bool { return len(change.What) == 0 }),
	}
}

// tally counts elements by kind, in the order in which the frameworks first
// name the kinds, those of containers last.
func tally(elements []Change, frameworks ...*Framework) []Tally {
	counts := map[string]*Tally{}
	for _, e := range elements {
		t := counts[e.Kind]
		if t == nil {
			t = &Tally{Kind: e.Kind, What: map[string]int{}}
			for _, what := range DiffCodes() {
				t.What[what] = 0
			}
			counts[e.Kind] = t
		}
		for _, what := range e.What {
			t.What[what]++
		}
		if e.first() != DiffAdded && e.first() != DiffRestored {
			t.Old++
		}
		if e.first() != DiffRemoved && e.first() != DiffWithdrawn {
			t.New++
		}
		switch e.first() {
		case "":
			t.Unchanged++
		case DiffMoved, DiffRetitled, DiffReworded, DiffReguided, DiffReprioritized:
			t.Changed++
		}
	}
	contents, containers := []Tally{}, []Tally{}
	for _, f := range frameworks {
		for _, e := range f.Elements {
			switch t := counts[e.Kind]; {
			case t == nil:
				continue
			case IsContainer(e.Kind):
				containers = append(containers, *t)
			default:
				contents = append(contents, *t)
			}
			delete(counts, e.Kind)
		}
	}
	return append(contents, containers...)
}

// first returns the first thing that happened to an element, or "".
func (c Change) first() string {
	if len(c.What) == 0 {
		return ""
	}
	return c.What[0]
}

// A comparison works on two editions by the positions of their elements.
type comparison struct {
	older, newer       *Framework
	oldKeys, newKeys   []string // ids in one spelling
	oldIndex, newIndex map[string]int

	pairs      []pairing
	gone, come []int // active in one edition alone, and not renumbered

	similar     map[int][]Match // of older elements that are gone
	counterpart map[string]string
}

// A pairing is an element in both editions. Its similarity is 0 if its id
// holds it together.
type pairing struct {
	old, new   int
	similarity float64
}

func newComparison(older, newer *Framework) *comparison {
	c := &comparison{older: older, newer: newer, similar: map[int][]Match{}, counterpart: map[string]string{}}
	spell := func(id string) string {
		return NormalizeID(newer.Name, newer.Edition, NormalizeID(older.Name, older.Edition, id))
	}
	if !c.index(spell) {
		// Ids that fold into one are of another scheme than the one we know.
		c.index(func(id string) string { return id })
	}
	return c
}

// index keys both editions, and reports whether no two elements of one
// edition have the same key.
func (c *comparison) index(key func(string) string) bool {
	c.oldKeys, c.oldIndex = keyed(c.older, key)
	c.newKeys, c.newIndex = keyed(c.newer, key)
	return len(c.oldIndex) == len(c.oldKeys) && len(c.newIndex) == len(c.newKeys)
}

func keyed(f *Framework, key func(string) string) (keys []string, index map[string]int) {
	keys, index = make([]string, len(f.Elements)), make(map[string]int, len(f.Elements))
	for i, e := range f.Elements {
		keys[i] = key(e.ID)
		index[keys[i]] = i
	}
	return keys, index
}

// classify pairs what is active in both editions under one id, and sets the
// rest apart.
func (c *comparison) classify() {
	for j, e := range c.newer.Elements {
		i, there := c.oldIndex[c.newKeys[j]]
		if there {
			c.counterpart[c.older.Elements[i].ID] = e.ID
		}
		switch {
		case e.Withdrawn:
		case there && !c.older.Elements[i].Withdrawn:
			c.pairs = append(c.pairs, pairing{old: i, new: j})
		default:
			c.come = append(c.come, j)
		}
	}
	for i, e := range c.older.Elements {
		j, there := c.newIndex[c.oldKeys[i]]
		if !e.Withdrawn && (!there || c.newer.Elements[j].Withdrawn) {
			c.gone = append(c.gone, i)
		}
	}
}

// compares reports whether a field is compared: whether some element of either
// edition has it.
func (c *comparison) compares(has func(Element) bool) bool {
	return slices.ContainsFunc(c.older.Elements, has) && slices.ContainsFunc(c.newer.Elements, has)
}

// elements says of every element that is active in an edition what happened to
// it, in the order of DiffCodes and then of the document. What is empty where
// nothing did.
func (c *comparison) elements() []Change {
	out := make([]Change, 0, len(c.pairs)+len(c.gone)+len(c.come))
	for _, p := range c.pairs {
		out = append(out, c.between(p))
	}
	for _, i := range c.gone {
		out = append(out, c.departure(i))
	}
	for _, j := range c.come {
		out = append(out, c.arrival(j))
	}
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Compare(slices.Index(DiffCodes(), a.first()), slices.Index(DiffCodes(), b.first()))
	})
	return out
}

// between says what changed in an element that is in both editions.
func (c *comparison) between(p pairing) Change {
	a, b := c.older.Elements[p.old], c.newer.Elements[p.new]
	change := Change{From: a.ID, To: b.ID, Kind: b.Kind, Title: b.Title, Parent: b.Parent, Priority: b.Priority, Similarity: p.similarity}
	if p.similarity > 0 {
		change.What = append(change.What, DiffRenumbered)
		change.Similar = c.similar[p.old]
	}
	if c.counterpart[a.Parent] != b.Parent && c.compares(func(e Element) bool { return e.Parent != "" }) {
		change.What = append(change.What, DiffMoved)
		change.OldParent = a.Parent
	}
	if !sameWords(a.Title, b.Title) && c.compares(func(e Element) bool { return e.Title != "" }) {
		change.What = append(change.What, DiffRetitled)
		change.OldTitle = a.Title
	}
	if !sameWords(a.Text, b.Text) && c.compares(func(e Element) bool { return e.Text != "" }) {
		change.What = append(change.What, DiffReworded)
		change.Text = DiffWords(a.Text, b.Text)
	}
	if !sameWords(a.Guide, b.Guide) && c.compares(func(e Element) bool { return e.Guide != "" }) {
		change.What = append(change.What, DiffReguided)
		change.Guidance = DiffWords(a.Guide, b.Guide)
	}
	if a.Priority != b.Priority && c.compares(func(e Element) bool { return e.Priority != 0 }) {
		change.What = append(change.What, DiffReprioritized)
		change.OldPriority = a.Priority
	}
	return change
}

// departure says how an element went.
func (c *comparison) departure(i int) Change {
	e := c.older.Elements[i]
	change := Change{From: e.ID, Kind: e.Kind, What: []string{DiffRemoved},
		Title: e.Title, Parent: e.Parent, Priority: e.Priority,
		Text: DiffWords(e.Text, ""), Similar: c.similar[i]}
	if j, there := c.newIndex[c.oldKeys[i]]; there {
		now := c.newer.Elements[j]
		change.To, change.Kind, change.What, change.ReplacedBy = now.ID, now.Kind, []string{DiffWithdrawn}, now.Replaced
	}
	return change
}

// arrival says how an element came.
func (c *comparison) arrival(j int) Change {
	e := c.newer.Elements[j]
	change := Change{To: e.ID, Kind: e.Kind, What: []string{DiffAdded},
		Title: e.Title, Parent: e.Parent, Priority: e.Priority, Text: DiffWords("", e.Text)}
	if i, there := c.oldIndex[c.newKeys[j]]; there {
		change.From, change.What = c.older.Elements[i].ID, []string{DiffRestored}
	}
	return change
}
