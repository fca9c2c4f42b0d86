package crosswalk

import "time"

// A Reservation says that a reviewer has a pair open. It steers who is shown what
// and refuses nobody: decisions are made with and without one.
type Reservation struct {
	Proposal string // id of the pair; see [Decision.Proposal]
	Reviewer string
	Left     time.Duration // until it expires, by the clock of whoever keeps it; above 0
}
