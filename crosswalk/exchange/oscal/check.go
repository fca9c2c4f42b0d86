package oscal

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Finding is one thing that is wrong with a mapping collection.
type Finding struct {
	Code    string `json:"code"`    // one of the constants below
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901) to the place; the same in YAML
	Message string `json:"message"` // what is wrong, and what is wanted
}

// What is found. The first group is in the JSON schema too, which not everybody
// has at hand; the others are what a schema cannot say.
const (
	Unreadable  = "unreadable"    // neither JSON nor YAML, or no mapping collection
	Missing     = "missing"       // a required member is not there
	EmptyList   = "empty-list"    // where OSCAL wants the list left out
	BadValue    = "bad-value"     // not in the closed list, or not of the datatype
	BadUUID     = "bad-uuid"      // no UUID of version 4 or 5
	BadScore    = "bad-score"     // a confidence score of no form or of two, or not between 0 and 1
	BadCoverage = "bad-coverage"  // not between 0 and 1
	EmptyGaps   = "empty-gaps"    // a gap summary that names nothing
	SameUUID    = "same-uuid"     // twice in the document
	UnknownWord = "relationship"  // not one of OSCAL's, and of no other namespace
	Dangling    = "dangling-href" // a reference that leads to no resource of the back matter
	NoParty     = "dangling-uuid" // a responsible party that the metadata do not list
	SamePair    = "same-pair"     // mapped twice with one rationale
	MappedGap   = "mapped-gap"    // a control that is mapped and in the gap summary
	NotCovered  = "coverage"      // a coverage that the relationship rules out
	NotEqual    = "equal"         // equal-to or equivalent-to with a rationale that rules it out
)

// Check reads a mapping collection, in JSON or YAML, and returns what is wrong
// with it: nil if nothing is. Findings come in the order of the document's keys,
// sorted, then map by map.
func Check(data []byte) []Finding {
	c, err := parse(data)
	if err != nil {
		return []Finding{{Unreadable, "", err.Error()}}
	}
	k := checker{collection: c, uuids: map[string]string{}, resources: ids(c.get("back-matter").get("resources")),
		parties: ids(c.get("metadata").get("parties"))}
	k.walk(c, "mapping-collection")
	k.required(c, "uuid", "metadata", "provenance", "mappings")
	k.required(c.get("metadata"), "title", "last-modified", "version", "oscal-version")
	k.required(c.get("provenance"), "method", "matching-rationale", "status", "mapping-description")
	k.coverage(c.get("provenance").get("coverage"), "")
	k.score(c.get("provenance").get("confidence-score"))
	pairs := map[string]string{}
	for _, m := range c.get("mappings").list() {
		k.mapping(m, pairs)
	}
	return k.found
}

// ids returns the UUIDs of the items of a list, in lower case.
func ids(list node) map[string]bool {
	out := map[string]bool{}
	for _, n := range list.list() {
		out[strings.ToLower(n.get("uuid").text())] = true
	}
	return out
}

type checker struct {
	collection         node
	uuids              map[string]string // where each stands first
	resources, parties map[string]bool
	found              []Finding
}

func (k *checker) say(code string, at node, format string, args ...any) {
	k.found = append(k.found, Finding{code, at.at, fmt.Sprintf(format, args...)})
}

func (k *checker) required(n node, keys ...string) {
	if n.value == nil {
		return // said of what holds it
	}
	for _, key := range keys {
		if n.get(key).value == nil {
			k.say(Missing, n.get(key), "%s is required", key)
		}
	}
}

// walk checks what holds wherever it stands.
func (k *checker) walk(n node, key string) {
	switch v := n.value.(type) {
	case []any:
		if len(v) == 0 && key != "unmapped-controls" { // see gaps
			k.say(EmptyList, n, "the list is empty: leave %s out, or give it an item", key)
		}
		for _, c := range n.list() {
			k.walk(c, key)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			k.walk(n.get(name), name)
		}
		if key == "props" {
			k.property(n)
		}
	default:
		k.scalar(n, key)
	}
}

var (
	uuidForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)
	uriForm  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+\-.]+:.+$`)
)

// vocabulary returns the closed list of a member, or nil.
func vocabulary(key string) []string {
	switch key {
	case "method":
		return []string{"human", "automation", "hybrid"}
	case "matching-rationale":
		return []string{"syntactic", "semantic", "functional"}
	case "status":
		return []string{"complete", "not-complete", "draft", "deprecated", "superseded"}
	case "with-child-controls":
		return []string{"yes", "no"}
	case "predicate":
		return []string{"has-requirement", "has-incompatibility"}
	}
	return nil
}

func (k *checker) scalar(n node, key string) {
	s := n.text()
	if n.value == nil {
		k.say(BadValue, n, "%s is null: leave it out, or give it a value", key)
		return
	}
	if words := vocabulary(key); words != nil && !slices.Contains(words, s) {
		k.say(BadValue, n, "%s %q: want one of %q", key, s, words)
	}
	switch key {
	case "uuid":
		k.uuid(n, s)
	case "party-uuids":
		if !k.parties[strings.ToLower(s)] {
			k.say(NoParty, n, "no party of the metadata has the UUID %q", s)
		}
	case "href":
		if to, local := strings.CutPrefix(s, "#"); local && !k.resources[strings.ToLower(to)] {
			k.say(Dangling, n, "no resource of the back matter has the UUID %q", to)
		}
	case "ns":
		if !uriForm.MatchString(s) {
			k.say(BadValue, n, "ns %q is not an absolute URI", s)
		}
	case "with-ids", "role-id":
		if !token.MatchString(s) {
			k.say(BadValue, n, "%s %q is not a token: a letter or _, then letters, digits, and . - _", key, s)
		}
	case "id-ref", "oscal-version", "version":
		k.oneLine(n, key, s)
	case "last-modified", "published":
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			k.say(BadValue, n, "%s %q is not a time with a zone, such as 2026-01-05T10:00:00Z", key, s)
		}
	}
}

func (k *checker) uuid(n node, s string) {
	if !uuidForm.MatchString(s) {
		k.say(BadUUID, n, "%q is not a UUID of version 4 or 5", s)
	}
	s = strings.ToLower(s)
	if first, twice := k.uuids[s]; twice {
		k.say(SameUUID, n, "the UUID %q stands at %s already", s, first)
		return
	}
	k.uuids[s] = n.at
}

func (k *checker) oneLine(n node, key, s string) {
	if s != line(s) {
		k.say(BadValue, n, "%s %q: want one line of text with no blank at either end", key, s)
	}
}

func (k *checker) property(n node) {
	k.required(n, "name", "value")
	if name := n.get("name"); name.value != nil && !token.MatchString(name.text()) {
		k.say(BadValue, name, "the name %q is not a token: a letter or _, then letters, digits, and . - _", name.text())
	}
	if v := n.get("value"); v.value != nil {
		k.oneLine(v, "value", v.text())
	}
}

// mapping checks one mapping; pairs are those met in mappings before.
func (k *checker) mapping(m node, pairs map[string]string) {
	k.required(m, "uuid", "source-resource", "target-resource", "maps")
	for _, side := range []string{"source-resource", "target-resource"} {
		k.required(m.get(side), "type", "href")
	}
	k.coverage(m.get("coverage"), "")
	k.score(m.get("confidence-score"))
	mapped := map[string]map[string]bool{"sources": {}, "targets": {}}
	for _, one := range m.get("maps").list() {
		k.pairs(m, one, pairs, mapped)
	}
	k.gaps(m.get("source-gap-summary"), mapped["sources"])
	k.gaps(m.get("target-gap-summary"), mapped["targets"])
}

func (k *checker) pairs(mapping, m node, pairs map[string]string, mapped map[string]map[string]bool) {
	k.required(m, "uuid", "relationship", "sources", "targets")
	word, ns := m.get("relationship").text(), m.get("ns").text()
	known := ns == "" || ns == standard
	if !known && word != "" && !token.MatchString(word) {
		k.say(BadValue, m.get("relationship"), "relationship %q is not a token: a letter or _, then letters, digits, and . - _", word)
	}
	if known && word != "" && !slices.Contains(words(), word) {
		k.say(UnknownWord, m.get("relationship"), "%q is not a relationship of OSCAL: want one of %q, or a namespace of your own in ns", word, words())
	}
	why := inherited("matching-rationale", m, mapping, k.collection.get("provenance"))
	key := []string{mapping.get("source-resource").get("href").text(), mapping.get("target-resource").get("href").text(), why}
	for _, side := range []string{"sources", "targets"} {
		var list []string
		for _, it := range m.get(side).list() {
			k.required(it, "type", "id-ref")
			if t := it.get("type"); t.value != nil && t.text() != "control" && t.text() != "statement" {
				k.say(BadValue, t, "type %q: want control or statement", t.text())
			}
			id := it.get("id-ref").text()
			list = append(list, id)
			if it.get("type").text() == "control" && word != "no-relationship" {
				mapped[side][id] = true
			}
		}
		slices.Sort(list)
		key = append(key, strings.Join(list, "\x00"))
	}
	pair := strings.Join(key, "\x01")
	if first, twice := pairs[pair]; twice {
		k.say(SamePair, m, "the pair is mapped at %s already, with the same rationale %q", first, why)
	} else {
		pairs[pair] = m.at
	}
	if !known {
		word = "" // what it rules out is not known
	}
	k.coverage(m.get("coverage"), word)
	k.score(m.get("confidence-score"))
	switch {
	case word == "equal-to" && why != "" && why != "syntactic":
		k.say(NotEqual, m.get("relationship"), "equal-to speaks of the wording, and the rationale is %s: want equivalent-to", why)
	case word == "equivalent-to" && why == "syntactic":
		k.say(NotEqual, m.get("relationship"), "equivalent-to speaks of the meaning, and the rationale is syntactic: want equal-to, or another rationale")
	}
}

// coverage checks the share of the targets that the sources cover.
func (k *checker) coverage(n node, word string) {
	if n.value == nil {
		return
	}
	share := n.get("target-coverage")
	k.required(n, "target-coverage")
	if share.value == nil {
		return
	}
	x, ok := share.number()
	if !ok || !(x >= 0 && x <= 1) {
		k.say(BadCoverage, share, "target-coverage %q is not between 0 and 1", share.text())
		return
	}
	switch word {
	case "equal-to", "equivalent-to", "superset-of":
		if x < 1 {
			k.say(NotCovered, share, "with %s the sources hold all of the targets: the coverage is 1, not %s", word, share.text())
		}
	case "subset-of", "intersects-with":
		if x == 1 {
			k.say(NotCovered, share, "with %s the targets hold more than the sources: the coverage is below 1", word)
		}
	case "no-relationship":
		if x > 0 {
			k.say(NotCovered, share, "with no-relationship nothing is covered: the coverage is 0, not %s", share.text())
		}
	}
}

func (k *checker) score(n node) {
	if n.value == nil {
		return
	}
	category, percentage := n.get("category"), n.get("percentage")
	if (category.value == nil) == (percentage.value == nil) {
		k.say(BadScore, n, "want either a category or a percentage")
		return
	}
	if x, ok := percentage.number(); percentage.value != nil && (!ok || !(x >= 0 && x <= 1)) {
		k.say(BadScore, percentage, "percentage %q is not between 0 and 1", percentage.text())
	}
}

func (k *checker) gaps(n node, mapped map[string]bool) {
	if n.value == nil {
		return
	}
	k.required(n, "uuid", "unmapped-controls")
	unmapped := n.get("unmapped-controls")
	if unmapped.value != nil && len(unmapped.list()) == 0 {
		k.say(EmptyGaps, unmapped, "the summary names no control: leave it out")
	}
	for _, u := range unmapped.list() {
		listed := append(u.get("with-ids").list(), u.get("matching").list()...)
		if len(listed) == 0 {
			k.say(EmptyGaps, u, "it names no control: leave it out, or give it with-ids or matching")
		}
		for _, id := range u.get("with-ids").list() {
			if mapped[id.text()] {
				k.say(MappedGap, id, "%q is mapped, and listed as unmapped", id.text())
			}
		}
	}
}
