package foreign_test

import (
	"reflect"
	"testing"

	"concord/corpus/internal/foreign"
)

type inner struct {
	Name string `json:"nom"`
	Self []*inner
}

type outer struct {
	ID    string
	Inner map[string]inner `yaml:"inside"`
	Skip  string           `json:"-" xml:"left,attr"`
}

func TestFieldsAreThoseOfTheStructAndWhatItHolds(t *testing.T) {
	want := map[string]bool{"id": true, "inner": true, "inside": true, "name": true, "nom": true, "self": true, "skip": true, "left": true}
	if got := foreign.Fields(outer{}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestIgnoredCountsWhatNobodyReads(t *testing.T) {
	read := map[string]bool{"id": true, "list": true}
	for document, want := range map[string]map[string]int{
		`{"id": "note", "note": {"ID": 1, "list": ["note", {"note": [1, {"x": null}]}]}, "y": true}`: {"note": 2, "x": 1, "y": 1},
		"id: note\nnote:\n  list: [note, {note: 1}]\n":                                               {"note": 2},
		`<?xml version="1.0"?><id><note x="1"><list/></note><note/></id>`:                            {"note": 2},
		`{"note": `: {"note": 1},
		"":          {},
		"[":         {},
	} {
		if got := foreign.Ignored([]byte(document), read); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", document, got, want)
		}
	}
}
