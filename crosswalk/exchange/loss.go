package exchange

import (
	"reflect"
	"slices"
	"time"
)

// A Field is one that formats may or may not hold.
type Field string

const (
	FieldTitle      Field = "title" // of the crosswalk
	FieldTool       Field = "tool"  // and its version
	FieldRun        Field = "run"
	FieldMade       Field = "made"       // when
	FieldDraft      Field = "draft"      // that it is one
	FieldFrameworks Field = "frameworks" // title and edition of both
	FieldDigests    Field = "digests"    // of both frameworks
	FieldOrigins    Field = "origins"    // of both frameworks: where they were read
	FieldSourceGaps Field = "source gaps"
	FieldTargetGaps Field = "target gaps"
	FieldGapTitles  Field = "titles of gaps"
	FieldGapJudged  Field = "judged gaps" // that somebody looked

	FieldTitles        Field = "titles" // of the elements of a row
	FieldTexts         Field = "texts"
	FieldUntyped       Field = "untyped rows"   // with no relation
	FieldUnrelated     Field = "unrelated rows" // with no_relationship
	FieldRationaleType Field = "rationale type"
	FieldSeveral       Field = "several rationale" // types of one pair
	FieldRationale     Field = "rationale"
	FieldQuotes        Field = "quotes"
	FieldStrength      Field = "strength"
	FieldStrengthBasis Field = "strength basis"
	FieldConfidence    Field = "confidence"
	FieldProbability   Field = "probability"
	FieldOrigin        Field = "origin"
	FieldModel         Field = "model" // and prompt
	FieldConvention    Field = "convention"
	FieldFocus         Field = "focus area"
	FieldBasis         Field = "basis"
	FieldFlags         Field = "flags"
	FieldProposal      Field = "proposal id"
	FieldProposalHash  Field = "proposal hash"
	FieldHashes        Field = "text hashes"
	FieldState         Field = "review state"
	FieldReviewer      Field = "reviewer"
	FieldDecided       Field = "decided" // when
	FieldComment       Field = "comment"
	FieldGroup         Field = "group"
	FieldFulfilled     Field = "fulfilled by"
)

// Fields lists all fields in the order in which losses are reported.
func Fields() []Field {
	return []Field{
		FieldTitle, FieldTool, FieldRun, FieldMade, FieldDraft, FieldFrameworks, FieldDigests, FieldOrigins,
		FieldSourceGaps, FieldTargetGaps, FieldGapTitles, FieldGapJudged,
		FieldTitles, FieldTexts, FieldUntyped, FieldUnrelated, FieldRationaleType, FieldSeveral, FieldRationale, FieldQuotes,
		FieldStrength, FieldStrengthBasis, FieldConfidence, FieldProbability, FieldOrigin, FieldModel, FieldConvention,
		FieldFocus, FieldBasis, FieldFlags, FieldProposal, FieldProposalHash, FieldHashes, FieldState, FieldReviewer, FieldDecided,
		FieldComment, FieldGroup, FieldFulfilled,
	}
}

// A Loss is a field that a format cannot hold, and how many rows, gaps or
// headings have it.
type Loss struct {
	Field Field `json:"field"`
	Count int   `json:"count"`
}

// Lost returns what of a crosswalk is lost in a format that holds only some
// fields, in the order of [Fields].
func Lost(c *Crosswalk, held []Field) []Loss {
	var out []Loss
	for _, f := range Fields() {
		if n := c.count(f); n > 0 && !slices.Contains(held, f) {
			out = append(out, Loss{f, n})
		}
	}
	return out
}

// Holding returns the crosswalk with the held fields alone: what is to come back
// when it is written and read again. Rows that a format cannot hold at all are
// left out; of several rows of one pair the first stays where a format holds one.
func Holding(c *Crosswalk, held []Field) *Crosswalk {
	out := *c
	out.Rows, out.Gaps = slices.Clone(c.Rows), slices.Clone(c.Gaps)
	for _, f := range Fields() {
		if !slices.Contains(held, f) {
			out.drop(f)
		}
	}
	return &out
}

// fields of a row by the field that stands for them.
var rowFields = map[Field][]string{
	FieldTitles: {"SourceTitle", "TargetTitle"}, FieldTexts: {"SourceText", "TargetText"},
	FieldRationaleType: {"RationaleType"}, FieldRationale: {"Rationale"}, FieldQuotes: {"Quotes"},
	FieldStrength: {"Strength"}, FieldStrengthBasis: {"StrengthBasis"}, FieldConfidence: {"Confidence"}, FieldProbability: {"Probability"},
	FieldOrigin: {"Origin"}, FieldModel: {"Model", "Prompt"}, FieldConvention: {"Convention"}, FieldFocus: {"Focus"}, FieldBasis: {"Basis"},
	FieldFlags: {"Flags"}, FieldProposal: {"Proposal"}, FieldProposalHash: {"ProposalSHA256"}, FieldHashes: {"SourceSHA256", "TargetSHA256"}, FieldState: {"State"},
	FieldReviewer: {"Reviewer"}, FieldDecided: {"Decided"}, FieldComment: {"Comment"}, FieldGroup: {"Group"}, FieldFulfilled: {"Fulfilled"},
}

func (c *Crosswalk) count(f Field) int {
	one := func(has bool) int {
		if has {
			return 1
		}
		return 0
	}
	n := 0
	switch f {
	case FieldTitle:
		return one(c.Title != "")
	case FieldTool:
		return one(c.Tool != "" || c.Version != "")
	case FieldRun:
		return one(c.Run != "")
	case FieldMade:
		return one(!c.Made.IsZero())
	case FieldDraft:
		return one(c.Draft)
	case FieldFrameworks:
		return one(c.Source.Title+c.Target.Title+c.Source.Edition+c.Target.Edition != "")
	case FieldDigests:
		return one(c.Source.Digest != "") + one(c.Target.Digest != "")
	case FieldOrigins:
		return one(c.Source.Origin != "") + one(c.Target.Origin != "")
	case FieldSourceGaps, FieldTargetGaps, FieldGapTitles, FieldGapJudged:
		for _, g := range c.Gaps {
			n += one(g.is(f))
		}
		return n
	}
	seen := map[[2]string]bool{}
	for _, r := range c.Rows {
		pair := [2]string{r.Source, r.Target}
		switch f {
		case FieldUntyped:
			n += one(r.Relation == "")
		case FieldUnrelated:
			n += one(r.unrelated())
		case FieldSeveral:
			n += one(seen[pair])
		default:
			v := reflect.ValueOf(r)
			n += one(slices.ContainsFunc(rowFields[f], func(name string) bool { return !v.FieldByName(name).IsZero() }))
		}
		seen[pair] = true
	}
	return n
}

func (r Row) unrelated() bool { return r.Relation == "no_relationship" }

func (g Gap) is(f Field) bool {
	switch f {
	case FieldSourceGaps:
		return g.Side == "source"
	case FieldTargetGaps:
		return g.Side == "target"
	case FieldGapTitles:
		return g.Title != ""
	}
	return g.Judged
}

func (c *Crosswalk) drop(f Field) {
	switch f {
	case FieldTitle:
		c.Title = ""
	case FieldTool:
		c.Tool, c.Version = "", ""
	case FieldRun:
		c.Run = ""
	case FieldMade:
		c.Made = time.Time{}
	case FieldDraft:
		c.Draft = false
	case FieldFrameworks:
		c.Source.Title, c.Target.Title, c.Source.Edition, c.Target.Edition = "", "", "", ""
	case FieldDigests:
		c.Source.Digest, c.Target.Digest = "", ""
	case FieldOrigins:
		c.Source.Origin, c.Target.Origin = "", ""
	case FieldSourceGaps, FieldTargetGaps:
		c.Gaps = slices.DeleteFunc(c.Gaps, func(g Gap) bool { return g.is(f) })
	case FieldGapTitles:
		for i := range c.Gaps {
			c.Gaps[i].Title = ""
		}
	case FieldGapJudged:
		for i := range c.Gaps {
			c.Gaps[i].Judged = false
		}
	case FieldUntyped:
		c.Rows = slices.DeleteFunc(c.Rows, func(r Row) bool { return r.Relation == "" })
	case FieldUnrelated:
		c.Rows = slices.DeleteFunc(c.Rows, Row.unrelated)
	case FieldSeveral:
		seen := map[[2]string]bool{}
		c.Rows = slices.DeleteFunc(c.Rows, func(r Row) bool {
			pair := [2]string{r.Source, r.Target}
			twice := seen[pair]
			seen[pair] = true
			return twice
		})
	default:
		for i := range c.Rows {
			v := reflect.ValueOf(&c.Rows[i]).Elem()
			for _, name := range rowFields[f] {
				v.FieldByName(name).SetZero()
			}
		}
	}
}
