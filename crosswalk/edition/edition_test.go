package edition_test

import (
	"slices"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/edition"
	"concord/crosswalk/edition/editiontest"
)

func profile(t *testing.T) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open("cyber-ai-profile")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhatWasSplitAndMergedIsFound(t *testing.T) {
	got := edition.Regroupings(profile(t), editiontest.Next(t))

	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	split, merged := got[0], got[1]
	if split.Kind != edition.Split || split.One != "GV.OC-05#secure" || !slices.Equal(split.Many, []string{"GV.OC-05#secure", "GV.OC-05#secure-b"}) || split.Share < 0.9 || split.Said {
		t.Errorf("%+v", split)
	}
	if merged.Kind != edition.Merged || merged.One != "GV.OC-04#secure" || !slices.Equal(merged.Many, []string{"GV.OC-04#secure", "GV.OC-04#defend"}) || merged.Share < 0.9 {
		t.Errorf("%+v", merged)
	}
	back := edition.Regroupings(editiontest.Next(t), profile(t))
	if len(back) != 2 || back[0].One != "GV.OC-04#secure" || back[1].One != "GV.OC-05#secure" {
		t.Errorf("read backwards: %+v", back)
	}
}

func TestTheSameEditionIsNotRegrouped(t *testing.T) {
	for _, spec := range builtin.Specs() {
		f, err := builtin.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := edition.Regroupings(f, f); len(got) > 0 {
			t.Errorf("%s: %+v", spec, got)
		}
	}
}

func TestTheWordOfTheFileIsTaken(t *testing.T) {
	finish := func(edition string, elements ...corpus.Element) *corpus.Framework {
		f := &corpus.Framework{Name: "rules", Edition: edition, Title: "Rules", Elements: elements}
		for i := range f.Elements {
			f.Elements[i].Kind = corpus.KindRequirement
		}
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
		return f
	}
	older := finish("1", corpus.Element{ID: "A", Text: "Lock doors and windows."}, corpus.Element{ID: "B", Text: "Count keys."}, corpus.Element{ID: "C", Text: "Number keys."})
	newer := finish("2", corpus.Element{ID: "A", Withdrawn: true, Replaced: []string{"D", "E"}}, corpus.Element{ID: "B", Withdrawn: true, Replaced: []string{"C"}},
		corpus.Element{ID: "C", Text: "Number keys."}, corpus.Element{ID: "D", Text: "Something else."}, corpus.Element{ID: "E", Text: "Something more."})

	got := edition.Regroupings(older, newer)

	if len(got) != 2 || got[0].Kind != edition.Split || got[0].One != "A" || !slices.Equal(got[0].Many, []string{"D", "E"}) || !got[0].Said ||
		got[1].Kind != edition.Merged || got[1].One != "C" || !slices.Equal(got[1].Many, []string{"B", "C"}) || !got[1].Said {
		t.Errorf("%+v", got)
	}
}
