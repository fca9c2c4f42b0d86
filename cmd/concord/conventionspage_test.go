package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/convention"
	"concord/internal/mockapi"
)

// standIn plays a model that types a pair as the decided pair whose target is
// longer than its source by the factor most like that of the pair; as
// intersects_with without a convention.
func standIn(body []byte) string {
	var req struct{ Messages []struct{ Content string } }
	var task struct {
		Candidates []convention.Text
		Source     convention.Text
		Convention convention.Shown
	}
	if json.Unmarshal(body, &req) != nil || len(req.Messages) != 2 || json.Unmarshal([]byte(req.Messages[1].Content), &task) != nil {
		return `{"state": "ready"}`
	}
	factor := func(source, target convention.Text) float64 {
		return math.Log(float64(len(strings.Fields(target.Text))) / float64(len(strings.Fields(source.Text))))
	}
	var related []string
	for _, c := range task.Candidates {
		relation, nearest := crosswalk.IntersectsWith, math.Inf(1)
		for _, e := range task.Convention.Decided {
			if d := math.Abs(factor(e.Source, e.Target) - factor(task.Source, c)); d < nearest {
				relation, nearest = e.Relation, d
			}
		}
		if relation == crosswalk.NoRelationship {
			relation = crosswalk.IntersectsWith
		}
		related = append(related, fmt.Sprintf(`{"id":%q,"source_only":"","target_only":"","relation":%q,"rationale_type":"semantic",`+
			`"rationale":"r","source_quote":"","target_quote":"","probability":0.9}`, c.ID, relation))
	}
	return `{"related":[` + strings.Join(related, ",") + `],"unrelated":[],"cannot_tell":[]}`
}

var (
	shownFile = regexp.MustCompile("`(\\w+\\.\\w+)`:\n\n```\n([^`]*)```")
	shownDate = regexp.MustCompile(`\d{4}-\d\d-\d\d`)
)

// TestTheConventionsPageShowsRealOutput writes the files that docs/conventions.md
// shows, runs its commands and compares; dates are let pass. UPDATE_DOCS=1 writes
// what it finds.
func TestTheConventionsPageShowsRealOutput(t *testing.T) {
	path, err := filepath.Abs(filepath.Join("..", "..", "docs", "conventions.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	model(t, &mockapi.Server{Reply: standIn})
	endpoint := os.Getenv("CONCORD_ENDPOINT_URL")
	t.Setenv("CONCORD_ENDPOINT_URL", "") // until a model is called for
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "stand-in")
	t.Setenv("COLUMNS", "")
	for _, file := range shownFile.FindAllStringSubmatch(string(page), -1) {
		if err := os.WriteFile(file[1], []byte(file[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	update := os.Getenv("UPDATE_DOCS") != ""

	blocks := 0
	fresh := shownCommand.ReplaceAllStringFunc(string(page), func(block string) string {
		blocks++
		m := shownCommand.FindStringSubmatch(block)
		command, shown := m[1], m[2]
		switch blocks {
		case 2:
			output(t, "concord convention edit library --summary summary.txt")
		case 3:
			t.Setenv("CONCORD_ENDPOINT_URL", endpoint)
		}
		got := output(t, command)
		if shownDate.ReplaceAllString(got, "") != shownDate.ReplaceAllString(shown, "") && !update {
			t.Errorf("docs/conventions.md shows of %s\n%s\nnow it is\n%s", command, shown, got)
		}
		return fmt.Sprintf("```\n$ %s\n%s```\n", command, got)
	})
	if blocks != 3 {
		t.Errorf("%d commands are shown, want 3", blocks)
	}
	if update {
		if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
