// Package ciso writes and reads a crosswalk as a CISO Assistant library that
// holds a requirement mapping set (YAML).
//
// CISO Assistant copies the results of an assessment along equal and superset:
// a wrong one copies "compliant" to a requirement that is not met. The format
// has no place for a row's review, so drafts are written like other rows; who
// does not want that passes [exchange.Crosswalk.Decided]. Names, descriptions
// and annotations say which rows are drafts.
//
// The format has few fields. What else is known stands in the annotations and
// the description as lines such as "Reviewer: ada", which people read in the
// tool and [Read] reads back.
package ciso

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// Options says how a library is named. The zero value is usable.
type Options struct {
	// Packager is who publishes the library: a word of lower-case letters, digits,
	// dots and dashes, for it becomes a part of URNs. "concord" if empty.
	Packager  string
	Provider  string // the packager if empty
	Copyright string // the packager if empty
	Locale    string // "en" if empty
	// Version is that of the library. CISO Assistant replaces a library only by a
	// higher one. If it is zero it is the day of the newest decision, such as
	// 20261122, or 1 where nothing is decided.
	Version int
	// Source and Target name the libraries of the frameworks.
	Source, Target URNs
	// Unrelated writes rows without relationship too, which CISO Assistant ignores.
	Unrelated bool
}

// URNs name a framework in CISO Assistant. What is empty follows from the
// framework's URN, and that from the framework's name and edition: the URN of
// the library that comes with CISO Assistant where that is known, else one of
// the packager's.
type URNs struct {
	Library   string // "urn:intuitem:risk:library:nist-csf-2.0"
	Framework string // "urn:intuitem:risk:framework:nist-csf-2.0"
	Nodes     string // "urn:intuitem:risk:req_node:nist-csf-2.0", without the id
}

// Held lists the fields that the zero Options keep.
func Held() []exchange.Field { return Options{}.Held() }

// Held lists the fields that these options keep. Of several rows of one pair
// CISO Assistant uses one, so the first alone is written; a row needs a
// relation. Statements are left to the libraries of the frameworks.
func (o Options) Held() []exchange.Field {
	held := []exchange.Field{
		exchange.FieldTitle, exchange.FieldTool, exchange.FieldRun, exchange.FieldMade, exchange.FieldDraft,
		exchange.FieldFrameworks, exchange.FieldDigests, exchange.FieldOrigins, exchange.FieldTitles,
		exchange.FieldRationaleType, exchange.FieldRationale, exchange.FieldQuotes, exchange.FieldStrength, exchange.FieldStrengthBasis,
		exchange.FieldConfidence, exchange.FieldProbability, exchange.FieldOrigin, exchange.FieldModel, exchange.FieldConvention,
		exchange.FieldFocus, exchange.FieldBasis, exchange.FieldFlags, exchange.FieldProposal, exchange.FieldProposalHash, exchange.FieldHashes,
		exchange.FieldState, exchange.FieldReviewer, exchange.FieldDecided, exchange.FieldComment, exchange.FieldGroup, exchange.FieldFulfilled,
	}
	if o.Unrelated {
		held = append(held, exchange.FieldUnrelated)
	}
	return held
}

var setKey = regexp.MustCompile(`(?m)(?:^|[{,])\s*["']?requirement_mapping_sets?["']?\s*:`)

// Is reports whether data look like a library with a mapping set.
func Is(data []byte) bool {
	return setKey.Match(data) && bytes.Contains(data, []byte("source_framework_urn"))
}

// library is the file, in the order in which CISO Assistant writes it.
type library struct {
	URN          text    `yaml:"urn"`
	Locale       text    `yaml:"locale"`
	RefID        text    `yaml:"ref_id"`
	Name         text    `yaml:"name"`
	Description  text    `yaml:"description"`
	Copyright    text    `yaml:"copyright"`
	Version      int     `yaml:"version"`
	Published    date    `yaml:"publication_date,omitempty"`
	Provider     text    `yaml:"provider"`
	Packager     text    `yaml:"packager"`
	Dependencies []text  `yaml:"dependencies"`
	Objects      objects `yaml:"objects"`
}

type objects struct {
	Sets []set `yaml:"requirement_mapping_sets"`
}

type set struct {
	URN         text      `yaml:"urn"`
	RefID       text      `yaml:"ref_id"`
	Name        text      `yaml:"name"`
	Description text      `yaml:"description"`
	Source      text      `yaml:"source_framework_urn"`
	Target      text      `yaml:"target_framework_urn"`
	Mappings    []mapping `yaml:"requirement_mappings"`
}

type mapping struct {
	Source     text `yaml:"source_requirement_urn"`
	Target     text `yaml:"target_requirement_urn"`
	Relation   text `yaml:"relationship"`
	Rationale  text `yaml:"rationale,omitempty"` // the type of it
	Strength   any  `yaml:"strength_of_relationship,omitempty"`
	Annotation text `yaml:"annotation,omitempty"`
}

// A wording is CISO Assistant's word for a relation.
type wording struct {
	word     string
	relation crosswalk.Relation
}

func wordings() []wording {
	return []wording{
		{"equal", crosswalk.Equal}, {"subset", crosswalk.SubsetOf}, {"superset", crosswalk.SupersetOf},
		{"intersect", crosswalk.IntersectsWith}, {"not_related", crosswalk.NoRelationship},
	}
}

func wordFor(r crosswalk.Relation) string {
	for _, w := range wordings() {
		if w.relation == r {
			return w.word
		}
	}
	return ""
}

// parseWord returns the relation of a word, in whatever case and with whatever
// stands between its parts.
func parseWord(s string) (crosswalk.Relation, error) {
	s = strings.TrimSpace(s)
	for _, w := range wordings() {
		if strings.EqualFold(strings.NewReplacer(" ", "_", "-", "_").Replace(s), w.word) {
			return w.relation, nil
		}
	}
	return "", fmt.Errorf("relationship %q: want equal, subset, superset, intersect or not_related", s)
}
