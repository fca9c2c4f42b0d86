// Package crosswalk holds what a mapping between two frameworks means, and the
// pipeline that drafts one: find candidates, ask a judge, remember proposals.
//
// It does not rank, does not judge and does not store. It says what it needs
// from those that do ([Retriever], [Judge], [Ledger]).
package crosswalk

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"concord/corpus"
)

// An Outcome says what became of a pair. The four are never merged: a pair
// nobody looked at is not a pair without relationship, and neither is one for
// which a model gave no usable answer.
type Outcome string

const (
	Mapped    Outcome = "mapped"
	Unrelated Outcome = "no_relationship" // judged, and not related
	NotJudged Outcome = "not_judged"      // below the retrieval cut, or the judge could not tell
	Failed    Outcome = "failed"          // the call or its answer was unusable
)

// An Origin says who made a proposal.
type Origin string

const (
	OriginLocal     Origin = "local"
	OriginLLM       Origin = "llm"
	OriginPrecedent Origin = "precedent"
	OriginImport    Origin = "import"
	OriginDerived   Origin = "derived"
)

// A Side names one of the two elements of a pair.
type Side string

const (
	SourceSide Side = "source"
	TargetSide Side = "target"
)

// A Quote is a verified span of the stored text of one side. Start and End are
// byte offsets into [Judged] of that element; Text is that span, verbatim.
type Quote struct {
	Side  Side   `json:"side"`
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// A Verdict is what a judge says of one pair. Probability is the judge's own
// belief, 0 to 1, that an expert would list the pair.
type Verdict struct {
	Target        string // id of the candidate
	Outcome       Outcome
	Relation      Relation
	RationaleType RationaleType
	Strength      int    // 0 to 10, or -1 for none
	StrengthBasis string // how the strength came about
	Rationale     string
	Quotes        []Quote
	Probability   float64  // raw
	Calibrated    float64  // 0 to 1, after calibration; the raw one where there is none
	Calibration   string   // what calibrated it; empty for nothing
	Agreement     *float64 // share of the answers on this pair that bear the relation out, 0 to 1; nil if there was one only
	Flags         []string
	Origin        Origin
	Model, Prompt string // of an LLM judge: model names and hash of the prompt templates
	Convention    string // of an LLM judge: whose use of the relations it followed
}

// A Proposal is what the engine says of one pair. It never changes; a decision
// refers to it.
type Proposal struct {
	ID            string        `json:"id"`
	Run           string        `json:"run"`
	Source        corpus.Ref    `json:"source"`
	Target        corpus.Ref    `json:"target"`
	SourceSHA256  string        `json:"source_sha256"` // of the text that was judged
	TargetSHA256  string        `json:"target_sha256"`
	Outcome       Outcome       `json:"outcome"`
	Relation      Relation      `json:"relation,omitempty"`
	RationaleType RationaleType `json:"rationale_type,omitempty"`
	Strength      *int          `json:"strength,omitempty"`
	StrengthBasis string        `json:"strength_basis,omitempty"`
	Rationale     string        `json:"rationale,omitempty"`
	Quotes        []Quote       `json:"quotes,omitempty"`
	Confidence    float64       `json:"confidence"`             // raw, 0 to 1
	Probability   float64       `json:"calibrated_probability"` // 0 to 1
	Calibration   string        `json:"calibration,omitempty"`
	Agreement     *float64      `json:"agreement,omitempty"` // of the answers on this pair, 0 to 1, if there were several
	Rank          int           `json:"rank"`                // of the target among all candidates, from 1
	Score         float64       `json:"retrieval_score"`
	Evidence      []Evidence    `json:"evidence,omitempty"`
	Origin        Origin        `json:"origin"`
	Basis         string        `json:"basis,omitempty"` // "generic" where the subcategory stood in for the cell
	Focus         string        `json:"focus_area,omitempty"`
	Priority      int           `json:"priority,omitempty"`
	Flags         []string      `json:"flags,omitempty"` // why a person should look, such as "quote not found"
	Model         string        `json:"model,omitempty"`
	Prompt        string        `json:"prompt_sha256,omitempty"`
	Convention    string        `json:"convention,omitempty"` // whose use of the relations a model followed
}

// An Evidence is a published mapping of a similar element (a precedent) that
// spoke for a candidate.
type Evidence struct {
	Source     corpus.Ref `json:"source"` // the similar element
	Similarity float64    `json:"similarity"`
	Set        string     `json:"set"` // the label set it was published in
}

// namespace makes the ids of this project UUIDs of version 5 (RFC 9562).
var namespace = uuid.MustParse("6f1c2b0e-6c0e-5d0b-9a53-0d6f3d3f7f1a")

// NewID derives a stable id from the parts of a thing: equal parts, equal id.
func NewID(parts ...string) string {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
		b = append(b, 0)
	}
	return uuid.NewSHA1(namespace, b).String()
}

// ContentID derives the id of a kind of thing from all that it says: the JSON of
// its value, in which its own id has to be empty.
func ContentID(kind string, value any) string {
	b, err := json.Marshal(value)
	if err != nil { // a year outside 0 to 9999, which is refused where things are checked
		b = fmt.Appendf(nil, "%#v", value)
	}
	return NewID(kind, string(b))
}

// ProposalID is stable over runs: it depends on the pair and on how the pair
// was compared, so that one pair may hold one row a rationale type.
func ProposalID(source, target corpus.Ref, t RationaleType) string {
	return NewID("proposal", source.String(), target.String(), string(t))
}
