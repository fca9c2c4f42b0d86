package leak_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/eval/leak"
)

const keys = "Keys to the house are counted every month, and lost keys are reported to the owner."

func check(test []leak.Text, body ...leak.Text) []leak.Finding {
	return leak.Check(test, []leak.Body{{Name: "body", Labelled: true, Texts: body}})
}

func TestATextIsFoundWhateverItsIDCaseSpaceAndPunctuation(t *testing.T) {
	for name, text := range map[string]string{
		"as it is":    keys,
		"case":        strings.ToUpper(keys),
		"white space": strings.ReplaceAll(keys, " ", "\n\t "),
		"punctuation": "«" + strings.NewReplacer(",", " -", ".", "!").Replace(keys) + "»",
		"stop words":  strings.ReplaceAll(keys, "the owner", "its owner"),
		"parameters":  keys + " [Assignment: organization-defined time period]",
	} {
		found := check([]leak.Text{{ID: "A-1", Text: keys}}, leak.Text{ID: "B-9", Text: text})

		want := []leak.Finding{{Test: "A-1", Body: "body", Labelled: true, ID: "B-9", Kind: leak.Duplicate, Similarity: 1, Contained: 1}}
		if !reflect.DeepEqual(found, want) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestKindsAreToldApart(t *testing.T) {
	long := strings.Repeat("Gardeners water every bed by hand in summer, and rake gravel on paths in autumn. ", 8)
	for _, c := range []struct {
		name, test, id, text string
		want                 leak.Kind
	}{
		{"one word changed", keys, "B", strings.Replace(keys, "month", "week", 1), leak.Duplicate},
		{"reworded", keys, "B", "Every month the keys to the house are counted, and the owner is told of each one that was lost.", leak.Sibling},
		{"the same matter", keys, "B", "Locks of a building get a check from time to time by whoever holds a key.", ""},
		{"quoted in a prompt", keys, "B", long + keys + long, leak.Duplicate},
		{"a short title", "Access Control", "B", "Access Control", ""},
		{"a title in a long text", "Media Storage", "A", "Media Storage " + long, ""},
		{"short under one id", "Incidents are contained", "A", "Incidents are contained.", leak.Duplicate},
		{"short under one id, another text", "Incidents are contained", "A", "Incidents are eradicated.", ""},
		{"two common words", "Assets are managed", "B", "Assets are not managed well", ""},
		{"no words", " ... ", "A", " ... ", ""},
	} {
		found := check([]leak.Text{{ID: "A", Text: c.test}}, leak.Text{ID: c.id, Text: c.text})

		switch {
		case c.want == "" && len(found) > 0:
			t.Errorf("%s: %+v", c.name, found)
		case c.want != "" && (len(found) != 1 || found[0].Kind != c.want):
			t.Errorf("%s: %+v, want a %s", c.name, found, c.want)
		}
	}
}

func TestFindingsNameTheNearestTextInOrderOfTestAndBody(t *testing.T) {
	changed := strings.Replace(keys, "month", "week", 1)
	test := []leak.Text{{ID: "Z", Text: changed}, {ID: "A", Text: "Nothing of the kind stands anywhere else at all."}, {ID: "M", Text: keys}}
	bodies := []leak.Body{
		{Name: "second", Texts: []leak.Text{{ID: "2", Text: keys}, {ID: "1", Text: keys}, {ID: "M", Text: keys}, {ID: "3", Text: changed}}},
		{Name: "first", Labelled: true, Texts: []leak.Text{{ID: "9", Text: keys}, {ID: "8", Text: keys}}},
		{Name: "empty"},
	}

	var got []string
	for _, f := range leak.Check(test, bodies) {
		got = append(got, f.Test+" "+f.Body+" "+f.ID)
	}

	if want := []string{"Z second 3", "Z first 8", "M second M", "M first 8"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOfSeveralTextsOfOneElementTheNearestCounts(t *testing.T) {
	test := []leak.Text{{ID: "A#cell", Text: "Robots shall count keys when asked to do so by hand."}, {ID: "A#cell", Text: keys}}

	found := check(test, leak.Text{ID: "A", Text: keys})

	if len(found) != 1 || found[0].Kind != leak.Duplicate || found[0].Test != "A#cell" {
		t.Errorf("%+v", found)
	}
}

// The Cyber AI Profile has the outcomes of CSF 2.0: what maps the one answers
// for the other, and its focus-area cells inherit them.
func TestPrecedentsOfTheCSFLeakIntoItsProfile(t *testing.T) {
	profile, csf := open(t, "cyber-ai-profile"), open(t, "csf@2.0")
	precedents := labels(t, "csf-2.0-to-sp800-53-5.2.0")
	var subcategories, cells []string
	for _, e := range append(profile.Mappable(), profile.Generic()...) {
		if e.Kind == corpus.KindCell {
			cells = append(cells, e.ID)
		} else {
			subcategories = append(subcategories, e.ID)
		}
	}
	body := leak.Labels(precedents, csf)

	for kind, ids := range map[string][]string{"subcategories": subcategories, "cells": cells} {
		found := leak.Check(leak.Texts(profile, ids...), []leak.Body{body})

		if len(found) != len(ids) {
			t.Errorf("%d of %d %s found", len(found), len(ids), kind)
		}
		for _, f := range found {
			if id, _, _ := strings.Cut(f.Test, "#"); f.Kind != leak.Duplicate || f.ID != id || !f.Labelled {
				t.Errorf("%+v", f)
			}
		}
		_, err := leak.Verdict(found, len(ids), leak.Report)
		if !errors.Is(err, leak.ErrLeak) || !strings.Contains(err.Error(), "all in csf-2.0-to-sp800-53-5.2.0") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	found := leak.Check(leak.Texts(profile, subcategories...), []leak.Body{body})
	if n := len(leak.Answers(found, body.Name, precedents.Pairs, precedents.Pairs)); n != len(precedents.Pairs) {
		t.Errorf("%d of %d answers can be read off", n, len(precedents.Pairs))
	}
	if n := len(leak.Answers(found, "another", precedents.Pairs, precedents.Pairs)); n != 0 {
		t.Errorf("%d answers from a body that knows nothing", n)
	}
}

func TestABodyOfLabelsHoldsMappedElementsOnly(t *testing.T) {
	csf := open(t, "csf@2.0")
	set := corpus.LabelSet{Name: "three", Pairs: []corpus.Pair{
		{Source: "GV.OC-03", Target: "AC-1"}, {Source: "GV.OC-01", Target: "AC-1"}, {Source: "GV.OC-03", Target: "AC-2"}, {Source: "gone", Target: "AC-2"}}}

	body := leak.Labels(set, csf)

	if len(body.Texts) != 2 || body.Texts[0].ID != "GV.OC-03" || body.Texts[1].ID != "GV.OC-01" || !body.Labelled || body.Name != "three" {
		t.Errorf("%+v", body)
	}
	if empty := leak.Labels(corpus.LabelSet{Name: "none"}, csf); len(empty.Texts) != 0 {
		t.Errorf("%d texts of no pair", len(empty.Texts))
	}
	if all := leak.Corpus(csf); all.Labelled || len(all.Texts) != len(csf.Mappable()) || all.Name != "csf@2.0" {
		t.Errorf("%s: %d texts, labelled %v", all.Name, len(all.Texts), all.Labelled)
	}
}

func TestAnswersAreTheSamePairsOfATwin(t *testing.T) {
	found := []leak.Finding{
		{Test: "A", Body: "b", ID: "X", Kind: leak.Duplicate}, {Test: "B", Body: "b", ID: "X", Kind: leak.Sibling}, {Test: "C", Body: "c", ID: "X", Kind: leak.Duplicate}}
	learned := []corpus.Pair{{Source: "X", Target: "1"}, {Source: "X", Target: "2"}, {Source: "A", Target: "3"}}
	test := []corpus.Pair{{Source: "A", Target: "2"}, {Source: "A", Target: "3"}, {Source: "B", Target: "1"}, {Source: "C", Target: "1"}, {Source: "A", Target: "1"}}

	got := leak.Answers(found, "b", test, learned)

	if want := []corpus.Pair{{Source: "A", Target: "2"}, {Source: "A", Target: "1"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestTheVerdictSaysHowManyTheWorstAndWhatToDo(t *testing.T) {
	found := []leak.Finding{
		{Test: "A", Body: "sib", Labelled: true, ID: "S", Kind: leak.Sibling, Similarity: .41},
		{Test: "A", Body: "set", Labelled: true, ID: "1", Kind: leak.Duplicate, Similarity: .8, Contained: .85},
		{Test: "A", Body: "two\x1b[2J", Labelled: true, ID: "2", Kind: leak.Duplicate, Similarity: .2, Contained: .95},
		{Test: "B", Body: "words", ID: "B", Kind: leak.Duplicate, Similarity: 1, Contained: 1},
		{Test: "C", Body: "set", Labelled: true, ID: "3", Kind: leak.Duplicate, Similarity: 1, Contained: 1},
		{Test: "D", Body: "set", Labelled: true, ID: "4", Kind: leak.Duplicate, Similarity: .76, Contained: .8},
	}

	notes, err := leak.Verdict(found, 9, leak.Report)

	const want = "test texts leak: the answers to 3 of 9 test texts were learned: C as 3 in set (duplicate, similarity 1.00), " +
		"A as 2 in two[2J (duplicate, 95 % of it quoted), A as 1 in set (duplicate, similarity 0.80), and 1 more: " +
		"all in set, two[2J"
	if !errors.Is(err, leak.ErrLeak) || err.Error() != want {
		t.Errorf("%v", err)
	}
	if want := []string{
		"1 of 9 test texts reads like one whose answers were learned, in other words: A as S in sib (sibling, similarity 0.41)",
		"1 of 9 test texts stands in words without answers, which is no leak of labels",
	}; !reflect.DeepEqual(notes, want) {
		t.Errorf("%q", notes)
	}
}

func TestOnlyAnswersFailARun(t *testing.T) {
	sibling := leak.Finding{Test: "A", Body: "set", Labelled: true, ID: "S", Kind: leak.Sibling, Similarity: .41}
	for name, c := range map[string]struct {
		found  []leak.Finding
		policy leak.Policy
		fails  bool
		notes  int
	}{
		"nothing":             {nil, leak.Refuse, false, 0},
		"sibling, reported":   {[]leak.Finding{sibling}, leak.Report, false, 1},
		"sibling, refused":    {[]leak.Finding{sibling}, leak.Refuse, true, 0},
		"sibling, no policy":  {[]leak.Finding{sibling}, "", false, 1},
		"no answers":          {[]leak.Finding{{Test: "A", Body: "w", Kind: leak.Duplicate, Similarity: 1}}, leak.Refuse, false, 1},
		"sibling, no answers": {[]leak.Finding{{Test: "A", Body: "w", Kind: leak.Sibling, Similarity: .5}}, leak.Refuse, false, 0},
	} {
		notes, err := leak.Verdict(c.found, 5, c.policy)
		if errors.Is(err, leak.ErrLeak) != c.fails || len(notes) != c.notes {
			t.Errorf("%s: %v, %q", name, err, notes)
		}
	}
}

// words draws a text of plain words that are index terms each.
func words(t *rapid.T, label string, alphabet string, least int) string {
	word := rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 4, 6, -1)
	return strings.Join(rapid.SliceOfN(word, least, 30).Draw(t, label), " ")
}

func TestTheMeasureIsSymmetricAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if rapid.Bool().Draw(t, "overlap") {
			a, b = words(t, "c", "ab", 0), words(t, "d", "ab", 0)
		}

		there, in := leak.Similarity(a, b)
		back, _ := leak.Similarity(b, a)

		if there != back || there < 0 || there > 1 || in < there || in > 1 {
			t.Fatalf("%g there, %g back, %g contained", there, back, in)
		}
	})
}

func TestATextIsADuplicateOfItselfHoweverItIsDressed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := words(t, "text", "bdfgkmpz", 5)
		dressed := strings.Map(func(r rune) rune {
			if rapid.Bool().Draw(t, "upper") {
				return unicode.ToUpper(r)
			}
			return r
		}, text)
		gap := rapid.SampledFrom([]string{" ", "  \n", ", ", " — ", ".\t", "; ("}).Draw(t, "gap")
		dressed = strings.ReplaceAll(dressed, " ", gap)
		id := rapid.SampledFrom([]string{"A", "B"}).Draw(t, "id")

		r, _ := leak.Similarity(text, dressed)
		found := check([]leak.Text{{ID: "A", Text: text}}, leak.Text{ID: id, Text: dressed})

		if r != 1 {
			t.Fatalf("resemblance %g", r)
		}
		// Few enough words, repeated, are too few to tell anything.
		if distinct(text) >= 4 && (len(found) != 1 || found[0].Kind != leak.Duplicate) {
			t.Fatalf("%+v", found)
		}
	})
}

func distinct(text string) int {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return len(set)
}

func TestAppendingAnUnrelatedTextMakesItLessSimilar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := words(t, "a", "bdfg", 1), words(t, "b", "bdfg", 1)
		if rapid.Bool().Draw(t, "same") {
			b = a
		}
		before, _ := leak.Similarity(a, b)

		after, _ := leak.Similarity(a, b+" "+words(t, "unrelated", "kmpz", 1))

		if before > 0 && after >= before || before == 0 && after != 0 {
			t.Fatalf("%g became %g", before, after)
		}
	})
}

func TestCheckAgreesWithSimilarity(t *testing.T) {
	csf := leak.Texts(open(t, "csf@1.1"))
	body := leak.Texts(open(t, "csf@2.0"))
	byID := map[string]string{}
	for _, x := range body {
		byID[x.ID] = x.Text
	}
	test := map[string]string{}
	for _, x := range csf {
		test[x.ID] = x.Text
	}
	found := check(csf, body...)
	if len(found) == 0 {
		t.Fatal("nothing found")
	}
	for _, f := range found {
		r, in := leak.Similarity(test[f.Test], byID[f.ID])
		if math.Abs(r-f.Similarity) > 1e-12 || math.Abs(in-f.Contained) > 1e-12 {
			t.Errorf("%+v, want %g and %g", f, r, in)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	f, err := builtin.Open("sp800-53")
	if err != nil {
		b.Fatal(err)
	}
	texts := leak.Texts(f)
	for b.Loop() {
		leak.Check(texts, []leak.Body{{Name: "body", Texts: texts}})
	}
}

func open(t *testing.T, spec string) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func labels(t *testing.T, name string) corpus.LabelSet {
	t.Helper()
	sets, err := builtin.LabelSets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no label set %s", name)
	return corpus.LabelSet{}
}
