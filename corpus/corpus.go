// Package corpus holds what the elements of a framework say and where that was
// read.
//
// A [Framework] is one edition of one document. Its [Element] values are the
// rows of that document: functions, categories, subcategories, controls,
// control enhancements, requirements, mitigations, techniques, focus-area
// cells. A [Ref] names one of them.
//
// The package knows nothing of files, vectors or relations. The packages below
// it each read one foreign format into a Framework.
package corpus

import "fmt"

// A Ref names one element in one edition of one framework, such as
// {"csf", "2.0", "GV.OC-01"}. It is comparable and safe as a map key. The zero
// Ref names nothing.
type Ref struct {
	Framework string `json:"framework"`
	Edition   string `json:"edition"`
	ID        string `json:"id"`
}

// String returns "csf@2.0:GV.OC-01".
func (r Ref) String() string { return fmt.Sprintf("%s@%s:%s", r.Framework, r.Edition, r.ID) }

// Kinds of elements that the readers produce. Other kinds may appear, as a
// publisher names them.
const (
	KindFunction     = "function"
	KindCategory     = "category"
	KindSubcategory  = "subcategory"
	KindFamily       = "family"
	KindControl      = "control"
	KindEnhancement  = "enhancement"
	KindRequirement  = "requirement"
	KindFocusArea    = "focus_area"
	KindCell         = "cell"
	KindTactic       = "tactic"
	KindTechnique    = "technique"
	KindSubtechnique = "subtechnique"
	KindMitigation   = "mitigation"
	KindPractice     = "practice"
	KindTask         = "task"
)

// containers are the kinds that order a document rather than ask for
// something; nobody maps to "Access Control" as a family.
var containers = map[string]bool{
	KindFunction: true, KindCategory: true, KindFamily: true, KindFocusArea: true,
	KindTactic: true, KindPractice: true,
	"group": true, "chapter": true, "section": true, "case_study": true, "example": true,
}

// IsContainer reports whether elements of this kind only order a document.
func IsContainer(kind string) bool { return containers[kind] }

// An Element is one row of a framework.
type Element struct {
	ID      string `json:"id"`                // canonical, see NormalizeID
	Printed string `json:"printed,omitempty"` // the publisher's spelling, where it differs
	Kind    string `json:"kind"`
	Parent  string `json:"parent,omitempty"` // canonical id of the element above
	Title   string `json:"title,omitempty"`
	Text    string `json:"text,omitempty"`     // the statement: what is required or claimed
	Guide   string `json:"guidance,omitempty"` // discussion, examples, general considerations

	Related   []string `json:"related,omitempty"` // ids in this framework that the publisher calls related
	Withdrawn bool     `json:"withdrawn,omitempty"`
	Replaced  []string `json:"replaced,omitempty"` // where a withdrawn element went

	// Focus and Priority are set on the focus-area cells of a profile:
	// "secure", "defend" or "thwart", and 1 (high) to 3 (foundational).
	Focus    string `json:"focus,omitempty"`
	Priority int    `json:"priority,omitempty"`
	// Generic says why a cell has nothing of its own to map, or is empty.
	Generic string `json:"generic,omitempty"`
}

// A Reference is a cross-reference that a publisher prints beside an element.
// It is an answer to the question this project asks, so it is kept apart from
// the elements and never reaches text that is embedded or prompted.
type Reference struct {
	Element string `json:"element"`
	Column  string `json:"column,omitempty"` // where in the row it was printed
	Scheme  string `json:"scheme"`           // the framework it points into
	ID      string `json:"id,omitempty"`     // empty if a whole document is meant
	Printed string `json:"printed"`
}
