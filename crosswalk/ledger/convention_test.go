package ledger_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"concord/crosswalk/ledger"
)

// version makes up a version of a convention.
func version(name, body string, at time.Time) ledger.Convention {
	sum := sha256.Sum256([]byte(body))
	return ledger.Convention{Name: name, SHA256: hex.EncodeToString(sum[:]), Body: []byte(body), At: at}
}

func keep(t testing.TB, l *ledger.Ledger, v ledger.Convention) bool {
	t.Helper()
	added, err := l.KeepConvention(t.Context(), v.Name, v.Body, v.SHA256, v.At)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestTheLastVersionOfAConventionIsInForce(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		at := noon.UTC()
		first, second := version("house-rules", `{"n":1}`, at), version("house-rules", `{"n":2}`, at.Add(time.Hour))
		other := version("garden", `{"n":1}`, at.Add(2*time.Hour))
		for _, v := range []ledger.Convention{first, second, other} {
			if !keep(t, l, v) {
				t.Errorf("%s was not kept", v.Body)
			}
		}

		if keep(t, l, second) {
			t.Error("the version in force was kept again")
		}
		if got, err := l.Convention(t.Context(), "house-rules"); err != nil || !reflect.DeepEqual(got, second) {
			t.Errorf("in force %+v, %v", got, err)
		}
		back := first
		back.At = at.Add(3 * time.Hour)
		if !keep(t, l, back) {
			t.Error("going back to an earlier version added nothing")
		}
		if got, err := l.Conventions(t.Context()); err != nil || !reflect.DeepEqual(got, []ledger.Convention{first, second, other, back}) {
			t.Errorf("all: %+v, %v", got, err)
		}
	})
}

func TestAConventionThatWasNeverKeptIsAnError(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		if _, err := b.open(t).Convention(t.Context(), "house-rules"); !errors.Is(err, ledger.ErrNoConvention) {
			t.Error(err)
		}
	})
}

func TestAConventionWithoutNameHashOrJSONIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		good := version("house-rules", `{"n":1}`, noon)
		for name, v := range map[string]ledger.Convention{
			"name": version("", `{"n":1}`, noon),
			"hash": {Name: good.Name, SHA256: good.SHA256, Body: []byte(`{"n":2}`), At: noon},
			"JSON": version("house-rules", "n = 1", noon),
		} {
			if _, err := l.KeepConvention(t.Context(), v.Name, v.Body, v.SHA256, v.At); err == nil {
				t.Errorf("kept without %s", name)
			}
		}
		if all, err := l.Conventions(t.Context()); err != nil || len(all) > 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestAConventionIsNeverChanged(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		keep(t, l, version("house-rules", `{"n":1}`, noon))
		for _, change := range []string{`UPDATE conventions SET body = '{"n":9}'`, `DELETE FROM conventions`} {
			if _, err := b.raw(t, path).Exec(change); err == nil || !strings.Contains(err.Error(), "conventions are never") {
				t.Errorf("%s: %v", change, err)
			}
		}

		if _, err := b.raw(t, path).Exec(b.unguard("conventions") + `; UPDATE conventions SET body = '{"n":9}'`); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Convention(t.Context(), "house-rules"); err == nil || !strings.Contains(err.Error(), "not what was kept") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
