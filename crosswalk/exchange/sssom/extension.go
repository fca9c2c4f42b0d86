package sssom

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A field is one of T that SSSOM has no slot for. It goes into the extension slot
// ext_<name>, whose property is concord:<name>.
type field[T any] struct {
	name, hint string
	get        func(*T) string // "" for nothing
	set        func(*T, string) error
}

func (f field[T]) slot() string { return "ext_" + f.name }

func (f field[T]) extension() extension {
	return extension{f.slot(), "concord:" + f.name, f.hint}
}

// rowFields are those of rows.
var rowFields = []field[exchange.Row]{
	words("basis", func(r *exchange.Row) *string { return &r.Basis }),
	moment("decided", func(r *exchange.Row) *time.Time { return &r.Decided }),
	list("flags", func(r *exchange.Row) *[]string { return &r.Flags }),
	words("focus", func(r *exchange.Row) *string { return &r.Focus }),
	words("fulfilled", func(r *exchange.Row) *string { return &r.Fulfilled }),
	words("group", func(r *exchange.Row) *string { return &r.Group }),
	words("model", func(r *exchange.Row) *string { return &r.Model }),
	words("object_sha256", func(r *exchange.Row) *string { return &r.TargetSHA256 }),
	words("object_text", func(r *exchange.Row) *string { return &r.TargetText }),
	words("origin", func(r *exchange.Row) *crosswalk.Origin { return &r.Origin }),
	decimal("probability", func(r *exchange.Row) **float64 { return &r.Probability }),
	words("prompt_sha256", func(r *exchange.Row) *string { return &r.Prompt }),
	words("proposal", func(r *exchange.Row) *string { return &r.Proposal }),
	words("proposal_sha256", func(r *exchange.Row) *string { return &r.ProposalSHA256 }),
	{"quotes", "xsd:string", formatQuotes, readQuotes},
	{"rationale_type", "xsd:string", func(r *exchange.Row) string { return string(r.RationaleType) }, readRationaleType},
	decimal("raw_confidence", func(r *exchange.Row) **float64 { return &r.Confidence }),
	words("review_comment", func(r *exchange.Row) *string { return &r.Comment }),
	words("review_state", func(r *exchange.Row) *exchange.State { return &r.State }),
	{"strength", "xsd:integer", formatStrength, readStrength},
	words("strength_basis", func(r *exchange.Row) *string { return &r.StrengthBasis }),
	words("subject_sha256", func(r *exchange.Row) *string { return &r.SourceSHA256 }),
	words("subject_text", func(r *exchange.Row) *string { return &r.SourceText }),
}

// setFields are those of the crosswalk.
var setFields = []field[exchange.Crosswalk]{
	truth("draft", func(c *exchange.Crosswalk) *bool { return &c.Draft }),
	moment("made", func(c *exchange.Crosswalk) *time.Time { return &c.Made }),
	words("object_digest", func(c *exchange.Crosswalk) *string { return &c.Target.Digest }),
	words("object_origin", func(c *exchange.Crosswalk) *string { return &c.Target.Origin }),
	words("object_title", func(c *exchange.Crosswalk) *string { return &c.Target.Title }),
	words("run", func(c *exchange.Crosswalk) *string { return &c.Run }),
	words("subject_digest", func(c *exchange.Crosswalk) *string { return &c.Source.Digest }),
	words("subject_origin", func(c *exchange.Crosswalk) *string { return &c.Source.Origin }),
	words("subject_title", func(c *exchange.Crosswalk) *string { return &c.Source.Title }),
}

// judged is the one of gaps: false where nobody looked.
var judged = field[exchange.Gap]{"judged", "xsd:boolean",
	func(g *exchange.Gap) string {
		if g.Judged {
			return ""
		}
		return "false"
	},
	func(g *exchange.Gap, s string) (err error) { g.Judged, err = strconv.ParseBool(s); return err },
}

func words[T any, S ~string](name string, at func(*T) *S) field[T] {
	return field[T]{name, "xsd:string",
		func(t *T) string { return string(*at(t)) },
		func(t *T, s string) error { *at(t) = S(s); return nil }}
}

func truth[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name, "xsd:boolean",
		func(t *T) string {
			if *at(t) {
				return "true"
			}
			return ""
		},
		func(t *T, s string) (err error) { *at(t), err = strconv.ParseBool(s); return err }}
}

// moment holds a time to the second.
func moment[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{name, "xsd:dateTime",
		func(t *T) string {
			if at(t).IsZero() {
				return ""
			}
			return at(t).UTC().Format(time.RFC3339)
		},
		func(t *T, s string) error {
			when, err := time.Parse(time.RFC3339, s)
			*at(t) = when.UTC()
			return err
		}}
}

// decimal holds a number in full.
func decimal[T any](name string, at func(*T) **float64) field[T] {
	return field[T]{name, "xsd:double",
		func(t *T) string {
			if *at(t) == nil {
				return ""
			}
			return strconv.FormatFloat(**at(t), 'f', -1, 64)
		},
		func(t *T, s string) error {
			f, err := parseNumber(s)
			*at(t) = &f
			return err
		}}
}

// list holds texts apart by pipes, as slots of SSSOM with several values do.
func list[T any](name string, at func(*T) *[]string) field[T] {
	return field[T]{name, "xsd:string",
		func(t *T) string { return join(*at(t)) },
		func(t *T, s string) error { *at(t) = unjoin(s); return nil }}
}

// formatQuotes writes "source: words|target: words".
func formatQuotes(r *exchange.Row) string {
	out := make([]string, len(r.Quotes))
	for i, q := range r.Quotes {
		out[i] = string(q.Side) + ": " + q.Text
	}
	return join(out)
}

func readQuotes(r *exchange.Row, s string) error {
	for _, quote := range unjoin(s) {
		side, words, ok := strings.Cut(quote, ": ")
		if ok = ok && (side == string(crosswalk.SourceSide) || side == string(crosswalk.TargetSide)); !ok {
			return fmt.Errorf("the quote %q does not begin with the side it is of, %q or %q", quote, "source: ", "target: ")
		}
		r.Quotes = append(r.Quotes, crosswalk.Quote{Side: crosswalk.Side(side), Text: words})
	}
	return nil
}

func readRationaleType(r *exchange.Row, s string) (err error) {
	r.RationaleType, err = crosswalk.ParseRationaleType(s)
	return err
}

func formatStrength(r *exchange.Row) string {
	if r.Strength == nil {
		return ""
	}
	return strconv.Itoa(*r.Strength)
}

func readStrength(r *exchange.Row, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fmt.Errorf("%q is not an integer", s)
	}
	r.Strength = &n
	return nil
}
