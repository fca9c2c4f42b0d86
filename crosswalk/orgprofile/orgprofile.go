// Package orgprofile reads what an organisation says of itself: which outcomes
// of a Community Profile it takes up, how far it has come with each, and which
// controls it has in place.
//
// [Read] reads the file, [Profile.Bind] holds its ids against the frameworks, and
// [Bound.Stance] says what holds for one outcome. The fields are those of the
// CSF 2.0 Organizational Profile (NIST SP 1301). What follows from the controls
// is not this package's to say.
package orgprofile

import (
	"fmt"
	"slices"
	"strings"
)

// A Status says how far an outcome is achieved.
type Status string

const (
	Open   Status = "open"
	Partly Status = "partly"
	Met    Status = "met"
)

// Statuses lists the statuses, the lowest first.
func Statuses() []Status { return []Status{Open, Partly, Met} }

// Less reports whether s is lower than t. What is no status is lower than all.
func (s Status) Less(t Status) bool {
	return slices.Index(Statuses(), s) < slices.Index(Statuses(), t)
}

// A State says how far a control is in place.
type State string

const (
	Absent      State = "absent" // the file does not list the control
	Planned     State = "planned"
	Partial     State = "partial"
	Implemented State = "implemented"
)

// States lists the states that a file may say, the least first.
func States() []State { return []State{Planned, Partial, Implemented} }

// A Profile is a file as it was read. Its ids are as they were written.
type Profile struct {
	Title      string
	Framework  Text   // whose outcomes they are, a name or name@edition; empty if the file does not say
	FocusAreas []Text // that apply; none for all
	Outcomes   []Entry
	Catalogs   []Catalog
}

// A Text is a word of the file with the line that it stands on.
type Text struct {
	Value string
	Line  int // from 1; 0 if it is not there
}

// An Entry is what the file says under one id: of an element and of everything
// below it.
type Entry struct {
	ID        Text
	Included  *bool // nil if it does not say
	Rationale string
	Priority  int       // 1 to 3; 0 if it does not say
	Current   *Position // nil if it does not say
	Target    *Position
}

// A Position is where the organisation stands, or wants to.
type Position struct {
	Status    Status   `json:"status,omitempty"` // empty if it is not said
	Policies  []string `json:"policies,omitempty"`
	Practices []string `json:"practices,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Evidence  []string `json:"evidence,omitempty"`
}

// A Catalog lists controls of one framework.
type Catalog struct {
	Framework Text // a name or name@edition
	Controls  []Control
}

// A Control is one that the organisation has, or is to have.
type Control struct {
	ID       Text
	State    State
	Evidence []string
}

// A Fault is one thing that is wrong with a file.
type Fault struct {
	Line    int // from 1; 0 for the file as a whole
	Message string
}

// Faults are all that is wrong with a file, by line.
type Faults []Fault

// most is how many faults are looked for: who has made more has made one over
// and over.
const most = 50

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "; ")
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Message)
}

// add notes a fault, unless there are enough.
func (f *Faults) add(line int, format string, args ...any) {
	if !f.full() {
		*f = append(*f, Fault{line, fmt.Sprintf(format, args...)})
	}
}

func (f Faults) full() bool { return len(f) >= most }

// err returns the faults by line, nil if there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return a.Line - b.Line })
	return f
}
