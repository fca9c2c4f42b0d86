package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"concord/crosswalk/candidate"
)

// Options say how to learn weights. The zero Options are usable.
type Options struct {
	// Start is where the search begins and what the penalty draws towards;
	// [Unlearned] if it is zero. A signal that is off there stays off.
	Start candidate.Weights
	// Ridge is what doubling or halving one weight must gain before it is done;
	// a change by four costs four times as much. [DefaultRidge] if zero, none if
	// negative.
	Ridge float64
	// Restarts is how often the search begins again, at weights drawn with Seed
	// within a factor of two of Start. The best of all searches counts.
	Restarts int
	Seed     uint64
	// Progress, if there is one, hears how many searches of all are done.
	Progress func(done, total int)
}

// DefaultRidge is the ridge of the weights that come with the program. Of 0.002,
// 0.005, 0.01, 0.02, 0.05 and 0.2 the families held out can hardly choose: on
// them the measure is .638 to .644, most with 0.02 and with 0.002. On a mapping
// between flat frameworks that nothing was fitted to, 0.01 to 0.05 do better
// than 0.002 (mean average precision .278 and .269): what is fitted to four
// families, two of them of 35 sources, holds less for a fifth.
const DefaultRidge = 0.02

func (o Options) withDefaults() Options {
	if o.Start == (candidate.Weights{}) {
		o.Start = Unlearned()
	}
	if o.Ridge == 0 {
		o.Ridge = DefaultRidge
	}
	o.Ridge = max(o.Ridge, 0)
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// Unlearned returns weights that one would choose who has seen no label: what
// reads the texts, and what follows from that, counts the same; what only stands
// around a target a fifth of that and less.
func Unlearned() candidate.Weights {
	return candidate.Weights{Lexical: 1, Semantic: 1, Remote: 1, Concept: 1, Child: 1, Related: 1, Family: 0.2, Path: 0.05, Prior: 0.1, Detail: 1, Precedent: 1}
}

// Weights learns the weights of the ranking by coordinate ascent (Metzler and
// Croft, "Linear feature-based models for information retrieval", Information
// Retrieval 10, 2007): one weight after the other is moved by whole, then half,
// then quarter octaves as long as the rankings get better. It works on the
// measure itself and so needs no gradient of the staged sums of package
// candidate; the few weights make it fast enough.
//
// What gets better is the mean of average precision and recall at 50, less a
// penalty ([Options].Ridge): a draft needs the right targets at the top for its
// reader, and among those that are judged at all. Every family counts the same,
// every set within a family and every source within a set.
//
// Weights stay above zero and within a factor of 16 of Options.Start. Lexical
// stays where it starts, for of the first five only the proportions count; so
// does a signal that none of the sets says anything of. The same sets in the
// same order and the same options give the same weights.
//
// It fails if a set has no listed pair, naming it, or when the context ends.
func Weights(ctx context.Context, sets []Set, o Options) (candidate.Weights, error) {
	if err := check(sets); err != nil {
		return candidate.Weights{}, err
	}
	o = o.withDefaults()
	return learn(ctx, sets, o, func(done int) { o.Progress(done, o.searches()) })
}

// searches returns how many searches one learning takes.
func (o Options) searches() int { return 1 + max(o.Restarts, 0) }

func learn(ctx context.Context, sets []Set, o Options, progress func(done int)) (candidate.Weights, error) {
	rnd := rand.New(rand.NewPCG(o.Seed, 0))
	var best candidate.Weights
	most := math.Inf(-1)
	for n := range o.searches() {
		start := o.Start
		for _, signal := range free() {
			if n > 0 && start.Of(signal) > 0 { // what is off draws nothing, as if it were not there
				start = move(start, signal, 2*rnd.Float64()-1)
			}
		}
		found, value, err := climb(ctx, sets, o, start)
		if err != nil {
			return best, err
		}
		if value > most+least {
			best, most = found, value
		}
		progress(n + 1)
	}
	return best, nil
}

const (
	widest = 4    // octaves between a weight and where it starts
	least  = 1e-9 // gain that counts as one
)

// free returns the signals whose weights are learned.
func free() []string {
	return slices.DeleteFunc(candidate.Signals(), func(s string) bool { return s == candidate.Lexical })
}

// climb returns the weights at the top of the hill on which start stands, with
// their value.
func climb(ctx context.Context, sets []Set, o Options, start candidate.Weights) (candidate.Weights, float64, error) {
	best := start
	top, err := value(ctx, sets, o, best)
	for _, octaves := range []float64{1, 0.5, 0.25} {
		for moved := true; moved && err == nil; {
			moved = false
			for _, signal := range free() {
				for _, by := range []float64{octaves, -octaves} {
					for err == nil {
						next := move(best, signal, by)
						if math.Abs(octavesFrom(o.Start, next, signal)) > widest {
							break
						}
						var v float64
						if v, err = value(ctx, sets, o, next); err != nil || v <= top+least {
							break
						}
						best, top, moved = next, v, true
					}
				}
			}
		}
	}
	return best, top, err
}

// move returns the weights with one moved by octaves. A signal that is off
// stays off.
func move(w candidate.Weights, signal string, octaves float64) candidate.Weights {
	w, _ = w.With(signal, w.Of(signal)*math.Exp2(octaves)) // a known signal, a finite weight
	return w
}

// octavesFrom returns how far a weight is from where it started; zero if it is
// off.
func octavesFrom(start, w candidate.Weights, signal string) float64 {
	if start.Of(signal) == 0 {
		return 0
	}
	return math.Log2(w.Of(signal) / start.Of(signal))
}

// value is what the weights are worth: see [Weights].
func value(ctx context.Context, sets []Set, o Options, w candidate.Weights) (float64, error) {
	total := 0.0
	families := group(sets)
	for _, family := range families {
		for _, set := range family {
			if err := ctx.Err(); err != nil {
				return 0, fmt.Errorf("learning weights: %w", err)
			}
			q := set.Measure(w)
			total += (q.MAP + q.R50) / 2 / float64(len(family)) / float64(len(families))
		}
	}
	for _, signal := range free() {
		away := octavesFrom(o.Start, w, signal)
		total -= o.Ridge * away * away
	}
	return total, nil
}

// group returns the sets by family, in order of first appearance.
func group(sets []Set) [][]Set {
	var out [][]Set
	for _, set := range sets {
		at := slices.IndexFunc(out, func(f []Set) bool { return f[0].Family == set.Family })
		if at < 0 {
			at = len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], set)
	}
	return out
}
