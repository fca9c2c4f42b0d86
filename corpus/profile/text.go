package profile

import (
	"regexp"
	"strings"

	"concord/corpus/internal/foreign"
)

var (
	// standard is the sentence that says a cell adds nothing, in the spellings
	// that were printed, with the marker of the reason that may follow it.
	standard = regexp.MustCompile(`(?im)(^|[.!?]\s+)standard\s+cybersecurity\s+(?:practices|patches)\s+apply(?:\.|$)\s*(?:\(rationale\)\s*)?`)

	// pointer is a text that only sends the reader to another column.
	pointer = regexp.MustCompile(`(?i)^see (?:the )?(?:general|secure|defend|thwart)(?: focus area)?(?: considerations)?(?: for additional guidance)?\.?$`)

	// nothing stands where there are no general considerations.
	nothing = regexp.MustCompile(`(?i)^no general considerations identified\b[^.]*\.?$`)

	// pending stands where references are yet to come.
	pending = regexp.MustCompile(`(?i)\breferences pending\b`)
)

// own returns what a printed text says of its own, and whether it also said
// that standard practices apply.
func own(printed string) (text string, isStandard bool) {
	text = foreign.Prose(printed)
	isStandard = standard.MatchString(text)
	text = strings.TrimSpace(standard.ReplaceAllString(text, "$1"))
	if nothing.MatchString(text) {
		return "", isStandard
	}
	return text, isStandard
}

// Own returns what a cell says of its own: its considerations and, after a line
// break, its sample opportunities, both as printed. If there is nothing to map
// in them, the text is empty and generic says how that was decided.
func Own(considerations, opportunities string) (text, generic string) {
	text, isStandard := own(considerations)
	more, alsoStandard := own(opportunities)
	text = strings.TrimSpace(text + "\n" + more)
	reason := "no considerations"
	if isStandard || alsoStandard {
		reason = "standard practices apply"
	}
	switch {
	case text == "":
		return "", reason
	case pointer.MatchString(text):
		return "", reason + ", pointer only"
	}
	return text, ""
}
