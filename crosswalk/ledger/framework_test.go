package ledger_test

import (
	"errors"
	"reflect"
	"testing"

	"concord/corpus"
	"concord/crosswalk/ledger"
)

func aFramework(t testing.TB) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{
		Name: "made-up", Edition: "1", Title: "Made <up> \u202e", Source: "made-up.csv", SHA256: "s1", Local: true,
		Elements: []corpus.Element{
			{ID: "A", Kind: corpus.KindFamily, Title: "Assets"},
			{ID: "A-1", Kind: corpus.KindControl, Parent: "A", Text: "List \"all\" systems & why.\n", Related: []string{"A-2"}},
			{ID: "A-2", Kind: corpus.KindCell, Withdrawn: true, Replaced: []string{"A-1"}, Focus: "defend", Priority: 2, Generic: "pointer"},
		},
		References: []corpus.Reference{{Element: "A-1", Scheme: "other", ID: "T-1", Printed: "T 1"}},
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFrameworkComesBackAsItWasRead(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l, want := b.open(t), aFramework(t)
		for range 2 {
			if err := l.Keep(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}

		got, err := l.Framework(t.Context(), want.Digest())

		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestAFrameworkThatWasNeverKeptIsAnError(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		if _, err := b.open(t).Framework(t.Context(), "d"); !errors.Is(err, ledger.ErrNoFramework) {
			t.Error(err)
		}
	})
}

func TestAFrameworkThatWasTamperedWithIsNotReturned(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l, f := mustOpen(t, path), aFramework(t)
		if err := l.Keep(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`replace(body, 'List', 'Hide')`, `'{"name":"x"}'`, `'nonsense'`} {
			if _, err := b.raw(t, path).Exec(b.unguard("frameworks") + `; UPDATE frameworks SET body = ` + body); err != nil {
				t.Fatal(err)
			}
			if got, err := l.Framework(t.Context(), f.Digest()); err == nil {
				t.Errorf("%s: got %+v", body, got)
			}
		}
	})
}
