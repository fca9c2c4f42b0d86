package unseen_test

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"concord/internal/unseen"
)

// awkward draws strings with characters that nobody sees, in and beyond the
// first plane of Unicode.
func awkward() *rapid.Generator[string] {
	return rapid.StringOf(rapid.SampledFrom([]rune("aß漢 \"\\\n\t\r\u200b\u200d\u202e\u2028\ufeff\U000e0041\U0001f600\u0085")))
}

func TestJSONKeepsItsValueAndHidesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := awkward().Draw(rt, "text")
		plain, err := json.Marshal(want)
		if err != nil {
			rt.Fatal(err)
		}

		escaped := unseen.JSON(plain)

		var got string
		if err := json.Unmarshal(escaped, &got); err != nil || got != want {
			rt.Errorf("%q became %q as %s: %v", want, got, escaped, err)
		}
		if strings.ContainsFunc(string(escaped), unseen.Is) {
			rt.Errorf("something unseen is in %q", escaped)
		}
	})
}

func TestYAMLKeepsItsValueAndHidesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := awkward().Draw(rt, "text")
		plain, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: want})
		if err != nil {
			rt.Fatal(err)
		}

		escaped := unseen.YAML(plain)

		var got string
		if err := yaml.Unmarshal(escaped, &got); err != nil || got != want {
			rt.Errorf("%q became %q as %s: %v", want, got, escaped, err)
		}
		if strings.ContainsFunc(string(escaped), unseen.Is) {
			rt.Errorf("something unseen is in %q", escaped)
		}
	})
}
