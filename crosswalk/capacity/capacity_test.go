package capacity_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk/capacity"
)

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want)) }

func TestShapesSayHowManyCrosswalksThereAre(t *testing.T) {
	for _, c := range []struct {
		n     int
		shape string
		want  int
	}{
		{2, capacity.Pairs, 1}, {300, capacity.Pairs, 44_850}, {300, capacity.Both, 89_700}, {300, capacity.Hub, 299}, {3000, capacity.Pairs, 4_498_500},
	} {
		if got, err := capacity.Crosswalks(c.n, c.shape); err != nil || got != c.want {
			t.Errorf("%d %s: %d, %v", c.n, c.shape, got, err)
		}
	}
	for _, c := range []struct {
		n           int
		shape, says string
	}{{1, capacity.Pairs, "1 frameworks: want 2 to 1000000"}, {1 << 62, capacity.Both, "want 2 to 1000000"}, {3, "star", `no shape "star": want pairs, both or hub`}} {
		if _, err := capacity.Crosswalks(c.n, c.shape); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d %s: %v", c.n, c.shape, err)
		}
	}
}

// TestTotalsAreThoseOfASumDoneByHand has figures that can be followed.
func TestTotalsAreThoseOfASumDoneByHand(t *testing.T) {
	got := capacity.Of(
		capacity.Work{Frameworks: 3, Crosswalks: 3, SourcesEach: 100, Elements: 120},
		capacity.Unit{Calls: 4, TokensIn: 5000, TokensOut: 1000, Proposals: 50, Answer: 18},
		capacity.Sizes{Proposal: 1000, Call: 500, Token: 2, Source: 400, Job: 2000, Framework: 50_000, Run: 6000, Dimension: 100, Open: 1000},
		capacity.Means{Workers: 2, Concurrency: 4, AtOnce: 5, RequestsPerMinute: 60, TokensPerMinute: 100_000, PriceIn: 1, PriceOut: 5, Fetch: .1, Rank: .01, Record: .02, RecordRow: .001, Enqueue: 1, Begin: 2, Trial: 5},
	)
	for name, pair := range map[string][2]float64{
		"sources": {got.Sources, 300}, "calls": {got.Calls, 1200}, "tokens in": {got.TokensIn, 6e6}, "tokens out": {got.TokensOut, 1.2e6},
		"cost": {got.Cost, 6 + 6}, "proposals": {got.Proposals, 15_000}, "rows": {got.Rows, 3 + 3 + 300 + 1200 + 15_000},
		"bytes":     {got.Bytes, 150_000 + 18_000 + 120_000 + 15_000_000 + 600_000 + 14_400_000},
		"job bytes": {got.JobBytes, 600_000}, "vectors": {got.Vectors, 360 * 2 * 415}, "memory": {got.Memory, 3000},
		"hours": {got.Hours, 7.2e6 / 100_000 / 60},
	} {
		if !near(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	want := []capacity.Limit{
		{"tokens a minute", 4320. / 3600}, {"answers of the model", 2163. / 3600}, {"requests a minute", 1206. / 3600}, {"questions about one source", 72. / 3600}, {"one writer at a time", 21. / 3600}, {"beginning crosswalks", 21. / 3600},
		{"enqueueing", 3. / 3600}, {"ranking", 1.5 / 3600}, {"taking jobs", 1.25 / 3600},
	}
	for i, l := range got.Limits {
		if l.Name != want[i].Name || !near(l.Hours, want[i].Hours) {
			t.Errorf("limit %d: %+v, want %+v", i, l, want[i])
		}
	}
}

// TestWorkThatIsDividedTakesWhatItTookTogether: totals of rows are additive in
// crosswalks, and more of anything never takes less.
func TestWorkThatIsDividedTakesWhatItTookTogether(t *testing.T) {
	some := rapid.Float64Range(0, 1e5)
	rapid.Check(t, func(t *rapid.T) {
		u := capacity.Unit{Calls: some.Draw(t, "calls"), TokensIn: some.Draw(t, "in"), TokensOut: some.Draw(t, "out"), Proposals: some.Draw(t, "proposals"), Answer: some.Draw(t, "answer")}
		s := capacity.Sizes{Proposal: some.Draw(t, "proposal"), Call: some.Draw(t, "call"), Token: some.Draw(t, "token"), Source: some.Draw(t, "source"), Run: some.Draw(t, "run")}
		m := capacity.Means{Workers: rapid.IntRange(1, 100).Draw(t, "workers"), Concurrency: 8, AtOnce: 8, PriceIn: some.Draw(t, "price"), Record: some.Draw(t, "record"), TokensPerMinute: some.Draw(t, "tpm")}
		a, b := rapid.IntRange(0, 5000).Draw(t, "a"), rapid.IntRange(0, 5000).Draw(t, "b")
		of := func(n int) capacity.Totals {
			return capacity.Of(capacity.Work{Crosswalks: n, SourcesEach: 100}, u, s, m)
		}

		whole, one, other := of(a+b), of(a), of(b)

		for name, parts := range map[string][3]float64{
			"calls": {whole.Calls, one.Calls, other.Calls}, "cost": {whole.Cost, one.Cost, other.Cost},
			"rows": {whole.Rows, one.Rows, other.Rows}, "bytes": {whole.Bytes, one.Bytes, other.Bytes},
		} {
			if !near(parts[0], parts[1]+parts[2]) {
				t.Fatalf("%s: %v is not %v and %v", name, parts[0], parts[1], parts[2])
			}
		}
		if whole.Hours < one.Hours || whole.Hours > (one.Hours+other.Hours)*(1+1e-9) {
			t.Fatalf("hours: %v, %v, %v", whole.Hours, one.Hours, other.Hours)
		}
		m.Workers++
		if more := of(a); more.Hours > one.Hours {
			t.Fatalf("one more worker takes %v instead of %v hours", more.Hours, one.Hours)
		}
	})
}
