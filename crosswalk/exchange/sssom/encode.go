package sssom

import (
	"cmp"
	"maps"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

const (
	not = "Not"

	// related is the predicate above all others of SKOS: of a pair that nobody
	// typed, and, with Not, of one that is not related at all.
	related = "skos:mappingRelation"

	unspecified = "https://w3id.org/sssom/license/unspecified"
	namespace   = "urn:concord:"
	notice      = "A record reads from subject to object: with skos:broadMatch the object holds all that the subject holds, and more. " +
		"skos:relatedMatch stands for an intersection, " + related + " for a pair without a type, and with the modifier Not for one that is not related. " +
		"An element with " + noTermFound + " is mapped to nothing."
)

// predicates of the relations: "has broader match" is said of the narrower one,
// and relatedMatch, the weakest, claims no more than an intersection does.
var predicates = map[crosswalk.Relation]string{
	crosswalk.Equal:          "skos:exactMatch",
	crosswalk.SubsetOf:       "skos:broadMatch",
	crosswalk.SupersetOf:     "skos:narrowMatch",
	crosswalk.IntersectsWith: "skos:relatedMatch",
	crosswalk.NoRelationship: related,
	"":                       related,
}

// An encoder turns a crosswalk into a document.
type encoder struct {
	c              *exchange.Crosswalk
	d              *document
	source, target string // prefixes of ids
}

func encode(c *exchange.Crosswalk, o Options) *document {
	e := encoder{c: c, d: &document{prefixes: maps.Clone(builtins), set: map[string][]string{}}}
	id := namespace + "crosswalk/" + percent(c.Source.Spec(), "@") + "/" + percent(c.Target.Spec(), "@")
	for prefix, iri := range map[string]string{"concord": namespace + "property/", "framework": namespace + "framework/", "record": id + "#"} {
		e.d.prefixes[prefix] = iri
	}
	e.source, e.target = e.prefix(c.Source), e.prefix(c.Target)
	e.set(id, o)
	for _, r := range c.Rows {
		e.add(e.row(r))
	}
	for _, g := range c.Gaps {
		e.add(e.gap(g))
	}
	for i, n := range e.d.cardinalities() {
		put(e.d.records[i].values, "mapping_cardinality", n)
	}
	for _, r := range e.d.records {
		put(r.values, "record_id", "record:"+e.d.hash(r))
	}
	return e.d
}

// prefix declares the prefix of the ids of a framework.
func (e *encoder) prefix(f exchange.Framework) string {
	iri := namespace + "element/" + percent(f.Name, "") + "/"
	if f.Edition != "" {
		iri += percent(f.Edition, "") + "/"
	}
	if e.source != "" && e.d.prefixes[e.source] == iri {
		return e.source
	}
	name := prefixOf(f.Name, e.d.prefixes)
	e.d.prefixes[name] = iri
	return name
}

func (e *encoder) set(id string, o Options) {
	c, set := e.c, e.d.set
	put(set, "sssom_version", "1.1")
	put(set, "mapping_set_id", id)
	put(set, "mapping_set_title", clean(c.Title))
	put(set, "license", cmp.Or(o.License, unspecified))
	comment := notice
	if c.Draft {
		comment = "Draft: no person has decided on these records. " + comment
	}
	put(set, "comment", comment)
	for _, f := range setFields {
		e.d.extensions = append(e.d.extensions, f.extension())
		put(set, f.slot(), clean(f.get(c)))
	}
	for _, f := range rowFields {
		e.d.extensions = append(e.d.extensions, f.extension())
	}
	e.d.extensions = append(e.d.extensions, judged.extension())
	if len(c.Rows)+len(c.Gaps) == 0 {
		e.shared(set)
	}
}

// shared are the slots that all records have alike.
func (e *encoder) shared(values map[string][]string) {
	c := e.c
	put(values, "subject_source", "framework:"+escape(c.Source.Name))
	put(values, "subject_source_version", clean(c.Source.Edition))
	put(values, "object_source", "framework:"+escape(c.Target.Name))
	put(values, "object_source_version", clean(c.Target.Edition))
	put(values, "mapping_tool", clean(c.Tool))
	put(values, "mapping_tool_version", clean(c.Version))
	if !c.Made.IsZero() {
		put(values, "mapping_date", c.Made.UTC().Format(time.DateOnly))
	}
}

func (e *encoder) add(values map[string][]string) {
	e.shared(values)
	e.d.records = append(e.d.records, record{values: values})
}

func (e *encoder) row(r exchange.Row) map[string][]string {
	v := map[string][]string{}
	put(v, "subject_id", e.source+":"+escape(r.Source))
	put(v, "subject_label", clean(r.SourceTitle))
	put(v, "predicate_id", predicates[r.Relation])
	put(v, "object_id", e.target+":"+escape(r.Target))
	put(v, "object_label", clean(r.TargetTitle))
	put(v, "mapping_justification", justification(r))
	switch r.Relation {
	case crosswalk.NoRelationship:
		put(v, "predicate_modifier", not)
	case "":
	default:
		put(v, "predicate_label", strings.TrimSpace(r.Relation.Sentence("", "")))
	}
	put(v, "comment", clean(r.Rationale))
	put(v, "curation_rule_text", clean(r.Convention))
	if belief := belief(r); belief != nil {
		put(v, "confidence", formatNumber(*belief))
	}
	e.review(v, r)
	for _, f := range rowFields {
		put(v, f.slot(), clean(f.get(&r)))
	}
	return v
}

// review fills who entered a record, or reviewed it and with what result. A
// person who changed a record does not agree with it: it is theirs.
func (e *encoder) review(v map[string][]string, r exchange.Row) {
	if r.State == exchange.Entered {
		put(v, "author_label", clean(r.Reviewer))
		return
	}
	put(v, "reviewer_label", clean(r.Reviewer))
	if r.Reviewer == "" {
		return
	}
	if !r.Decided.IsZero() {
		put(v, "review_date", r.Decided.UTC().Format(time.DateOnly))
	}
	if r.State == exchange.Accepted {
		put(v, "reviewer_agreement", "1")
	}
}

func justification(r exchange.Row) string {
	switch {
	case r.State == exchange.Entered:
		return "semapv:ManualMappingCuration"
	case r.State == exchange.Corrected, r.State == exchange.Rejected:
		return "semapv:MappingReview"
	case r.Origin == crosswalk.OriginDerived:
		return "semapv:MappingChaining"
	case r.Origin == crosswalk.OriginLocal, r.Origin == crosswalk.OriginLLM:
		return "semapv:CompositeMatching"
	case r.Origin == crosswalk.OriginPrecedent:
		return "semapv:BackgroundKnowledgeBasedMatching"
	}
	return "semapv:UnspecifiedMatching"
}

// belief is how sure it is that a record is true: the calibrated probability,
// else the raw confidence, that the pair is related; of a denied one the rest to 1.
func belief(r exchange.Row) *float64 {
	p := cmp.Or(r.Probability, r.Confidence)
	if p == nil || r.Relation != crosswalk.NoRelationship {
		return p
	}
	rest := 1 - *p
	return &rest
}

// gap makes the record of an element without a counterpart. That nobody looked
// for one is no belief in it.
func (e *encoder) gap(g exchange.Gap) map[string][]string {
	v := map[string][]string{}
	put(v, "predicate_id", "skos:exactMatch")
	put(v, "subject_id", noTermFound)
	put(v, "object_id", noTermFound)
	side, prefix := "subject", e.source
	if g.Side == crosswalk.TargetSide {
		side, prefix = "object", e.target
	}
	put(v, side+"_id", prefix+":"+escape(g.ID))
	put(v, side+"_label", clean(g.Title))
	put(v, "mapping_justification", "semapv:UnspecifiedMatching")
	if g.Judged && e.c.Run != "" {
		put(v, "mapping_justification", "semapv:CompositeMatching")
	}
	if !g.Judged {
		put(v, "confidence", "0")
		put(v, "comment", "Nobody has looked for a counterpart.")
	}
	put(v, judged.slot(), judged.get(&g))
	return v
}

// clean brings the line ends of a text to \n.
func clean(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
