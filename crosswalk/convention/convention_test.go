package convention_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/convention"
)

// house returns two frameworks on running a house: ten rules, and ten tasks.
func house(t testing.TB) (source, target *corpus.Framework) {
	t.Helper()
	make := func(name, prefix string, texts ...string) *corpus.Framework {
		f := &corpus.Framework{Name: name, Edition: "1"}
		for i, text := range texts {
			f.Elements = append(f.Elements, corpus.Element{ID: fmt.Sprintf("%s-%d", prefix, i+1), Kind: corpus.KindRequirement, Text: text})
		}
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		return f
	}
	source = make("rules", "R",
		"Keys to every door are counted each month by the owner.",
		"Lost keys are reported within a day and the lock is replaced.",
		"Windows are closed before the last person leaves the kitchen.",
		"Smoke detectors are tested in spring and autumn.",
		"Gravel paths are raked after heavy rain.",
		"Garden tools hang on the wall of the shed, blades down.",
		"The stove is checked by two people before a journey.",
		"Guests sign a book when they arrive and when they leave.",
		"Ladders are inspected for cracked rungs.",
		"Chimneys are swept by a licensed sweep every second year.")
	target = make("tasks", "T",
		"Count keys, replace locks, close windows, and keep a list of all who hold a key.",
		"Report a lost key.",
		"Close windows at night.",
		"Test smoke detectors, replace their batteries, and keep a log of every test.",
		"Rake paths.",
		"Hang tools in the shed.",
		"Check the stove.",
		"Keep a guest book at the door, with the time of every arrival and departure.",
		"Inspect ladders and steps.",
		"Have the chimney swept.")
	return source, target
}

// decided types nine pairs, the last of them twice in the same way.
func decided() []convention.Row {
	return []convention.Row{
		{Source: "R-4", Target: "T-4", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic},
		{Source: "R-1", Target: "T-1", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Functional},
		{Source: "R-2", Target: "T-2", Relation: crosswalk.SupersetOf},
		{Source: "R-2", Target: "T-1", Relation: crosswalk.IntersectsWith},
		{Source: "R-3", Target: "T-3", Relation: crosswalk.IntersectsWith},
		{Source: "R-5", Target: "T-5", Relation: crosswalk.SupersetOf},
		{Source: "R-8", Target: "T-8", Relation: crosswalk.SubsetOf},
		{Source: "R-9", Target: "T-10", Relation: crosswalk.NoRelationship},
		{Source: "R-7", Target: "T-7", Relation: crosswalk.Equal},
		{Source: "R-7", Target: "T-7", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic},
	}
}

func learn(t testing.TB, rows ...convention.Row) *convention.Convention {
	t.Helper()
	source, target := house(t)
	c, _, err := convention.Learn("house-rules", "the owner", rows, source, target)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pairs(examples []convention.Example) (ids []string) {
	for _, e := range examples {
		ids = append(ids, e.Source.ID+" "+string(e.Relation)+" "+e.Target.ID)
	}
	return ids
}

func TestOnlyPairsWithOneTypeAreLearned(t *testing.T) {
	source, target := house(t)
	rows := append(decided(),
		convention.Row{Source: "R-6", Target: "T-6"},
		convention.Row{Source: "R-6", Target: "T-99", Relation: crosswalk.Equal},
		convention.Row{Source: "R-10", Target: "T-10", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic},
		convention.Row{Source: "R-10", Target: "T-10", Relation: crosswalk.SupersetOf, RationaleType: crosswalk.Functional},
		convention.Row{Source: "R-10", Target: "T-10", Relation: crosswalk.Equal, RationaleType: crosswalk.Syntactic})

	c, left, err := convention.Learn("house-rules", "the owner", rows, source, target)

	if err != nil {
		t.Fatal(err)
	}
	if want := (convention.LeftOut{Untyped: 1, Missing: 1, Repeated: 1, Contradicted: 1}); left != want {
		t.Errorf("left out %+v, want %+v", left, want)
	}
	if want := []string{"R-1 subset_of T-1", "R-2 intersects_with T-1", "R-2 superset_of T-2", "R-3 intersects_with T-3", "R-4 subset_of T-4",
		"R-5 superset_of T-5", "R-7 equal T-7", "R-8 subset_of T-8", "R-9 no_relationship T-10"}; !reflect.DeepEqual(pairs(c.Examples), want) {
		t.Errorf("learned %q", pairs(c.Examples))
	}
	if c.Source != "rules@1" || c.Target != "tasks@1" || c.Maker != "the owner" || c.Local {
		t.Errorf("%+v", c)
	}
}

func TestTheOrderOfRowsMakesNoOtherConvention(t *testing.T) {
	want := learn(t, decided()...).SHA256()
	rapid.Check(t, func(rt *rapid.T) {
		if got := learn(t, rapid.Permutation(decided()[:9]).Draw(rt, "rows")...).SHA256(); got != want {
			rt.Fatalf("hash %s, want %s", got, want)
		}
	})
}

func TestNothingLearnedSaysWhy(t *testing.T) {
	source, target := house(t)
	for want, rows := range map[string][]convention.Row{
		"there is no row":           nil,
		"1 rows have no relation":   {{Source: "R-1", Target: "T-1"}},
		"1 an element that is not":  {{Source: "R-1", Target: "T-77", Relation: crosswalk.Equal}},
		"typed in several ways":     {{Source: "R-1", Target: "T-1", Relation: crosswalk.Equal}, {Source: "R-1", Target: "T-1", Relation: crosswalk.SubsetOf}},
		"unknown relation \"like\"": {{Source: "R-1", Target: "T-1", Relation: "like"}},
	} {
		if _, _, err := convention.Learn("house-rules", "", rows, source, target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, _, err := convention.Learn("-rules", "", decided(), source, target); err == nil || !strings.Contains(err.Error(), "letter or digit first") {
		t.Error(err)
	}
}

func TestAGenericCellStandsForWhatItComesUnder(t *testing.T) {
	_, target := house(t)
	source := &corpus.Framework{Name: "rules", Edition: "1", Elements: []corpus.Element{
		{ID: "R-1", Kind: corpus.KindSubcategory, Text: "Keys are counted."},
		{ID: "R-1#defend", Kind: corpus.KindCell, Parent: "R-1", Focus: "defend", Text: "Standard practices apply.", Generic: "pointer"},
	}}
	if err := source.Finish(); err != nil {
		t.Fatal(err)
	}

	c, _, err := convention.Learn("x", "", []convention.Row{{Source: "R-1#defend", Target: "T-1", Relation: crosswalk.SubsetOf}}, source, target)

	if err != nil || c.Examples[0].Source != (convention.Text{ID: "R-1", Text: "Keys are counted."}) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAConventionOfLocalTextsStaysLocal(t *testing.T) {
	source, target := house(t)
	target.Local = true

	c, _, err := convention.Learn("x", "", decided(), source, target)

	if err != nil || !c.Local || !strings.Contains(string(c.JSON()), `"local":true`) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatIsKeptOfAConventionIsSummedUpAnew(t *testing.T) {
	c, err := learn(t, decided()...).Edit("They type as they please.")
	if err != nil {
		t.Fatal(err)
	}
	held := convention.NewSources([]convention.Text{{ID: "X-1", Text: "Keys to every door are counted each month, by the owner!"}})

	kept := c.Keep(func(e convention.Example) bool { return !held.Has(e.Source) })

	if len(kept.Examples) != 8 || kept.Drafted != convention.Counted || !strings.Contains(kept.Summary, "of 8 decided pairs of 7 sources") {
		t.Errorf("%q: %s", pairs(kept.Examples), kept.Summary)
	}
	if len(c.Examples) != 9 || c.Summary != "They type as they please." {
		t.Error("the convention that it was kept of has changed")
	}
	if none := c.Keep(func(convention.Example) bool { return false }); none != nil {
		t.Errorf("nothing is kept as %+v", none)
	}
}

func TestTheLabelNamesTheVersion(t *testing.T) {
	c := learn(t, decided()...)
	edited, err := c.Edit("Whatever is part of a list is a subset of it.\r\n\x1b[2J")
	if err != nil {
		t.Fatal(err)
	}

	if got, want := c.Label(), "house-rules ("+c.SHA256()[:12]+")"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if edited.Label() == c.Label() || edited.Drafted != convention.Edited || edited.Summary != "Whatever is part of a list is a subset of it.\n[2J" {
		t.Errorf("edited: %s, %q", edited.Label(), edited.Summary)
	}
	if got := (*convention.Convention)(nil).Label(); got != convention.Strict {
		t.Errorf("without a convention %q", got)
	}
}

func TestASummaryOfNothingOrOfABookIsRefused(t *testing.T) {
	c := learn(t, decided()...)
	for _, summary := range []string{"", " \n\x07", strings.Repeat("word ", 900)} {
		if _, err := c.Edit(summary); err == nil {
			t.Errorf("%d bytes were taken", len(summary))
		}
	}
}

func TestTheCountedSummaryIsCounted(t *testing.T) {
	const want = "Counted, not read: of 9 decided pairs of 8 sources 3 are subset_of (33 %), 2 are intersects_with (22 %), " +
		"1 is equal (11 %), 2 are superset_of (22 %) and 1 is no_relationship (11 %)." +
		" Where the source has at least twice as many words as the target (4 pairs), 1 is intersects_with (25 %), 1 is equal (25 %) and 2 are superset_of (50 %)." +
		" Where neither has (5 pairs), 3 are subset_of (60 %), 1 is intersects_with (20 %) and 1 is no_relationship (20 %)."

	if got := learn(t, decided()...).Summary; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := learn(t, decided()[:2]...).Summary; !strings.Contains(got, "2 are subset_of (100 %). None is intersects_with or equal or superset_of or no_relationship.") {
		t.Error(got)
	}
}

func TestAConventionComesBackFromItsJSON(t *testing.T) {
	c := learn(t, decided()...)

	got, err := convention.Parse(c.JSON())

	if err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestABadConventionIsRefusedByWhatIsWrong(t *testing.T) {
	good := string(learn(t, decided()...).JSON())
	for want, data := range map[string]string{
		"EOF":                              "",
		"unknown field":                    strings.Replace(good, `"maker"`, `"made_by"`, 1),
		"something stands behind":          good + "{}",
		`name "../x"`:                      strings.Replace(good, "house-rules", "../x", 1),
		"must be named":                    strings.Replace(good, "rules@1", "", 1),
		`drafted is "guessed"`:             strings.Replace(good, `"counted"`, `"guessed"`, 1),
		"names the model and the prompt":   strings.Replace(good, `"counted"`, `"model"`, 1),
		"the summary has 0 bytes":          strings.Replace(good, learn(t, decided()...).Summary, "", 1),
		"example 1: unknown relation":      strings.Replace(good, `"relation":"subset_of"`, `"relation":"part of"`, 1),
		"unknown rationale type":           strings.Replace(good, `"functional"`, `"magic"`, 1),
		`example 1: the source has no id`:  strings.Replace(good, `"id":"R-1"`, `"id":""`, 1),
		`the target "T-1" has no text`:     strings.Replace(good, "Count keys, replace locks, close windows, and keep a list of all who hold a key.", "", 1),
		"more text than is kept":           strings.Replace(good, "Count keys", strings.Repeat("Count keys ", 60), 1),
		`example 3: "R-2" to "T-1" stands`: strings.Replace(good, `"id":"T-2"`, `"id":"T-1"`, 1),
		"there is no example":              good[:strings.Index(good, `"examples"`)] + `"examples":[]}`,
	} {
		if _, err := convention.Parse([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	good := learn(f, decided()...)
	f.Add(good.JSON())
	f.Add([]byte(`{"name":"a","source":"s","target":"t","drafted":"edited","summary":"x","examples":[{"source":{"id":"\ud800","text":"a"},"target":{"id":"b","title":"\u2028"},"relation":"equal"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := convention.Parse(data)
		if err != nil {
			return
		}
		again, err := convention.Parse(c.JSON())
		if err != nil || !bytes.Equal(again.JSON(), c.JSON()) {
			t.Fatalf("%s comes back as %v, %v", c.JSON(), again, err)
		}
		convention.NewSelector(c).Select(corpus.Element{ID: "x", Text: c.Summary}, nil, 0)
	})
}
