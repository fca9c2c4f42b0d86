package export_test

import (
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
)

// The frameworks and documents of these tests are made up.

func finish(tb testing.TB, f *corpus.Framework) *corpus.Framework {
	tb.Helper()
	if err := f.Finish(); err != nil {
		tb.Fatal(err)
	}
	return f
}

// bakery is a profile with focus-area cells.
func bakery(tb testing.TB) *corpus.Framework {
	return finish(tb, &corpus.Framework{
		Name: "bakery", Edition: "1.0", Title: "Bakery Profile", Publisher: "Guild", Source: "built-in",
		SHA256: "aa11", Licence: "public domain", Notice: "restated",
		Elements: []corpus.Element{
			{ID: "BK.OV", Kind: corpus.KindCategory, Title: "Ovens"},
			{ID: "BK.OV-01", Kind: corpus.KindSubcategory, Parent: "BK.OV", Title: "Heat", Text: "Ovens are watched while they are hot."},
			{ID: "BK.OV-01#secure", Kind: corpus.KindCell, Parent: "BK.OV-01", Title: "Heat, secure", Text: "Thermostats cannot be changed by strangers.", Focus: "secure", Priority: 1},
			{ID: "BK.OV-01#defend", Kind: corpus.KindCell, Parent: "BK.OV-01", Title: "Heat, defend", Focus: "defend", Priority: 3, Generic: "standard practices apply"},
			{ID: "BK.OV-02", Kind: corpus.KindSubcategory, Parent: "BK.OV", Title: "Flour", Guide: "Flour dust burns. Sweep it up."},
			{ID: "BK.OV-03", Kind: corpus.KindSubcategory, Parent: "BK.OV", Title: "Bread", Text: "Bread is counted at night."},
			{ID: "BK.OV-04", Kind: corpus.KindSubcategory, Parent: "BK.OV", Title: "Salt", Text: "Salt is kept dry."},
		},
	})
}

// kitchen is a catalogue of controls.
func kitchen(tb testing.TB) *corpus.Framework {
	return finish(tb, &corpus.Framework{
		Name: "kitchen", Edition: "2", Title: "Kitchen Controls", SHA256: "bb22",
		Elements: []corpus.Element{
			{ID: "K", Kind: corpus.KindFamily, Title: "Kitchen"},
			{ID: "K-1", Kind: corpus.KindControl, Parent: "K", Title: "Watch", Text: "Watch every hot device, and the people near it."},
			{ID: "K-2", Kind: corpus.KindControl, Parent: "K", Title: "Lock", Text: "Lock settings."},
			{ID: "K-3", Kind: corpus.KindControl, Parent: "K", Title: "Sweep", Text: "Sweep floors."},
			{ID: "K-4", Kind: corpus.KindControl, Parent: "K", Title: "Count", Text: "Count goods."},
			{ID: "K-5", Kind: corpus.KindControl, Parent: "K", Title: "Dry", Text: "Keep goods dry."},
		},
	})
}

func blank(tb testing.TB) *export.Document {
	return &export.Document{
		Tool: "concord", Version: "0.1.0", Run: "run-1",
		Started: time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600)),
		Source:  bakery(tb), Target: kitchen(tb), Draft: true,
	}
}

// pair returns a proposal of a document.
func pair(d *export.Document, source, target string, o crosswalk.Outcome, r crosswalk.Relation, probability float64) crosswalk.Proposal {
	p := crosswalk.Proposal{
		Run: d.Run, Source: d.Source.Ref(source), Target: d.Target.Ref(target), Outcome: o, Relation: r,
		RationaleType: crosswalk.Semantic, Confidence: probability, Probability: probability, Rank: 1, Origin: crosswalk.OriginLocal,
	}
	p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
	return p
}

// morning is a draft with every outcome in it: two sources mapped, one judged
// and unrelated, one failed, and two without a result because the run was
// interrupted or never came to them.
func morning(tb testing.TB) *export.Document {
	d := blank(tb)
	d.Settings = []export.Setting{{Key: "judge", Value: "local"}, {Key: "depth", Value: "3"}}
	seven := 7
	watch := pair(d, "BK.OV-01", "K-1", crosswalk.Mapped, crosswalk.SubsetOf, 0.91)
	watch.Strength, watch.StrengthBasis = &seven, "formula"
	watch.Rationale = "All that is watched in BK.OV-01 is watched in K-1."
	watch.Quotes = []crosswalk.Quote{
		{Side: crosswalk.SourceSide, Text: "Ovens are watched", Start: 5, End: 22},
		{Side: crosswalk.TargetSide, Text: "every hot device", Start: 12, End: 28},
		{Side: crosswalk.TargetSide, Text: "the people near it", Start: 34, End: 52},
	}
	watch.Evidence = []crosswalk.Evidence{{Source: corpus.Ref{Framework: "old", Edition: "1", ID: "O-1"}, Similarity: 0.75, Set: "old-to-kitchen"}}
	count := pair(d, "BK.OV-01", "K-4", crosswalk.Unrelated, crosswalk.NoRelationship, 0.08)
	count.Rank = 2
	lock := pair(d, "BK.OV-01#secure", "K-2", crosswalk.Mapped, crosswalk.IntersectsWith, 0.52)
	lock.Focus, lock.Priority, lock.Flags = "secure", 1, []string{"quote not found", "demoted"}
	stood := pair(d, "BK.OV-01#defend", "K-1", crosswalk.Mapped, crosswalk.SubsetOf, 0.66)
	stood.Focus, stood.Priority, stood.Basis = "defend", 3, "generic"
	sweep := pair(d, "BK.OV-02", "K-3", crosswalk.Failed, "", 0)
	sweep.Rationale = "the answer was cut short"
	dry := pair(d, "BK.OV-03", "K-4", crosswalk.Unrelated, crosswalk.NoRelationship, 0.41)
	d.Proposals = []crosswalk.Proposal{watch, count, lock, stood, sweep, dry}
	d.Sources = []crosswalk.Result{
		{Source: "BK.OV-01", Outcome: crosswalk.Mapped, Judged: 2, NotJudged: 3},
		{Source: "BK.OV-01#secure", Outcome: crosswalk.Mapped, Judged: 1, NotJudged: 4},
		{Source: "BK.OV-01#defend", Outcome: crosswalk.Mapped, Judged: 1, NotJudged: 4},
		{Source: "BK.OV-02", Outcome: crosswalk.Failed, Judged: 0, NotJudged: 4},
		{Source: "BK.OV-03", Outcome: crosswalk.Unrelated, Judged: 1, NotJudged: 4},
	}
	return d
}

// hostile is a draft whose words try to be formulas, markup, HTML, table
// cells, blocks, or something other than they look.
func hostile(tb testing.TB) *export.Document {
	d := blank(tb)
	d.Source = finish(tb, &corpus.Framework{
		Name: "<b>evil</b>", Edition: "1|2", Title: "# head\n---\n| a | b |", Notice: "<script>alert(1)</script>",
		Elements: []corpus.Element{
			{ID: "=HYPERLINK(\"x\")", Kind: "control", Title: "+1 | `rm` <img src=x>", Text: "\n\n# heading\n\n- list\n\n```\ncode\r\nmore\rmore"},
			{ID: "@SUM(A1)", Kind: "control", Title: "a\u202egpj.exe", Text: "\x1b[31mred\x07 \u0085 \u2028 \U000E0041"},
		},
	})
	d.Target = finish(tb, &corpus.Framework{Name: "t", Edition: "1", Elements: []corpus.Element{
		{ID: "-2", Kind: "control", Title: "\t=1+1", Text: "\r=1+1"},
		{ID: "＝3", Kind: "control", Title: "  =1+1", Text: "![pixel](http://example.org/p.png) [click](javascript:x) \\| &lt;"},
	}})
	bad := pair(d, "=HYPERLINK(\"x\")", "-2", crosswalk.Mapped, crosswalk.Equal, 0.5)
	bad.Rationale = "=cmd|' /C calc'!A0\n| forged | row |\n![p](http://example.org) [click](javascript:x) not utf-8: \xff"
	bad.Quotes = []crosswalk.Quote{{Side: crosswalk.SourceSide, Text: "</td><script>"}}
	bad.Flags = []string{"<i>flag</i> | `x`"}
	worse := pair(d, "@SUM(A1)", "＝3", crosswalk.Failed, "", 0)
	worse.Rationale = "\n# not a heading\n<!-- comment"
	d.Proposals = []crosswalk.Proposal{bad, worse}
	d.Sources = []crosswalk.Result{{Source: "=HYPERLINK(\"x\")", Outcome: crosswalk.Mapped, Judged: 1}, {Source: "@SUM(A1)", Outcome: crosswalk.Failed}}
	d.Settings = []export.Setting{{Key: "a|b", Value: "<x>"}}
	return d
}
