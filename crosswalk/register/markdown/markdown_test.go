package markdown_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/crosswalk/register/markdown"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func aGap(side crosswalk.Side, element, family string) register.Gap {
	k := register.Key{Side: side, Source: "profile", Target: "catalog", Element: element}
	return register.Gap{ID: k.ID(), Key: k, Family: family, Why: register.NotJudged, Status: register.Open}
}

func TestAReportHasATableForEveryFamily(t *testing.T) {
	p := 0.254
	one := aGap(crosswalk.SourceSide, "GV-1#secure", "GV")
	one.Priority, one.Owner, one.Due, one.Nearest = 1, "ada", "2026-12-31", []register.Miss{{ID: "AC-1", Probability: &p, State: "rejected"}}
	done := aGap(crosswalk.TargetSide, "SI-1", "SI")
	done.Status, done.Closed = register.Closed, &register.Closing{Time: noon, By: "ada", How: register.ByMapping, Detail: "GV-1 intersects with SI-1"}
	var b bytes.Buffer

	err := markdown.Write(&b, []register.Gap{one, aGap(crosswalk.TargetSide, "AC-1", "AC"), aGap(crosswalk.TargetSide, "AC-2", "AC"), done}, noon)

	text := b.String()
	if err != nil || strings.Count(text, "\n### Family ") != 3 || strings.Count(text, "\n## ") != 2 {
		t.Errorf("%v\n%s", err, text)
	}
	for _, want := range []string{
		"| **GV-1#secure** (priority 1) | not judged | AC-1 rejected p=0.25 | open | ada | 2026-12-31 |  |",
		"| closed 2026-11-22 (mapping: GV-1 intersects with SI-1) |", "| open | 1 | 2 |", "| closed | 0 | 1 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestNothingInAReportIsMarkup(t *testing.T) {
	g := aGap(crosswalk.TargetSide, "a|b", "# <h1>")
	g.Title, g.Owner, g.Note = "[x](javascript:1)\n\n# <script>", "`|ada", "\u202e|\n- <img>"
	var b bytes.Buffer

	if err := markdown.Write(&b, []register.Gap{g}, noon); err != nil {
		t.Fatal(err)
	}

	for _, bad := range []string{"<script", "<img", "<h1", "[x]", "\u202e", " |ada", "\n# <", "a|b"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q in\n%s", bad, b.String())
		}
	}
}
