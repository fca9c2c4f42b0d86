package oscal

import (
	"regexp"
	"strings"

	"concord/corpus"
	"concord/crosswalk/exchange"
)

var (
	// token is the datatype of OSCAL for names and ids of controls.
	token   = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}.\-_]*$`)
	control = regexp.MustCompile(`^([A-Z]{2}-\d+)(?:\((\d+)\))?$`)
	glob    = regexp.MustCompile(`[*?\[\]]`)
	literal = regexp.MustCompile(`\[([*?\[\]])\]`)
)

// idRef returns the id that the OSCAL catalog of a framework has for an element:
// AC-2(3) of SP 800-53 is ac-2.3 there. Other frameworks keep their spelling.
func idRef(f exchange.Framework, id string) string {
	if f.Name != "sp800-53" {
		return id
	}
	m := control.FindStringSubmatch(id)
	if m == nil {
		return id
	}
	ref := strings.ToLower(m[1])
	if m[2] != "" {
		ref += "." + m[2]
	}
	return ref
}

// idOf returns the id that the corpus has for one in an OSCAL document.
func idOf(f exchange.Framework, ref string) string {
	return corpus.NormalizeID(f.Name, f.Edition, ref)
}

// itemType says what an id names: a cell of the Cyber AI Profile is a statement
// of its subcategory.
func itemType(id string) string {
	if strings.Contains(id, "#") {
		return "statement"
	}
	return "control"
}

// asPattern returns the glob that matches this id alone, for ids that are no
// tokens; [patternID] returns the id.
func asPattern(id string) string   { return glob.ReplaceAllString(id, "[$0]") }
func patternID(glob string) string { return literal.ReplaceAllString(glob, "$1") }
