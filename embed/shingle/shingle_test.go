package shingle_test

import (
	"testing"

	"pgregory.net/rapid"

	"concord/embed/shingle"
)

func TestOverlapsAreCountedByHand(t *testing.T) {
	// Terms and their pairs: keys, counted, month, keys+counted, counted+month.
	x := shingle.NewIndex([]string{"Keys counted month", "keys, KEYS counted", "gardens", ""})

	got := x.Overlaps("the keys are counted by the month")

	want := []shingle.Overlap{{Shared: 5, Resemblance: 1, Contained: 1}, {Shared: 3, Resemblance: 3. / 6, Contained: 3. / 5}, {}, {}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("text %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	for i, o := range x.Overlaps(" ... ") {
		if o != (shingle.Overlap{}) {
			t.Errorf("no words share %+v with text %d", o, i)
		}
	}
}

func TestResemblanceIsSymmetricAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[abk ]{0,40}`)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")

		there, back := shingle.NewIndex([]string{b}).Overlaps(a)[0], shingle.NewIndex([]string{a}).Overlaps(b)[0]

		if there.Resemblance != back.Resemblance || there.Shared != back.Shared || there.Contained < there.Resemblance || there.Contained > 1 {
			t.Fatalf("%+v there, %+v back", there, back)
		}
	})
}
