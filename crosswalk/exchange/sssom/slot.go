package sssom

import "slices"

// A kind is what the values of a slot are.
type kind int

const (
	text   kind = iota
	entity      // a CURIE
	uri
	date   // YYYY-MM-DD
	number // within the bounds of the slot
	choice // one of a few words
)

// A slot is one of the SSSOM model.
type slot struct {
	name       string
	kind       kind
	several    bool // it may have more than one value
	propagates bool // its value at the set counts for every record
	low, high  float64
	choices    []string
}

func (s slot) many() slot                    { s.several = true; return s }
func (s slot) common() slot                  { s.propagates = true; return s }
func (s slot) within(low, high float64) slot { s.low, s.high = low, high; return s }
func of(k kind, name string) slot            { return slot{name: name, kind: k} }
func oneOf(name string, choices ...string) slot {
	return slot{name: name, kind: choice, choices: choices}
}

// entityTypes are those of the enumeration entity_type_enum.
var entityTypes = []string{
	"owl class", "owl object property", "owl data property", "owl annotation property", "owl named individual", "skos concept",
	"rdfs resource", "rdfs class", literal, "rdfs datatype", "rdf property", composed,
}

const (
	literal  = "rdfs literal"
	composed = "composed entity expression"
)

// recordSlots are the slots of a mapping in the order of the model, SSSOM 1.1.
var recordSlots = []slot{
	of(entity, "record_id"),
	of(entity, "subject_id"), of(text, "subject_label"), of(text, "subject_category"),
	of(entity, "predicate_id"), of(text, "predicate_label"), oneOf("predicate_modifier", not),
	of(entity, "object_id"), of(text, "object_label"), of(text, "object_category"),
	of(entity, "mapping_justification"),
	of(entity, "author_id").many(), of(text, "author_label").many(),
	of(entity, "reviewer_id").many(), of(text, "reviewer_label").many(),
	of(entity, "creator_id").many(), of(text, "creator_label").many(),
	of(uri, "license"),
	oneOf("subject_type", entityTypes...).common(), of(entity, "subject_source").common(), of(text, "subject_source_version").common(),
	oneOf("object_type", entityTypes...).common(), of(entity, "object_source").common(), of(text, "object_source_version").common(),
	oneOf("predicate_type", slices.DeleteFunc(slices.Clone(entityTypes), func(s string) bool { return s == literal || s == composed })...).common(),
	of(uri, "mapping_provider").common(), of(entity, "mapping_source"),
	oneOf("mapping_cardinality", "1:1", "1:n", "n:1", "n:n", "1:0", "0:1", "0:0"), of(text, "cardinality_scope").many().common(),
	of(text, "mapping_tool").common(), of(entity, "mapping_tool_id").common(), of(text, "mapping_tool_version").common(),
	of(date, "mapping_date").common(), of(date, "publication_date"), of(date, "review_date"),
	of(number, "confidence").within(0, 1), of(number, "reviewer_agreement").within(-1, 1),
	of(entity, "curation_rule").many().common(), of(text, "curation_rule_text").many().common(),
	of(entity, "subject_match_field").many().common(), of(entity, "object_match_field").many().common(), of(text, "match_string").many(),
	of(entity, "subject_preprocessing").many().common(), of(entity, "object_preprocessing").many().common(),
	of(number, "similarity_score").within(0, 1), of(text, "similarity_measure").common(),
	of(uri, "see_also").many(), of(entity, "issue_tracker_item"), of(text, "other"), of(text, "comment"),
}

// setSlots are the slots of a mapping set in the order of the model. The prefix
// map stands behind sssom_version, the definitions of extensions at the end.
var setSlots = func() []slot {
	own := map[string]slot{}
	for _, s := range []slot{
		oneOf("sssom_version", "1.0", "1.1"), of(uri, "mapping_set_id"), of(text, "mapping_set_version"), of(uri, "mapping_set_source").many(),
		of(text, "mapping_set_title"), of(text, "mapping_set_description"), of(number, "mapping_set_confidence").within(0, 1), of(entity, "issue_tracker"),
	} {
		own[s.name] = s
	}
	shared := byName(recordSlots)
	var out []slot
	for _, name := range []string{
		"sssom_version", "mapping_set_id", "mapping_set_version", "mapping_set_source", "mapping_set_title", "mapping_set_description",
		"mapping_set_confidence", "creator_id", "creator_label", "license", "subject_type", "subject_source", "subject_source_version",
		"object_type", "object_source", "object_source_version", "predicate_type", "mapping_provider", "cardinality_scope", "mapping_tool",
		"mapping_tool_id", "mapping_tool_version", "mapping_date", "publication_date", "subject_match_field", "object_match_field",
		"subject_preprocessing", "object_preprocessing", "similarity_measure", "curation_rule", "curation_rule_text", "see_also",
		"issue_tracker", "other", "comment",
	} {
		if s, ok := own[name]; ok {
			out = append(out, s)
		} else {
			out = append(out, shared[name])
		}
	}
	return out
}()

func byName(slots []slot) map[string]slot {
	out := make(map[string]slot, len(slots))
	for _, s := range slots {
		out[s.name] = s
	}
	return out
}

var (
	inRecord = byName(recordSlots)
	inSet    = byName(setSlots)
)

// propagating lists the slots that both have and that count for every record.
func propagating() []slot {
	return slices.DeleteFunc(slices.Clone(setSlots), func(s slot) bool { return !s.propagates })
}

// justifications of the enumeration in the schema, without their prefix.
var justifications = []string{
	"MappingReview", "ManualMappingCuration", "LogicalReasoning", "LexicalMatching", "CompositeMatching", "UnspecifiedMatching",
	"SemanticSimilarityThresholdMatching", "LexicalSimilarityThresholdMatching", "MappingChaining", "MappingInversion",
	"StructuralMatching", "InstanceBasedMatching", "BackgroundKnowledgeBasedMatching",
}

// builtins are the prefixes that need no declaration.
var builtins = map[string]string{
	"owl":    "http://www.w3.org/2002/07/owl#",
	"rdf":    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
	"rdfs":   "http://www.w3.org/2000/01/rdf-schema#",
	"semapv": "https://w3id.org/semapv/vocab/",
	"skos":   "http://www.w3.org/2004/02/skos/core#",
	"sssom":  "https://w3id.org/sssom/",
	"xsd":    "http://www.w3.org/2001/XMLSchema#",
	"linkml": "https://w3id.org/linkml/",
}
