package corpus_test

import (
	"reflect"
	"testing"

	"concord/corpus"
)

func TestAnElementIsFollowedToWhereItWent(t *testing.T) {
	withdrawn := func(id string, replaced ...string) corpus.Element {
		return corpus.Element{ID: id, Kind: corpus.KindControl, Withdrawn: true, Replaced: replaced}
	}
	older := edition(t, "1",
		control("A-1", "Backups", "Backups are encrypted."), control("A-2", "Visitors", "Visitors wear a badge in the building."),
		control("A-3", "Fax", "Fax machines are locked."), control("A-4", "Logs", "Logs are collected centrally."),
		control("A-5", "Mail", "Mail is scanned."), control("A-6", "Circle", "Round and round."), control("A-7", "Lost", "Telex is unplugged."))
	newer := edition(t, "2",
		control("A-1", "Backups", "Backups are encrypted and tested."), control("B-2", "Visitors", "Visitors wear a badge in the building."),
		withdrawn("A-3"), withdrawn("A-4", "A-5", "B-4"), withdrawn("A-5", "B-5"), control("B-4", "Events", "Events are sent on."),
		control("B-5", "Content", "Content is inspected."), withdrawn("A-6", "A-6"))

	got := corpus.Successors(older, newer)

	want := map[string][]string{"A-1": {"A-1"}, "A-2": {"B-2"}, "A-4": {"B-4", "B-5"}, "A-5": {"B-5"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
