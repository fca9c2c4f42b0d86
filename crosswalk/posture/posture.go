// Package posture says which outcomes an organisation meets through the controls
// it has.
//
// An outcome follows from a control only through a mapping on which people have
// decided; what nobody has decided on may be shown, and is never more than a
// perhaps. [Follows] and [Together] are the rules. A mapping at a focus-area cell
// says nothing of its subcategory, nor the other way round.
package posture

import (
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
)

// A Run is what was proposed and decided between the framework of the outcomes
// and that of a catalog.
type Run struct {
	ID        string
	Target    *corpus.Framework
	Standings []crosswalk.Standing // see [crosswalk.Current]
	Decisions []crosswalk.Decision // that they come from
}

// A Report is the answer.
type Report struct {
	Title      string    `json:"title,omitempty"`
	Framework  string    `json:"framework"`             // of the outcomes, name@edition
	FocusAreas []string  `json:"focus_areas,omitempty"` // that apply
	Drafts     bool      `json:"drafts"`                // whether drafts are shown
	Catalogs   []Catalog `json:"controls"`              // by name@edition
	Summary    []Count   `json:"summary"`               // by priority; see [Priorities]
	Excluded   int       `json:"excluded"`              // outcomes that the file does not include
	Generic    int       `json:"generic_left_out"`      // cells that only say that standard practices apply
	// Outcomes are in document order, those that are not included among them.
	Outcomes []Outcome `json:"outcomes"`
	// First are the controls not yet in place that an outcome below its target is
	// mapped to, the most useful first.
	First []Step `json:"first"`
}

// A Catalog says what a framework's controls came in by.
type Catalog struct {
	Framework   string `json:"framework"`
	Run         string `json:"run,omitempty"` // empty if there is no draft to it: then nothing follows from it
	Implemented int    `json:"implemented"`
	Partial     int    `json:"partial"`
	Planned     int    `json:"planned"`
	Decided     int    `json:"decided_pairs"`   // of the run, by people
	Undecided   int    `json:"undecided_pairs"` // proposed as mapped, or in dispute
}

// A Count is of the included outcomes of one priority.
type Count struct {
	Priority int `json:"priority"` // 1 to 3; 0 for those that have none
	Met      int `json:"met"`
	Partly   int `json:"partly"`
	Open     int `json:"open"`
	// Unmapped are those of Open for which nobody has decided on a mapping:
	// nothing can follow for them.
	Unmapped int `json:"unmapped"`
	Perhaps  int `json:"perhaps"` // that would be higher if the drafts held
}

// Priorities lists the priorities in the order in which they count; 0 is none.
func Priorities() []int { return []int{1, 2, 3, 0} }

// An Outcome is one row of the framework with what the organisation says of it,
// and what follows.
type Outcome struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind"`
	Title       string            `json:"title,omitempty"` // or the beginning of the statement
	Focus       string            `json:"focus_area,omitempty"`
	Generic     string            `json:"generic,omitempty"`
	Included    bool              `json:"included"`
	Rationale   string            `json:"rationale,omitempty"`
	Priority    int               `json:"priority"`     // 1 to 3; 0 for none
	OwnPriority bool              `json:"own_priority"` // the file's, not the framework's
	Status      orgprofile.Status `json:"status"`       // that follows from the controls
	// Perhaps would follow if the drafts held; empty if that is no more.
	Perhaps orgprofile.Status `json:"perhaps,omitempty"`
	Mapped  bool              `json:"mapped"` // people have decided on a mapping of it
	// Evidence has the mappings of the outcome, those that give most first.
	Evidence []Link `json:"evidence"`
	// Best is the status if all controls that it is mapped to were in place.
	Best    orgprofile.Status `json:"best"`
	Current Claim             `json:"current"` // what the file says
	Target  Claim             `json:"target"`
	Check   *Check            `json:"check,omitempty"` // of Current against Status; nil if they agree or cannot be compared
	// Context is the subcategory of a cell. It does not count for the cell.
	Context *Context `json:"context,omitempty"`
}

// A Claim is a position and the entry of the file that states it.
type Claim struct {
	orgprofile.Position
	Entry string `json:"entry,omitempty"`
	Line  int    `json:"line,omitempty"`
}

// A Context is an outcome that stands above another.
type Context struct {
	ID     string            `json:"id"`
	Status orgprofile.Status `json:"status"`
}

// A Finding says how a claim goes with what follows.
type Finding string

const (
	Understated Finding = "understated" // less is said than follows: a contradiction
	Overstated  Finding = "overstated"  // more is said, and controls that would bear it out are missing: a contradiction
	Unproven    Finding = "unproven"    // more is said than the mappings could ever show: no contradiction
)

// A Check is a finding in words.
type Check struct {
	Finding Finding `json:"finding"`
	Message string  `json:"message"`
}

// Contradiction reports whether the file and the controls say different things.
func (c *Check) Contradiction() bool { return c != nil && c.Finding != Unproven }

// A Link is one mapping of an outcome to a control, and what follows from it.
type Link struct {
	Framework       string                  `json:"framework"`
	Control         string                  `json:"control"`
	Title           string                  `json:"title,omitempty"`
	State           orgprofile.State        `json:"state"` // of the control
	ControlEvidence []string                `json:"control_evidence,omitempty"`
	Run             string                  `json:"run"`
	Proposal        string                  `json:"proposal"`
	Relation        crosswalk.Relation      `json:"relation"` // from the outcome to the control
	RationaleType   crosswalk.RationaleType `json:"rationale_type,omitempty"`
	Strength        *int                    `json:"strength"`    // 0 to 10; null for none
	Probability     *float64                `json:"probability"` // of the proposal, 0 to 1; null for a pair that was entered
	Review          crosswalk.Review        `json:"review"`      // "" for a draft
	Reviewers       []string                `json:"reviewers,omitempty"`
	Decided         *time.Time              `json:"decided,omitempty"`
	// Group is that of the controls that cover the outcome only together, With
	// the others of it; Broken says that not all of it stands any more.
	Group  string   `json:"group,omitempty"`
	With   []string `json:"with,omitempty"`
	Broken bool     `json:"broken,omitempty"`
	// Gives is what follows from the mapping; of a group, from all of it. Of a
	// draft it is what would follow if it held.
	Gives orgprofile.Status `json:"gives"`
	Why   string            `json:"why"` // the rule in words
}

// Draft reports whether nobody has decided on the mapping, or people disagree.
func (l Link) Draft() bool { return l.Review == crosswalk.Undecided || l.Review == crosswalk.Conflict }

// A Step is a control not yet in place and what it would serve.
type Step struct {
	Framework string           `json:"framework"`
	Control   string           `json:"control"`
	Title     string           `json:"title,omitempty"`
	State     orgprofile.State `json:"state"`
	// Counts are of Serves, by priority; see [Priorities].
	Counts []Served  `json:"counts"`
	Serves []Service `json:"serves"`
	// Adds are outcomes below their target that would keep their status, of
	// which the control holds a further part.
	Adds    []Service `json:"adds,omitempty"`
	Perhaps []Service `json:"perhaps,omitempty"` // would be in Serves if the drafts held
}

// Served counts the outcomes of a priority that a control would serve.
type Served struct {
	Priority int `json:"priority"`
	Open     int `json:"open"`
	Partly   int `json:"partly"`
}

// A Service is what a control would do for an outcome.
type Service struct {
	Outcome  string            `json:"outcome"`
	Priority int               `json:"priority"`
	From     orgprofile.Status `json:"from"`
	To       orgprofile.Status `json:"to"`
	With     []string          `json:"with,omitempty"` // controls that must be put in place too
}
