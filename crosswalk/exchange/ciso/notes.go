package ciso

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A note is a line such as "Reviewer: ada"; the further lines of its value are
// indented by two spaces.
type note struct{ label, value string }

// notes are what an annotation says beside its first line.
type notes []note

// add adds a note unless there is nothing to say.
func (n *notes) add(label, value string) {
	if value != "" {
		*n = append(*n, note{label, value})
	}
}

func (n *notes) number(label string, x *float64) {
	if x != nil {
		n.add(label, strconv.FormatFloat(*x, 'g', -1, 64))
	}
}

func (n *notes) time(label string, t time.Time) {
	if !t.IsZero() {
		n.add(label, t.UTC().Format(time.RFC3339))
	}
}

// text returns the first line and the notes below it.
func (n notes) text(first string) string {
	var b strings.Builder
	b.WriteString(strings.Join(strings.Fields(first), " "))
	for _, note := range n {
		b.WriteString("\n" + note.label + ": " + strings.ReplaceAll(note.value, "\n", "\n  "))
	}
	return b.String()
}

// parseNotes returns the notes below the first line of a text, and the lines
// that are none.
func parseNotes(text string) (n notes, rest []string) {
	lines := strings.Split(text, "\n")[1:]
	for _, line := range lines {
		more, indented := strings.CutPrefix(line, "  ")
		label, value, labelled := strings.Cut(line, ": ")
		switch {
		case indented && len(n) > 0 && len(rest) == 0:
			n[len(n)-1].value += "\n" + more
		case labelled:
			n = append(n, note{label, value})
		default:
			rest = append(rest, line)
		}
	}
	return n, rest
}

// get returns the value of the first note of a label.
func (n notes) get(label string) string {
	for _, note := range n {
		if note.label == label {
			return note.value
		}
	}
	return ""
}

const draftNote = "draft, no person has decided on this row"

// annotate says of a row what the format has no field for.
func annotate(r exchange.Row) string {
	var n notes
	n.add("Review", string(r.State))
	if r.State == exchange.Draft {
		n.add("Review", draftNote)
	}
	n.add("Rationale", r.Rationale)
	for _, q := range r.Quotes {
		n.add(quoteLabel(q.Side), `"`+q.Text+`"`)
	}
	n.add("Comment", r.Comment)
	n.add("Reviewer", r.Reviewer)
	n.time("Decided", r.Decided)
	n.add("Group", r.Group)
	n.add("Fulfilled by", r.Fulfilled)
	n.add("Strength basis", r.StrengthBasis)
	n.number("Confidence", r.Confidence)
	n.number("Probability", r.Probability)
	for _, f := range r.Flags {
		n.add("Flag", f)
	}
	n.add("Focus area", r.Focus)
	n.add("Basis", r.Basis)
	n.add("Origin", string(r.Origin))
	n.add("Model", r.Model)
	n.add("Prompt SHA-256", r.Prompt)
	n.add("Convention", r.Convention)
	n.add("Proposal", r.Proposal)
	n.add("Proposal SHA-256", r.ProposalSHA256)
	n.add("Source", r.Source)
	n.add("Source title", r.SourceTitle)
	n.add("Source SHA-256", r.SourceSHA256)
	n.add("Target", r.Target)
	n.add("Target title", r.TargetTitle)
	n.add("Target SHA-256", r.TargetSHA256)
	return n.text(r.Relation.Sentence(r.Source, r.Target) + ".")
}

func quoteLabel(s crosswalk.Side) string {
	if s == crosswalk.TargetSide {
		return "Target quote"
	}
	return "Source quote"
}

// apply sets the fields that the notes tell. Other notes and lines, which
// somebody wrote in the tool, go to the comment.
func (n notes) apply(r *exchange.Row, rest []string) error {
	plain := map[string]*string{
		"Rationale": &r.Rationale, "Comment": &r.Comment, "Reviewer": &r.Reviewer, "Group": &r.Group, "Fulfilled by": &r.Fulfilled,
		"Strength basis": &r.StrengthBasis, "Focus area": &r.Focus, "Basis": &r.Basis, "Model": &r.Model, "Prompt SHA-256": &r.Prompt,
		"Convention": &r.Convention, "Proposal": &r.Proposal, "Proposal SHA-256": &r.ProposalSHA256, "Source": &r.Source, "Source title": &r.SourceTitle,
		"Source SHA-256": &r.SourceSHA256, "Target": &r.Target, "Target title": &r.TargetTitle, "Target SHA-256": &r.TargetSHA256,
	}
	var others []string
	for _, note := range n {
		var err error
		switch field, isPlain := plain[note.label]; {
		case isPlain:
			*field = note.value
		case note.label == "Review":
			if note.value != draftNote {
				r.State = exchange.State(note.value)
			}
		case note.label == "Origin":
			r.Origin = crosswalk.Origin(note.value)
		case note.label == "Flag":
			r.Flags = append(r.Flags, note.value)
		case note.label == "Source quote":
			r.Quotes = append(r.Quotes, quote(crosswalk.SourceSide, note.value))
		case note.label == "Target quote":
			r.Quotes = append(r.Quotes, quote(crosswalk.TargetSide, note.value))
		case note.label == "Decided":
			r.Decided, err = parseTime(note.value)
		case note.label == "Confidence":
			r.Confidence, err = parseShare(note.value)
		case note.label == "Probability":
			r.Probability, err = parseShare(note.value)
		default:
			others = append(others, note.label+": "+note.value)
		}
		if err != nil {
			return fmt.Errorf("annotation: %s: %w", note.label, err)
		}
	}
	others = append(others, rest...)
	if len(others) > 0 {
		r.Comment = strings.TrimPrefix(r.Comment+"\n"+strings.Join(others, "\n"), "\n")
	}
	return nil
}

func quote(s crosswalk.Side, value string) crosswalk.Quote {
	return crosswalk.Quote{Side: s, Text: strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)}
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time such as 2026-11-22T09:30:00Z", s)
	}
	return t.UTC(), nil
}

func parseShare(s string) (*float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= 0 && x <= 1) {
		return nil, errors.New(strconv.Quote(s) + " is no number from 0 to 1")
	}
	return &x, nil
}
