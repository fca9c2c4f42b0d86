package review

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"concord/crosswalk"
)

// blind reports whether the reviewer is to decide on a pair without seeing what
// was proposed, or what others decided. Which pairs these are follows from the
// names alone, so a reviewer cannot draw again. Whoever has decided on the pair
// has seen it; a conflict cannot be settled unseen. A reader decides on nothing,
// and sees everything.
func (d *seat) blind(r *row) bool {
	if d.Blind == 0 || d.reads() || r.Proposed == nil || r.Review == crosswalk.Conflict {
		return false
	}
	for _, x := range r.decisions {
		if x.Reviewer == d.Name && x.Action != crosswalk.Skip && x.Action != crosswalk.Undo {
			return false
		}
	}
	sum := sha256.Sum256([]byte(d.Name + "\x00" + r.Proposal))
	return float64(binary.BigEndian.Uint64(sum[:]))/math.MaxUint64 < d.Blind
}
