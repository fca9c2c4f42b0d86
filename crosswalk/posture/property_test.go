package posture_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
)

// drawPairs draws mappings, each pair once.
func drawPairs(t *rapid.T) []pair {
	var out []pair
	for _, source := range []string{"GV.OC-01", "GV.OC-01#secure", "GV.OC-01#defend", "GV.OC-01#thwart", "GV.OC-02", "ID.AM-01"} {
		for i := range 5 {
			if !rapid.Bool().Draw(t, "pair") {
				continue
			}
			p := pair{source: source, target: fmt.Sprintf("C-%d", i+1), relation: rapid.SampledFrom(crosswalk.Relations()).Draw(t, "relation"), draft: rapid.Bool().Draw(t, "draft")}
			if p.relation != crosswalk.NoRelationship && !p.draft {
				p.group = rapid.SampledFrom([]string{"", "", "g", "h"}).Draw(t, "group")
			}
			out = append(out, p)
		}
	}
	return out
}

// levels are the states of a control, the least first.
var levels = append([]orgprofile.State{orgprofile.Absent}, orgprofile.States()...)

func fileOf(states []int) string {
	var b strings.Builder
	b.WriteString("controls:\n  house:\n")
	for i, s := range states {
		if s > 0 {
			fmt.Fprintf(&b, "    C-%d: %s\n", i+1, levels[s])
		}
	}
	return b.String()
}

// TestMoreControlsNeverLowerAnOutcome: raising the state of any control lowers
// nothing, neither what follows nor what would.
func TestMoreControlsNeverLowerAnOutcome(t *testing.T) {
	source, target := outcomes(t), controls(t)
	rapid.Check(t, func(rt *rapid.T) {
		pairs := drawPairs(rt)
		less, more := make([]int, 5), make([]int, 5)
		for i := range less {
			less[i] = rapid.IntRange(0, 3).Draw(rt, "state")
			more[i] = rapid.IntRange(less[i], 3).Draw(rt, "more")
		}
		runs := []*posture.Run{run(t, source, target, pairs...)}
		before := posture.Assess(bind(t, fileOf(less), source, target), runs, true)
		after := posture.Assess(bind(t, fileOf(more), source, target), runs, true)
		for i, o := range before.Outcomes {
			now := after.Outcomes[i]
			if now.Status.Less(o.Status) || reach(now).Less(reach(o)) || now.Best.Less(now.Status) || now.Best != o.Best {
				rt.Fatalf("%s falls from %s (%s) to %s (%s): %v to %v, %+v", o.ID, o.Status, o.Perhaps, now.Status, now.Perhaps, less, more, pairs)
			}
		}
	})
}

// reach is what an outcome comes to if the drafts hold.
func reach(o posture.Outcome) orgprofile.Status { return cmp.Or(o.Perhaps, o.Status) }

// TestWhatAStepPromisesComesTrue puts a control, and those that must be with it,
// in place.
func TestWhatAStepPromisesComesTrue(t *testing.T) {
	source, target := outcomes(t), controls(t)
	rapid.Check(t, func(rt *rapid.T) {
		runs := []*posture.Run{run(t, source, target, drawPairs(rt)...)}
		states := make([]int, 5)
		for i := range states {
			states[i] = rapid.IntRange(0, 3).Draw(rt, "state")
		}
		r := posture.Assess(bind(t, fileOf(states), source, target), runs, false)
		for _, step := range r.First {
			for _, service := range step.Serves {
				then := append([]int{}, states...)
				for _, id := range append([]string{step.Control}, service.With...) {
					then[id[2]-'1'] = 3
				}
				o := outcome(t, posture.Assess(bind(t, fileOf(then), source, target), runs, false), service.Outcome)
				if o.Status != service.To || !service.From.Less(service.To) {
					rt.Fatalf("%s promised %+v, and the outcome is %s", step.Control, service, o.Status)
				}
			}
		}
	})
}

// TestTheOrderOfTheFileChangesNothing shuffles entries, controls and standings.
func TestTheOrderOfTheFileChangesNothing(t *testing.T) {
	source, target := outcomes(t), controls(t)
	outcomeLines := []string{"  GV: 2", "  GV.OC-01: {included: yes, priority: 1}", "  GV.OC-01#secure: partly", "  '*#defend': {current: met}", "  ID.AM: no"}
	controlLines := []string{"    C-1: partial", "    C-2:", "    C-4: planned"}
	rapid.Check(t, func(rt *rapid.T) {
		pairs := drawPairs(rt)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		var first []byte
		for range 3 {
			shuffle(random, outcomeLines)
			shuffle(random, controlLines)
			file := "controls:\n  house:\n" + strings.Join(controlLines, "\n") + "\noutcomes:\n" + strings.Join(outcomeLines, "\n") + "\n"
			shuffle(random, pairs)
			r := posture.Assess(bind(t, file, source, target), []*posture.Run{run(t, source, target, pairs...)}, true)
			for i := range r.Outcomes {
				r.Outcomes[i].Current.Line, r.Outcomes[i].Target.Line = 0, 0
			}
			got, err := json.Marshal(r)
			if err != nil {
				rt.Fatal(err)
			}
			if first == nil {
				first = got
			}
			if !bytes.Equal(got, first) {
				rt.Fatalf("%s\n%s", first, got)
			}
		}
	})
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
