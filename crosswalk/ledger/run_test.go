package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
)

func TestARunComesBackAsItWasBegun(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		want := aRun("r1")
		if resumed, err := l.Begin(t.Context(), want); resumed || err != nil {
			t.Fatal(resumed, err)
		}

		got, err := l.Run(t.Context(), "r1")

		want.Started = want.Started.UTC()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestARunIsResumedOnlyWithWhatItWasBegunWith(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r1")

		again := aRun("r1")
		again.Started = noon.Add(time.Hour)
		again.Settings = json.RawMessage("{ \"depth\" : 20 }\n")
		again.Source.Origin = "a copy of made-up.csv"
		if resumed, err := l.Begin(t.Context(), again); !resumed || err != nil {
			t.Fatal(resumed, err)
		}
		if r, _ := l.Run(t.Context(), "r1"); !r.Started.Equal(noon) || r.Source.Origin != "made-up.csv" {
			t.Errorf("resuming changed the run to %+v", r)
		}

		again.Settings = json.RawMessage(`{"depth":21}`)
		_, err := l.Begin(t.Context(), again)
		wantError(t, err, `"r1"`, `{"depth":20}`, `{"depth":21}`, "begin another run")

		again = aRun("r1")
		again.Target.Digest = "d9"
		_, err = l.Begin(t.Context(), again)
		wantError(t, err, "other@2", "d2", "d9")

		again = aRun("r2")
		again.Settings = json.RawMessage("{depth: 20}")
		_, err = l.Begin(t.Context(), again)
		wantError(t, err, `"r2"`, "settings are not JSON")

		_, err = l.Begin(t.Context(), ledger.Run{ID: "r3"})
		wantError(t, err, "start time must be set")
	})
}

func TestEmptySettingsAreAnEmptyObject(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		r := aRun("r1")
		r.Settings = nil

		for range 2 {
			if _, err := l.Begin(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}

		if got, _ := l.Run(t.Context(), "r1"); string(got.Settings) != "{}" {
			t.Errorf("settings %s", got.Settings)
		}
	})
}

func TestTheLatestRunIsTheOneWorkedOnLast(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		if runs, err := l.Runs(t.Context()); err != nil || len(runs) != 0 {
			t.Fatalf("an empty ledger has %d runs, %v", len(runs), err)
		}
		latest := func() string {
			t.Helper()
			runs, err := l.Runs(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return runs[0].ID
		}
		for i, id := range []string{"a", "b", "c"} {
			r := aRun(id)
			r.Started = noon.Add(time.Duration(i/2) * time.Second) // a and b at once
			if _, err := l.Begin(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if latest() != id {
				t.Errorf("latest is %s after %s was begun", latest(), id)
			}
		}

		r := aRun("a")
		r.Started = noon.Add(time.Hour)
		if _, err := l.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}

		runs, err := l.Runs(t.Context())
		var order []string
		for _, r := range runs {
			order = append(order, r.ID)
		}
		if latest() != "a" || err != nil || !slices.Equal(order, []string{"a", "c", "b"}) {
			t.Errorf("latest %s of %v, %v", latest(), order, err)
		}
	})
}

func TestUnfinishedRunsComeInTheOrderInWhichTheyWereBegun(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		for i, id := range []string{"c", "b", "a", "d"} {
			r := aRun(id)
			r.Started = noon.Add(time.Duration(i/2) * time.Second)
			if _, err := l.Begin(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Finish(t.Context(), "b", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}

		left, err := l.Unfinished(t.Context())

		if err != nil || !slices.Equal(left, []string{"c", "a", "d"}) {
			t.Errorf("%v, %v", left, err)
		}
	})
}

func TestAFinishedRunKeepsWhenItWasFirstFinished(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		for _, at := range []time.Time{noon.Add(time.Minute), noon.Add(time.Hour)} {
			if err := l.Finish(t.Context(), "r", at); err != nil {
				t.Fatal(err)
			}
		}

		if r, err := l.Run(t.Context(), "r"); err != nil || r.Finished == nil || !r.Finished.Equal(noon.Add(time.Minute)) {
			t.Errorf("finished %v, %v", r.Finished, err)
		}
	})
}

func TestARunThatWasNeverBegunIsAnError(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l, ctx := b.open(t), t.Context()
		mustBegin(t, l, "another")

		_, run := l.Run(ctx, "x")
		_, done := l.Done(ctx, "x")
		_, results := l.Results(ctx, "x")
		_, proposals := l.Proposals(ctx, "x")
		for what, err := range map[string]error{
			"Run": run, "Done": done, "Results": results, "Proposals": proposals,
			"Finish": l.Finish(ctx, "x", noon),
			"Record": l.Record(ctx, "x", []crosswalk.Result{result("x", "S1", 1)}),
		} {
			if !errors.Is(err, ledger.ErrNoRun) {
				t.Errorf("%s: %v", what, err)
			}
			wantError(t, err, `"x"`, b.named)
		}
	})
}

func TestProposalsComeBackUnchangedInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		mustBegin(t, l, "other")
		s1, s2, gap := result("r", "S2", 12), result("r", "S1", 3), crosswalk.Result{Source: "S3", Outcome: crosswalk.Unrelated, Judged: 5}
		want := append(slices.Clone(s1.Proposals), s2.Proposals...)
		slices.Reverse(s1.Proposals) // given worst first, returned by rank

		record(t, l, "r", s1)
		record(t, l, "other", result("other", "S2", 4))
		record(t, l, "r", s2, gap)

		got, err := l.Proposals(t.Context(), "r")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %d proposals, want %d, equal: %v, %v", len(got), len(want), reflect.DeepEqual(got, want), err)
		}
		s1.Proposals, s2.Proposals = nil, nil
		if results, err := l.Results(t.Context(), "r"); err != nil || !reflect.DeepEqual(results, []crosswalk.Result{s1, s2, gap}) {
			t.Errorf("results %+v, %v", results, err)
		}
		if done, err := l.Done(t.Context(), "r"); err != nil || !reflect.DeepEqual(done, map[string]bool{"S1": true, "S2": true, "S3": true}) {
			t.Errorf("done %v, %v", done, err)
		}
	})
}

func TestRecordingASourceAgainDoesNothingUnlessItDiffers(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		record(t, l, "r", result("r", "S1", 3))

		again := result("r", "S1", 3)
		slices.Reverse(again.Proposals)
		record(t, l, "r", again)

		for name, change := range map[string]func(*crosswalk.Result){
			"outcome":  func(s *crosswalk.Result) { s.Outcome = crosswalk.Failed },
			"count":    func(s *crosswalk.Result) { s.NotJudged++ },
			"fewer":    func(s *crosswalk.Result) { s.Proposals = s.Proposals[:2] },
			"proposal": func(s *crosswalk.Result) { s.Proposals[1].Rationale = "other" },
		} {
			t.Run(name, func(t *testing.T) {
				changed := result("r", "S1", 3)
				change(&changed)
				wantError(t, l.Record(t.Context(), "r", []crosswalk.Result{changed}), `source "S1"`, "already recorded")
			})
		}
		if got, err := l.Proposals(t.Context(), "r"); len(got) != 3 || err != nil {
			t.Errorf("%d proposals, %v", len(got), err)
		}
	})
}

func TestABatchIsRecordedWholeOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		for name, spoil := range map[string]func(*crosswalk.Result){
			"another run":         func(s *crosswalk.Result) { s.Proposals[1].Run = "q" },
			"another source":      func(s *crosswalk.Result) { s.Proposals[1].Source.ID = "S1" },
			"no id":               func(s *crosswalk.Result) { s.Proposals[1].ID = "" },
			"one id twice":        func(s *crosswalk.Result) { s.Proposals[1].ID = s.Proposals[0].ID },
			"not a number":        func(s *crosswalk.Result) { s.Proposals[1].Score = math.NaN() },
			"no probability":      func(s *crosswalk.Result) { s.Proposals[1].Probability = 1.5 },
			"unknown outcome":     func(s *crosswalk.Result) { s.Outcome = "perhaps" },
			"no proposal outcome": func(s *crosswalk.Result) { s.Proposals[1].Outcome = "" },
			"negative count":      func(s *crosswalk.Result) { s.Judged = -1 },
		} {
			t.Run(name, func(t *testing.T) {
				l := b.open(t)
				mustBegin(t, l, "r")
				bad := result("r", "S2", 3)
				spoil(&bad)

				err := l.Record(t.Context(), "r", []crosswalk.Result{result("r", "S1", 2), bad})

				wantError(t, err, `source "S2"`, `run "r"`, b.named)
				if got, err := l.Proposals(t.Context(), "r"); len(got) != 0 || err != nil {
					t.Errorf("%d proposals are left, %v", len(got), err)
				}
				if got, err := l.Done(t.Context(), "r"); len(got) != 0 || err != nil {
					t.Errorf("%v is done, %v", got, err)
				}
			})
		}
		l := b.open(t)
		mustBegin(t, l, "r")
		wantError(t, l.Record(t.Context(), "r", []crosswalk.Result{{Outcome: crosswalk.Failed}}), "has no id")
	})
}

func draft(run string, sources, proposals int) []crosswalk.Result {
	var all []crosswalk.Result
	for i := range sources {
		all = append(all, result(run, fmt.Sprintf("S-%03d", i), proposals))
	}
	return all
}

func BenchmarkRecord320SourcesOf40Proposals(b *testing.B) {
	onBothB(b, func(b *testing.B, at backend) {
		for _, batch := range []int{320, 10, 1} {
			b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
				l := at.open(b)
				for i := 0; b.Loop(); i++ {
					b.StopTimer()
					run := fmt.Sprint("run", i)
					mustBegin(b, l, run)
					all := draft(run, 320, 40)
					b.StartTimer()
					for part := range slices.Chunk(all, batch) {
						record(b, l, run, part...)
					}
				}
			})
		}
	})
}

func BenchmarkProposals12800(b *testing.B) {
	onBothB(b, func(b *testing.B, at backend) {
		l := at.open(b)
		mustBegin(b, l, "r")
		record(b, l, "r", draft("r", 320, 40)...)
		for b.Loop() {
			if got, err := l.Proposals(b.Context(), "r"); len(got) != 12800 || err != nil {
				b.Fatal(len(got), err)
			}
		}
	})
}
