package register

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Filling is what somebody puts down for one gap.
type Filling struct {
	Where         string  // a place in a file, for errors; may be empty
	Gap           string  // id
	Side, Element string  // of which the row says it is; empty if it does not say
	Wrong         []error // what its reader found wrong
	// Values are texts by field; fields that are left out stay as they are.
	Values map[Field]string
	// Were are the [Mark] of what the fields held when the file was written; nil
	// if that is not known. A value that is still the same says nothing, and one
	// that both the file and the register have changed is refused.
	Were map[Field]string
}

// Mark returns a short mark of a value: 48 bits of a hash, which guard against
// accidents and not against forgery.
func Mark(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:6])
}

// A FillError lists everything that is wrong with fillings.
type FillError struct{ Faults []string }

// mostFaults is how many an error shows; Faults holds all.
const mostFaults = 10

func (e *FillError) Error() string {
	shown := e.Faults[:min(mostFaults, len(e.Faults))]
	s := fmt.Sprintf("%d of the entries cannot be taken: %s", len(e.Faults), strings.Join(shown, "; "))
	if more := len(e.Faults) - len(shown); more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	return s
}

// Take makes events of what was put down, all of it or nothing: the error is a
// [*FillError] that names the place of every unknown gap, every gap that comes
// twice, every value that its field cannot hold and every field that changed in
// the register since the file was written. Values that say what the register
// says already make no event.
func Take(gaps []Gap, fillings []Filling, by Author) ([]Event, error) {
	at := make(map[string]Gap, len(gaps))
	for _, g := range gaps {
		at[g.ID] = g
	}
	var events []Event
	var faults []string
	first := map[string]string{} // where each gap came first
	for _, f := range fillings {
		fault := func(err error) { faults = append(faults, strings.TrimPrefix(f.Where+": ", ": ")+err.Error()) }
		g, known := at[f.Gap]
		before, twice := first[f.Gap]
		first[f.Gap] = f.Where
		for _, err := range f.Wrong {
			fault(err)
		}
		switch {
		case f.Gap == "" && len(f.Wrong) > 0:
			continue // said
		case !known:
			fault(fmt.Errorf("the register has no gap %.60q", f.Gap))
			continue
		case twice:
			fault(fmt.Errorf("gap %s (%s) stands in %s already: delete one of the two", f.Gap, g.Element, before))
			continue
		case !f.of(g):
			fault(fmt.Errorf("gap %s is that of the %s element %s, and the row says it is of %.60q: its columns came apart, as by sorting some of them alone; export it again",
				f.Gap, g.Side, g.Element, strings.TrimSpace(f.Side+" "+f.Element)))
			continue
		}
		to, wrong := f.changes(g)
		for _, err := range wrong {
			fault(fmt.Errorf("%s: %w", g.Element, err))
		}
		if len(wrong)+len(f.Wrong) > 0 {
			continue
		}
		e, err := g.change(by, "", to, Fields())
		if err != nil {
			fault(err)
		} else if e != nil {
			events = append(events, *e)
		}
	}
	if len(faults) > 0 {
		return nil, &FillError{faults}
	}
	return events, nil
}

// of reports whether the row is of a gap. A spreadsheet that opens a CSV takes 5.10
// for a number and makes 5.1 of it.
func (f Filling) of(g Gap) bool {
	if f.Side != "" && !strings.EqualFold(f.Side, string(g.Side)) {
		return false
	}
	if f.Element == "" || strings.EqualFold(f.Element, g.Element) {
		return true
	}
	said, err := strconv.ParseFloat(f.Element, 64)
	is, err2 := strconv.ParseFloat(g.Element, 64)
	return err == nil && err2 == nil && said == is
}

// changes returns what a filling changes, and what is wrong with it.
func (f Filling) changes(g Gap) (to map[Field]string, wrong []error) {
	to = map[Field]string{}
	for _, field := range slices.Sorted(maps.Keys(f.Values)) {
		if !slices.Contains(Fields(), field) {
			wrong = append(wrong, fmt.Errorf("unknown field %.40q: want one of %q", field, Fields()))
		}
	}
	for _, field := range Fields() {
		text, there := f.Values[field]
		if !there {
			continue
		}
		was, bound := f.Were[field]
		if bound && field == StatusField && strings.TrimSpace(text) == "" {
			wrong = append(wrong, fmt.Errorf("the status is empty: want one of %q", Statuses()))
			continue
		}
		value, err := Parse(field, text)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case bound && Mark(value) == was: // not touched
		case bound && Mark(g.Filled(field)) != was && g.Filled(field) != value:
			wrong = append(wrong, fmt.Errorf("the %s is %.60q in the file, and became %.60q in the register since it was written: export it again", field, value, g.Filled(field)))
		default:
			to[field] = value
		}
	}
	return to, wrong
}

// Set puts the same values down for several gaps, by their ids. See [Take].
func Set(gaps []Gap, ids []string, values map[Field]string, by Author) ([]Event, error) {
	if len(values) == 0 {
		return nil, errors.New("nothing is to be set")
	}
	var fillings []Filling
	for _, id := range ids {
		fillings = append(fillings, Filling{Gap: id, Values: values})
	}
	return Take(gaps, fillings, by)
}
