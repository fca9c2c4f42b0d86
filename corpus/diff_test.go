package corpus_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
)

func edition(t fataler, number string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "own", Edition: number, Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// A fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatal(...any)
}

func control(id, title, text string) corpus.Element {
	return corpus.Element{ID: id, Kind: corpus.KindControl, Title: title, Text: text}
}

// change returns what happened to one element, by its old or new id.
func change(t *testing.T, d corpus.Diff, id string) corpus.Change {
	t.Helper()
	i := slices.IndexFunc(d.Changes, func(c corpus.Change) bool { return c.From == id || c.To == id })
	if i < 0 {
		t.Fatalf("nothing happened to %s; changes: %+v", id, d.Changes)
	}
	return d.Changes[i]
}

// marked writes runs as "kept [-gone-] {+come+}".
func marked(runs []corpus.Run) string {
	out := make([]string, len(runs))
	for i, r := range runs {
		out[i] = map[string]string{corpus.RunEqual: r.Text, corpus.RunDeleted: "[-" + r.Text + "-]", corpus.RunInserted: "{+" + r.Text + "+}"}[r.Op]
	}
	return strings.Join(out, " ")
}

func TestEveryFateOfAnElementIsTold(t *testing.T) {
	family := func(id, title string) corpus.Element {
		return corpus.Element{ID: id, Kind: corpus.KindFamily, Title: title}
	}
	under := func(parent string, e corpus.Element) corpus.Element {
		e.Parent = parent
		return e
	}
	gone := func(id string, to ...string) corpus.Element {
		return corpus.Element{ID: id, Kind: corpus.KindControl, Withdrawn: true, Replaced: to}
	}
	older := edition(t, "1",
		family("A", "Access"), family("B", "Backup"),
		under("A", control("A-1", "Accounts", "Keep a register of user accounts.")),
		under("A", control("A-2", "Leavers", "Disable accounts when people leave.")),
		under("A", control("A-3", "Sessions", "End idle sessions.")),
		under("A", control("A-4", "Doors", "Lock the doors of the machine room.")),
		under("A", control("A-5", "Wireless", "Permit only approved wireless links.")),
		under("B", control("B-1", "Copies", "Copy records every night to a second site.")),
		under("B", control("B-2", "Paper", "Shred printed drafts.")),
		gone("B-3"), gone("B-4"),
	)
	newer := edition(t, "2",
		family("A", "Access and identity"), family("B", "Backup"),
		under("A", control("A-1", "Accounts", "Keep a register of user accounts.")),
		under("B", control("A-2", "Departures", "Disable accounts promptly when people leave.")),
		gone("A-3", "A-1"),
		gone("A-4"),
		under("A", control("A-5", "Wireless", "Permit only approved wireless links.")),
		under("B", control("B-3", "Recovery", "Rehearse recovery twice a year.")),
		gone("B-4"),
		under("B", control("B-10", "Copies", "Copy records every night to a second, distant site.")),
		under("B", control("B-11", "Keys", "Escrow encryption keys.")),
	)

	d := corpus.Compare(older, newer)

	for id, want := range map[string][]string{
		"A":   {corpus.DiffRetitled},
		"A-2": {corpus.DiffMoved, corpus.DiffRetitled, corpus.DiffReworded},
		"A-3": {corpus.DiffWithdrawn}, "A-4": {corpus.DiffWithdrawn},
		"B-1": {corpus.DiffRenumbered, corpus.DiffReworded}, "B-2": {corpus.DiffRemoved},
		"B-3": {corpus.DiffRestored}, "B-11": {corpus.DiffAdded},
	} {
		if got := change(t, d, id).What; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	if len(d.Changes) != 8 {
		t.Errorf("%d changes, want 8: %+v", len(d.Changes), d.Changes)
	}
	a2 := change(t, d, "A-2")
	if a2.OldParent != "A" || a2.Parent != "B" || a2.OldTitle != "Leavers" || marked(a2.Text) != "Disable accounts {+promptly+} when people leave." {
		t.Errorf("A-2: %+v", a2)
	}
	if c := change(t, d, "A-3"); !slices.Equal(c.ReplacedBy, []string{"A-1"}) || c.Similar != nil {
		t.Errorf("A-3 went to %v and reads like %v; the file's word goes first", c.ReplacedBy, c.Similar)
	}
	if c := change(t, d, "B-1"); c.To != "B-10" || c.Similarity < corpus.RenumberedFrom || c.Similarity > 1 || c.Similar[0].ID != "B-10" {
		t.Errorf("B-1: %+v", c)
	}
	if c := change(t, d, "B-2"); c.To != "" || marked(c.Text) != "[-Shred printed drafts.-]" {
		t.Errorf("B-2: %+v", c)
	}
	if k := d.Kinds; len(k) != 2 || k[0].Kind != corpus.KindControl || k[0].Old != 7 || k[0].New != 6 || k[0].Unchanged != 2 || k[0].Changed != 1 ||
		k[1].Kind != corpus.KindFamily || k[1].Unchanged != 1 || k[1].What[corpus.DiffRetitled] != 1 {
		t.Errorf("counts %+v", k)
	}
}

func TestIdsAreHeldTogetherInOneSpelling(t *testing.T) {
	older := &corpus.Framework{Name: "csf", Edition: "1.1", Elements: []corpus.Element{control("ID.AM-1", "", "Devices are listed")}}
	newer := &corpus.Framework{Name: "csf", Edition: "2.0", Elements: []corpus.Element{control("ID.AM-01", "", "Devices are listed")}}
	for _, f := range []*corpus.Framework{older, newer} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	if d := corpus.Compare(older, newer); len(d.Changes) != 0 || d.Kinds[0].Unchanged != 1 {
		t.Errorf("%+v", d)
	}
	// A list with ids that this spelling would fold into one is of another scheme.
	list := edition(t, "x", control("ID.AM-1", "", "Devices are listed"), control("ID.AM-01", "", "Devices are counted"))
	if d := corpus.Compare(list, newer); change(t, d, "ID.AM-1").What[0] != corpus.DiffRemoved {
		t.Errorf("%+v", d.Changes)
	}
}

func TestAFieldThatOneEditionLacksIsNotCompared(t *testing.T) {
	rich := []corpus.Element{
		{ID: "F", Kind: corpus.KindFamily, Title: "Family"},
		{ID: "F-1", Kind: corpus.KindControl, Parent: "F", Title: "One", Text: "Do one.", Guide: "Consider one.", Priority: 1},
	}
	plain := []corpus.Element{{ID: "F", Kind: corpus.KindFamily}, {ID: "F-1", Kind: corpus.KindRequirement, Text: "Do one."}}
	if d := corpus.Compare(edition(t, "1", plain...), edition(t, "2", rich...)); len(d.Changes) != 0 {
		t.Errorf("%+v", d.Changes)
	}

	other := slices.Clone(rich)
	other[1].Guide, other[1].Priority = "Consider one first.", 2
	c := change(t, corpus.Compare(edition(t, "1", rich...), edition(t, "2", other...)), "F-1")
	if !slices.Equal(c.What, []string{corpus.DiffReguided, corpus.DiffReprioritized}) || c.OldPriority != 1 || c.Priority != 2 || marked(c.Guidance) != "Consider one {+first+} ." {
		t.Errorf("%+v", c)
	}
}

func TestRenumberedElementsPairOffOneToOneTheMostAlikeFirst(t *testing.T) {
	older := edition(t, "1", control("A-2", "", "Encrypt backup tapes with approved keys"), control("A-1", "", "Encrypt backup tapes with approved keys"), control("Z", "", "Filler"))
	newer := edition(t, "2", control("B-2", "", "Encrypt backup tapes with approved keys"), control("B-1", "", "Encrypt backup tapes with approved long keys"), control("Z", "", "Filler"))
	d := corpus.Compare(older, newer)
	if one, two := change(t, d, "A-1"), change(t, d, "A-2"); one.To != "B-2" || one.Similarity != 1 || two.To != "B-1" || two.Similarity >= 1 {
		t.Errorf("A-1 is %s (%v), A-2 is %s (%v)", one.To, one.Similarity, two.To, two.Similarity)
	}
	// A whole family under another name takes its controls along: they did not move.
	move := func(f string) []corpus.Element {
		return []corpus.Element{{ID: f, Kind: corpus.KindFamily, Title: "Supply chain"}, {ID: "C-1", Kind: corpus.KindControl, Parent: f, Text: "Vet suppliers."}}
	}
	d = corpus.Compare(edition(t, "1", move("SA")...), edition(t, "2", move("SR")...))
	if len(d.Changes) != 1 || d.Changes[0].Similarity != 1 || d.Changes[0].Kind != corpus.KindFamily {
		t.Errorf("%+v", d.Changes)
	}
}

// anyEdition draws a framework from few ids and words, so that two have much
// in common.
func anyEdition(number string) *rapid.Generator[*corpus.Framework] {
	return rapid.Custom(func(t *rapid.T) *corpus.Framework {
		words := rapid.SampledFrom(strings.Fields("keep logs, encrypt “keys” review access yearly [Assignment:x] AC-02 test"))
		text := rapid.Map(rapid.SliceOfN(words, 0, 6), func(w []string) string { return strings.Join(w, " ") })
		f := &corpus.Framework{Name: "own", Edition: number}
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 1, 10, rapid.ID).Draw(t, "ids") {
			f.Elements = append(f.Elements, corpus.Element{
				ID: fmt.Sprintf("E-%02d", n), Kind: rapid.SampledFrom([]string{corpus.KindFamily, corpus.KindControl}).Draw(t, "kind"),
				Title: text.Draw(t, "title"), Text: text.Draw(t, "text"), Withdrawn: rapid.Bool().Draw(t, "withdrawn"),
			})
		}
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		return f
	})
}

func TestADiffAddsUpAndItsReverseMirrorsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		older, newer := anyEdition("1").Draw(t, "older"), anyEdition("2").Draw(t, "newer")

		d, back := corpus.Compare(older, newer), corpus.Compare(newer, older)

		if same := corpus.Compare(older, older); len(same.Changes) != 0 {
			t.Fatalf("compared with itself: %+v", same.Changes)
		}
		active := func(f *corpus.Framework) (n int) {
			for _, e := range f.Elements {
				if !e.Withdrawn {
					n++
				}
			}
			return n
		}
		var was, is int
		for _, k := range d.Kinds {
			stay := k.Unchanged + k.Changed + k.What[corpus.DiffRenumbered]
			if k.Old != stay+k.What[corpus.DiffRemoved]+k.What[corpus.DiffWithdrawn] || k.New != stay+k.What[corpus.DiffAdded]+k.What[corpus.DiffRestored] {
				t.Fatalf("does not add up: %+v", k)
			}
			was, is = was+k.Old, is+k.New
		}
		if was != active(older) || is != active(newer) {
			t.Fatalf("%d and %d active elements, counted %d and %d", active(older), active(newer), was, is)
		}
		mirror := map[string]string{corpus.DiffAdded: corpus.DiffRemoved, corpus.DiffRemoved: corpus.DiffAdded, corpus.DiffWithdrawn: corpus.DiffRestored, corpus.DiffRestored: corpus.DiffWithdrawn}
		facts := func(d corpus.Diff, reversed bool) (out []string) {
			for _, c := range d.Changes {
				from, to, what := c.From, c.To, strings.Join(c.What, " ")
				if reversed {
					from, to = to, from
					if m, ok := mirror[what]; ok {
						what = m
					}
				}
				out = append(out, fmt.Sprint(from, ">", to, " ", what, " ", c.Similarity))
			}
			slices.Sort(out)
			return out
		}
		if there, again := facts(d, false), facts(back, true); !slices.Equal(there, again) {
			t.Fatalf("there %q\nback %q", there, again)
		}
		one, _ := json.Marshal(d)
		two, _ := json.Marshal(corpus.Compare(older, newer))
		if string(one) != string(two) {
			t.Fatal("the same input gave other bytes")
		}
	})
}
