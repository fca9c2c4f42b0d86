package export_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
)

// drawn holds a document and its twin, which has the same shape and harmless
// words throughout.
type drawn struct{ wild, tame *export.Document }

// draw makes up a draft: frameworks, results for some of the sources, and
// proposals that go with them.
func draw(t *rapid.T) drawn {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("=+-@|`<>&\\*_[]~$#!'\",;\n\r\t \u202e\u200b\x1b\u2028\x00aé漢")), 1, 12, -1)
	id := rapid.StringOfN(rapid.RuneFrom([]rune("=+-@|`<>&\\*_[]~$#!'\",; é漢")), 1, 12, -1) // no reader lets others pass
	outcome := rapid.SampledFrom([]crosswalk.Outcome{crosswalk.Mapped, crosswalk.Unrelated, crosswalk.NotJudged, crosswalk.Failed})
	relation := rapid.SampledFrom(crosswalk.Relations()[:4])
	focus := rapid.SampledFrom([]string{"", "secure", "defend"})

	var sources, targets [2][]corpus.Element
	for i := range rapid.IntRange(1, 6).Draw(t, "sources") {
		e := corpus.Element{ID: fmt.Sprintf("S%d", i), Kind: "control", Title: "t", Text: "x", Focus: focus.Draw(t, "focus")}
		sources[1] = append(sources[1], e)
		e.ID, e.Title, e.Text = id.Draw(t, "id")+e.ID, word.Draw(t, "title"), word.Draw(t, "text")
		sources[0] = append(sources[0], e)
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "targets") {
		e := corpus.Element{ID: fmt.Sprintf("T%d", i), Kind: "control", Title: "t", Text: "x"}
		targets[1] = append(targets[1], e)
		e.ID, e.Title, e.Text = id.Draw(t, "id")+e.ID, word.Draw(t, "title"), word.Draw(t, "text")
		targets[0] = append(targets[0], e)
	}
	var d drawn
	for i, doc := range []**export.Document{&d.wild, &d.tame} {
		f, g := &corpus.Framework{Name: "f", Elements: sources[i]}, &corpus.Framework{Name: "g", Elements: targets[i]}
		for _, f := range []*corpus.Framework{f, g} {
			if err := f.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		*doc = &export.Document{Tool: "concord", Run: "r", Source: f, Target: g}
	}
	for s := range sources[0] {
		if rapid.Bool().Draw(t, "interrupted") {
			continue
		}
		mapped, judged := false, 0
		for g := range targets[0] {
			o := outcome.Draw(t, "outcome")
			if o == crosswalk.NotJudged {
				continue
			}
			var r crosswalk.Relation
			switch o {
			case crosswalk.Mapped:
				r, mapped, judged = relation.Draw(t, "relation"), true, judged+1
			case crosswalk.Unrelated:
				r, judged = crosswalk.NoRelationship, judged+1
			}
			probability := rapid.Float64Range(0, 1).Draw(t, "probability")
			for i, doc := range []*export.Document{d.wild, d.tame} {
				p := pair(doc, sources[i][s].ID, targets[i][g].ID, o, r, probability)
				p.Rank, p.Rationale, p.Flags = g+1, "x", []string{"x"}
				if i == 0 {
					p.Rationale, p.Flags = word.Draw(t, "rationale"), []string{word.Draw(t, "flag")}
				}
				doc.Proposals = append(doc.Proposals, p)
			}
		}
		o := rapid.SampledFrom([]crosswalk.Outcome{crosswalk.Unrelated, crosswalk.NotJudged, crosswalk.Failed, ""}).Draw(t, "result")
		if mapped {
			o = crosswalk.Mapped
		}
		for i, doc := range []*export.Document{d.wild, d.tame} {
			doc.Sources = append(doc.Sources, crosswalk.Result{Source: sources[i][s].ID, Outcome: o, Judged: judged})
		}
	}
	return d
}

func sum(c export.Counts) int { return c.Mapped + c.Unrelated + c.NotJudged + c.Failed }

func TestCountsAddUpToTheNumberOfElements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t).wild
		s := d.Summary()

		for name, c := range map[string]struct {
			counts export.Counts
			total  int
		}{
			"sources":   {s.Sources, len(d.Source.Elements)},
			"targets":   {s.Targets, len(d.Target.Elements)},
			"proposals": {s.Proposals, len(d.Proposals)},
		} {
			if c.counts.Total != c.total || sum(c.counts) != c.total {
				t.Errorf("%s: %+v do not add up to %d", name, c.counts, c.total)
			}
		}
		if len(s.SourceGaps) != s.Sources.Total-s.Sources.Mapped || len(s.TargetGaps) != s.Targets.Total-s.Targets.Mapped {
			t.Errorf("%d and %d gaps for %+v", len(s.SourceGaps), len(s.TargetGaps), s)
		}
		var split export.Counts
		for _, f := range s.Focus {
			split.Total += f.Total
			split.Mapped += f.Mapped
			split.Unrelated += f.Unrelated
			split.NotJudged += f.NotJudged
			split.Failed += f.Failed
		}
		if len(s.Focus) > 0 && split != s.Sources {
			t.Errorf("focus areas add up to %+v, not to %+v", split, s.Sources)
		}
		relations := 0
		for _, r := range s.Relations {
			relations += r.Count
		}
		if relations != s.Proposals.Mapped+s.Proposals.Unrelated {
			t.Errorf("%d relations for %+v", relations, s.Proposals)
		}
		for _, g := range s.SourceGaps {
			known := slices.ContainsFunc(d.Sources, func(r crosswalk.Result) bool { return r.Source == g.ID })
			if !known && g.Outcome != crosswalk.NotJudged {
				t.Errorf("%q has no result and counts as %s", g.ID, g.Outcome)
			}
		}
	})
}

func TestEveryFormatHoldsEveryRowWhateverTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := draw(t)
		d := docs.wild
		d.CSV.All = true
		s := d.Summary()

		rows := records(t, render(t, export.CSV, d))
		if want := len(d.Proposals) + len(s.SourceGaps); len(rows) != want {
			t.Errorf("%d rows in the CSV, want %d", len(rows), want)
		}
		for _, m := range rows {
			for name, cell := range m {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("%s begins a formula: %q", name, cell)
				}
			}
		}

		var got struct {
			Proposals []crosswalk.Proposal
			Gaps      struct{ Sources, Targets []export.Gap }
		}
		if err := json.Unmarshal([]byte(render(t, export.JSON, d)), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Proposals) != len(d.Proposals) || !slices.Equal(got.Gaps.Sources, s.SourceGaps) || !slices.Equal(got.Gaps.Targets, s.TargetGaps) {
			t.Errorf("JSON holds %d proposals and gaps %v, want %d and %v", len(got.Proposals), got.Gaps, len(d.Proposals), s)
		}

		wild, tame := render(t, export.Markdown, d), render(t, export.Markdown, docs.tame)
		checkMarkdown(t, wild)
		if n, want := strings.Count(wild, "\n"), strings.Count(tame, "\n"); n != want {
			t.Errorf("the words changed the number of lines from %d to %d", want, n)
		}
	})
}

func TestTheOrderOfResultsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t).wild
		var once []string
		for _, f := range formats() {
			once = append(once, render(t, f.write, d))
		}

		d.Proposals = rapid.Permutation(d.Proposals).Draw(t, "proposals")
		d.Sources = rapid.Permutation(d.Sources).Draw(t, "results")

		for i, f := range formats() {
			if render(t, f.write, d) != once[i] {
				t.Errorf("%s depends on the order in which results came in", f.ext)
			}
		}
	})
}

func TestTheReviewQueueIsAPrefixOfTheWholeQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t).wild
		s := d.Summary()
		all := d.NeedReview(len(d.Proposals))
		n := rapid.IntRange(0, len(d.Proposals)+1).Draw(t, "n")

		some := d.NeedReview(n)

		if len(all) != s.Proposals.Mapped+s.Proposals.Unrelated || len(some) != min(n, len(all)) {
			t.Errorf("%d and %d reviews of %+v", len(some), len(all), s.Proposals)
		}
		for i := range some {
			if some[i].Proposal.ID != all[i].Proposal.ID || some[i].Reason == "" {
				t.Errorf("review %d of %d is %+v", i, n, some[i])
			}
		}
	})
}
