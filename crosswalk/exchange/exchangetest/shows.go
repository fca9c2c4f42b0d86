package exchangetest

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk/exchange"
)

// Shows holds a format that nobody reads again to what it says that it shows:
// without a field that a crosswalk has, other bytes are written; the same
// crosswalk gives the same.
func Shows(t *testing.T, held []exchange.Field, write func(io.Writer, *exchange.Crosswalk) error) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		c := Random(rt)
		text := func(c *exchange.Crosswalk) string {
			var b bytes.Buffer
			if err := write(&b, c); err != nil {
				rt.Fatalf("write: %v", err)
			}
			return b.String()
		}
		all := text(c)
		if text(c) != all {
			rt.Fatal("written twice, the bytes differ")
		}
		f := rapid.SampledFrom(held).Draw(rt, "field")
		rest := slices.DeleteFunc(exchange.Fields(), func(g exchange.Field) bool { return g == f })
		without := exchange.Holding(c, rest)
		if len(exchange.Lost(c, rest)) > 0 && without.Check() == nil && text(without) == all {
			rt.Errorf("%s is not shown", f)
		}
	})
}
