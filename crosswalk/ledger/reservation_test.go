package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"concord/crosswalk/ledger"
)

func TestAPairIsReservedForOneUntilItIsReleasedOrExpires(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		at := b.fresh(t)
		here, there := mustOpen(t, at), mustOpen(t, at)
		reserve := func(l *ledger.Ledger, run, who, pair string, long time.Duration, want bool) {
			t.Helper()
			if got, err := l.Reserve(t.Context(), run, who, pair, long); err != nil || got != want {
				t.Errorf("%s gets %s of %s: %t, %v", who, pair, run, got, err)
			}
		}
		reserve(here, "r", "ada", "p1", time.Hour, true)
		reserve(there, "r", "grace", "p1", time.Hour, false)
		reserve(there, "s", "grace", "p1", time.Hour, true)   // of another run
		reserve(there, "r", "grace", "p2", time.Hour, true)   // another pair
		reserve(here, "r", "ada", "p1", 2*time.Hour, true)    // renewed
		reserve(there, "r", "grace", "p3", 0, true)           // expires at once
		reserve(here, "r", "ada", "p3", 90*time.Minute, true) // and is free again
		list, err := there.Reservations(t.Context(), "r")
		if err != nil || len(list) != 3 || list[0].Proposal != "p1" || list[0].Reviewer != "ada" || list[1].Reviewer != "grace" || list[2].Reviewer != "ada" {
			t.Fatalf("%+v, %v", list, err)
		}
		if left := list[0].Left; left > 2*time.Hour || left < 100*time.Minute {
			t.Errorf("renewed, it has %v left", left)
		}

		for _, r := range [][2]string{{"grace", "p1"}, {"ada", "p1"}, {"ada", "nosuch"}} { // the first is not hers
			if err := there.Release(t.Context(), "r", r[0], r[1]); err != nil {
				t.Error(err)
			}
			list, err := here.Reservations(t.Context(), "r")
			if want := map[string]int{"grace": 3, "ada": 2}[r[0]]; err != nil || len(list) != want {
				t.Errorf("after %v: %+v, %v", r, list, err)
			}
		}
		reserve(there, "r", "grace", "p1", time.Hour, true)
	})
}

func TestOfThoseWhoReserveAPairAtOnceOneGetsIt(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		at := b.fresh(t)
		books := []*ledger.Ledger{mustOpen(t, at), mustOpen(t, at)}
		const people, pairs = 8, 40
		var all sync.WaitGroup
		var mu sync.Mutex
		got := map[string]int{}
		for i := range people {
			all.Go(func() {
				for n := range pairs {
					pair := fmt.Sprint("p", n)
					ok, err := books[i%2].Reserve(t.Context(), "r", fmt.Sprint("reviewer", i), pair, time.Hour)
					if err != nil {
						t.Error(err)
						return
					}
					if ok {
						mu.Lock()
						got[pair]++
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		for n := range pairs {
			if pair := fmt.Sprint("p", n); got[pair] != 1 {
				t.Errorf("%s is reserved by %d", pair, got[pair])
			}
		}
	})
}

func TestWhatARunAskedOfModelsIsSummedUpByModel(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		for i, c := range []ledger.Call{
			{Run: "r", Model: "small", PromptTokens: 1 << 40, CachedTokens: 5, CompletionTokens: 2},
			{Run: "r", Model: "small", PromptTokens: 3, CompletionTokens: 4},
			{Run: "r", Model: "large", PromptTokens: 7},
			{Run: "s", Model: "large", PromptTokens: 100},
		} {
			c.At = noon
			if _, err := l.Remember(t.Context(), fmt.Sprint("k", i), c); err != nil {
				t.Fatal(err)
			}
		}

		got, err := l.Usages(t.Context(), "r")

		want := []ledger.Usage{{Model: "large", Calls: 1, PromptTokens: 7}, {Model: "small", Calls: 2, PromptTokens: 1<<40 + 3, CachedTokens: 5, CompletionTokens: 6}}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v, %v", got, err)
		}
		if none, err := l.Usages(t.Context(), "nosuch"); err != nil || len(none) > 0 {
			t.Errorf("%+v, %v", none, err)
		}
	})
}

func TestTheSourcesThatAreDoneAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		record(t, l, "r", result("r", "S1", 2), result("r", "S2", 1))

		for run, want := range map[string]int{"r": 2, "nosuch": 0} {
			if n, err := l.SourcesDone(t.Context(), run); err != nil || n != want {
				t.Errorf("%s: %d, %v", run, n, err)
			}
		}
	})
}

func TestProposalsAreReadAsTheyAreRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		mustBegin(t, l, "s")
		record(t, l, "r", result("r", "S1", 2))
		first, mark, err := l.ProposalsAfter(t.Context(), "r", 0)
		if err != nil || len(first) != 2 || first[0].Source.ID != "S1" {
			t.Fatalf("%+v, %v", first, err)
		}
		record(t, l, "s", result("s", "S9", 1))
		record(t, l, "r", result("r", "S2", 3))

		more, later, err := l.ProposalsAfter(t.Context(), "r", mark)

		if err != nil || len(more) != 3 || more[0].Source.ID != "S2" || later <= mark {
			t.Errorf("%+v at %d after %d, %v", more, later, mark, err)
		}
		if none, same, err := l.ProposalsAfter(t.Context(), "r", later); err != nil || len(none) > 0 || same != later {
			t.Errorf("%+v at %d, %v", none, same, err)
		}
		if _, _, err := l.ProposalsAfter(t.Context(), "nosuch", 0); !errors.Is(err, ledger.ErrNoRun) {
			t.Errorf("of a run that is not there: %v", err)
		}
	})
}
