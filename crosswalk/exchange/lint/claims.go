package lint

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// strengths finds strengths that their relation does not allow. A formula has
// fewer values than people have: equal begins at 10, subset and superset at 7,
// intersects at 4, and at most 3 are taken off.
func (k *checker) strengths() {
	for i, r := range k.c.Rows {
		if r.Strength == nil || r.Relation == "" {
			continue
		}
		low, high := limits(r.Relation, r.StrengthBasis == "formula")
		if s := *r.Strength; s < low || s > high {
			k.report(StrengthRelation, i, "strength %d of %s: want %d to %d", s, r.Relation, low, high)
		}
	}
}

func limits(r crosswalk.Relation, formula bool) (low, high int) {
	switch {
	case r == crosswalk.NoRelationship:
		return 0, 0
	case r == crosswalk.Equal:
		return 7, 10
	case formula && r.Strong():
		return 4, 7
	case formula:
		return 1, 4
	}
	return 1, 9
}

// shares finds distributions that no careful comparison of two documents has.
func (k *checker) shares() {
	var typed, equal, contained, rationales int
	of := map[crosswalk.RationaleType]int{}
	for i, r := range k.c.Rows {
		if !related(r) {
			continue
		}
		typed++
		switch r.Relation {
		case crosswalk.Equal:
			equal++
		case crosswalk.SubsetOf, crosswalk.SupersetOf:
			contained++
		}
		if r.RationaleType == "" {
			k.report(NoRationaleType, i, "%s to %s has no rationale type", r.Source, r.Target)
			continue
		}
		rationales++
		of[r.RationaleType]++
	}
	if typed >= enough && equal*2 > typed {
		k.report(MostlyEqual, whole, "%d of %d related pairs are equal", equal, typed)
	}
	if typed >= enough && contained == 0 {
		k.report(NoContainment, whole, "none of %d related pairs is a subset or a superset", typed)
	}
	for _, t := range []crosswalk.RationaleType{crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional} {
		if rationales >= enough && of[t]*100 >= rationales*95 {
			k.report(OneRationaleType, whole, "%d of %d rationale types are %s", of[t], rationales, t)
		}
	}
}

// rationales finds reasons that were not written for their pair. A relation needs
// reasons of its own; that two elements have nothing in common may be said of
// many pairs in the same words.
func (k *checker) rationales() {
	const many = 3
	pairs := map[string]map[[2]string]bool{}
	rows := map[string][]int{}
	var order []string
	for i, r := range k.c.Rows {
		if strings.TrimSpace(r.Rationale) == "" {
			continue
		}
		if !mentions(r.Rationale, r.Source) && !mentions(r.Rationale, r.Target) {
			k.report(RationaleWithoutIDs, i, "the rationale names neither %s nor %s", r.Source, r.Target)
		}
		if !claimed(r) {
			continue
		}
		text := blank(r)
		if pairs[text] == nil {
			pairs[text] = map[[2]string]bool{}
			order = append(order, text)
		}
		pairs[text][[2]string{r.Source, r.Target}] = true
		rows[text] = append(rows[text], i)
	}
	for _, text := range order {
		if n := len(pairs[text]); n >= many {
			k.reportAll(RepeatedRationale, rows[text], "%d pairs have this rationale, but for ids and titles: %s", n, rowList(rows[text]))
		}
	}
}

// blank returns a rationale without what belongs to its pair alone.
func blank(r exchange.Row) string {
	text := strings.ToLower(r.Rationale)
	for _, part := range []string{r.SourceTitle, r.TargetTitle, r.Source, r.Target, withoutCell(r.Source), withoutCell(r.Target)} {
		if part != "" {
			text = strings.ReplaceAll(text, strings.ToLower(part), "…")
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// mentions reports whether a text names an element by its id and not by a longer
// one: "AC-2" is not in "AC-21", nor in "AC-2(3)". The subcategory stands for
// its cell.
func mentions(text, id string) bool {
	text, id = strings.ToLower(text), strings.ToLower(withoutCell(id))
	for at := 0; ; {
		i := strings.Index(text[at:], id)
		if i < 0 || id == "" {
			return false
		}
		before, after := text[:at+i], text[at+i+len(id):]
		if last, _ := utf8.DecodeLastRuneInString(before); !inID(last) && !continues(after) {
			return true
		}
		at += i + len(id)
	}
}

func withoutCell(id string) string {
	whole, _, _ := strings.Cut(id, "#")
	return cmp.Or(whole, id)
}

func inID(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// continues reports whether an id goes on: with a letter or digit, or with one
// of the marks that ids have and a letter or digit after it.
func continues(after string) bool {
	next, size := utf8.DecodeRuneInString(after)
	beyond, _ := utf8.DecodeRuneInString(after[size:])
	return inID(next) || strings.ContainsRune(".-(", next) && inID(beyond)
}
