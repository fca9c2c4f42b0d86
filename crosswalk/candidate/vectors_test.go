package candidate_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/candidate"
	"concord/embed/vectors"
)

// TestTheMatrixRanksAsALoopOverVectorsDoes ranks a built-in pair by vectors
// alone, and again by the plain loop that defines a cosine, number by number.
func TestTheMatrixRanksAsALoopOverVectorsDoes(t *testing.T) {
	source, target := open(t, "csf@2.0"), open(t, "sp800-53")
	sources, of := embedded(t, source, 1)
	targets, against := embedded(t, target, 2)
	r, err := candidate.New(candidate.Input{Source: source, Target: target, SourceVectors: sources, TargetVectors: targets,
		Weights: &candidate.Weights{Semantic: 1}})
	if err != nil {
		t.Fatal(err)
	}

	for _, s := range source.Mappable() {
		cosine := map[string]float32{} // 0 where either has no vector
		var want []string
		for _, e := range target.Mappable() {
			for d := range min(len(of[s.ID]), len(against[e.ID])) {
				cosine[e.ID] += of[s.ID][d] * against[e.ID][d]
			}
			want = append(want, e.ID)
		}
		slices.SortFunc(want, func(a, b string) int {
			return cmp.Or(cmp.Compare(cosine[b], cosine[a]), cmp.Compare(a, b))
		})

		if got := ids(r.Rank(s)); !slices.Equal(got, want) {
			t.Fatalf("%s is ranked %v, want %v", s.ID, got[:5], want[:5])
		}
	}
}

func open(t *testing.T, spec string) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// embedded makes random unit vectors of the elements of a framework, of every
// seventeenth none, as a set and by id.
func embedded(t *testing.T, f *corpus.Framework, seed uint64) (vectors.Set, map[string][]float32) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var ids []string
	var rows [][]float32
	for i, e := range f.Mappable() {
		ids = append(ids, e.ID)
		if i%17 == 3 {
			rows = append(rows, nil)
			continue
		}
		row, sum := make([]float32, 100), 0.0
		for d := range row {
			row[d] = float32(r.NormFloat64())
			sum += float64(row[d]) * float64(row[d])
		}
		for d := range row {
			row[d] = float32(float64(row[d]) / math.Sqrt(sum))
		}
		rows = append(rows, row)
	}
	s, err := vectors.New(ids, rows)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string][]float32{}
	for i, id := range ids {
		if rows[i] != nil {
			byID[id] = s.Matrix.Row(i)
		}
	}
	return s, byID
}
