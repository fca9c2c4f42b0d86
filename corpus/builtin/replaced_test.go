package builtin_test

import (
	"slices"
	"testing"

	"concord/corpus/builtin"
)

func TestWhatReplacedAWithdrawnElementIsThere(t *testing.T) {
	for spec, most := range map[string]int{"sp800-53@5.2.0": 2, "csf@2.0": 3, "sp800-171@r3": 6} {
		f, unknown := open(t, spec), 0
		for _, e := range f.Elements {
			to := builtin.Replaced(spec, e.ID)
			if len(to) > 0 && !e.Withdrawn {
				t.Errorf("%s of %s is not withdrawn", e.ID, spec)
			}
			if e.Withdrawn && len(to) == 0 {
				unknown++
			}
			for _, id := range to {
				if now, ok := f.Element(id); !ok || now.Withdrawn {
					t.Errorf("%s of %s went to %s, which is not there or was withdrawn too", e.ID, spec, id)
				}
			}
		}
		if unknown > most {
			t.Errorf("%s: %d withdrawn elements went nowhere, want %d at most", spec, unknown, most)
		}
	}
	if got := builtin.Replaced("sp800-53@5.2.0", "AC-13"); !slices.Equal(got, []string{"AC-2", "AU-6"}) {
		t.Errorf("AC-13 went to %v", got)
	}
	if builtin.Replaced("nosuch@1", "AC-13") != nil || builtin.Replaced("../data/csf@2.0", "x") != nil {
		t.Error("of a framework that is not known")
	}
}
