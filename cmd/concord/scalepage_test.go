package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"concord/crosswalk/capacity"
)

// scaleSettings is the block of settings in docs/scale.md.
var scaleSettings = regexp.MustCompile("(?s)<!-- settings -->\n```yaml\n(.*?)```\n")

// TestTheScalePageShowsRealPlans runs the plans that docs/scale.md shows, with its
// settings, and compares. UPDATE_DOCS=1 writes what it finds.
func TestTheScalePageShowsRealPlans(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of floating point differ on other processors")
	}
	page := openPage(t, "scale.md")
	settings := scaleSettings.FindStringSubmatch(page.text)
	if settings == nil {
		t.Fatal("docs/scale.md has no settings")
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := os.WriteFile("config.yaml", []byte(settings[1]), 0o644); err != nil {
		t.Fatal(err)
	}

	blocks := 0
	page.text = shownCommand.ReplaceAllStringFunc(page.text, func(block string) string {
		blocks++
		command := shownCommand.FindStringSubmatch(block)[1]
		return fmt.Sprintf("```\n$ %s\n%s```\n", command, output(t, command))
	})
	page.section(t, "cheaper", cheaper(t))

	if blocks != 4 {
		t.Errorf("%d commands are shown, want 4", blocks)
	}
	page.hold(t)
}

// cheaper lays out what 300 frameworks take in several ways.
func cheaper(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| | Calls | Tokens | Cost |\n|---|---:|---:|---:|\n")
	for _, way := range []struct{ name, args, confirm string }{
		{"every two, in both directions (`--shape both`)", "--judge llm --shape both", ""},
		{"every two", "--judge llm", ""},
		{"every two, strong claims not asked again (`judging.confirm: false`)", "--judge llm", "false"},
		{"every two, twenty candidates (`--depth 20`)", "--judge llm --depth 20", ""},
		{"each with a hub (`--shape hub`)", "--judge llm --shape hub", ""},
		{"every two, by the local judge", "", ""},
	} {
		t.Setenv("CONCORD_JUDGING_CONFIRM", way.confirm)
		if way.confirm == "" {
			os.Unsetenv("CONCORD_JUDGING_CONFIRM")
		}
		var c capacity.Totals = planned(t, "--from csf@2.0 --to sp800-171 --frameworks 300 "+way.args).Columns[1]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", way.name, short(c.Calls), short(c.TokensIn+c.TokensOut), money(c.Cost))
	}
	return b.String()
}

// A heldPage is one of docs that tests keep true.
type heldPage struct{ path, was, text string }

func openPage(t *testing.T, name string) *heldPage {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &heldPage{path, string(text), string(text)}
}

// section replaces what stands between two comments of a name.
func (p *heldPage) section(t *testing.T, name, text string) {
	t.Helper()
	before, rest, begun := strings.Cut(p.text, "<!-- "+name+" -->\n")
	_, after, ended := strings.Cut(rest, "<!-- /"+name+" -->\n")
	if !begun || !ended {
		t.Fatalf("%s has no section %q", p.path, name)
	}
	p.text = before + "<!-- " + name + " -->\n" + text + "<!-- /" + name + " -->\n" + after
}

// hold compares a page with what it should be, or writes that.
func (p *heldPage) hold(t *testing.T) {
	t.Helper()
	switch {
	case p.text == p.was:
	case os.Getenv("UPDATE_DOCS") != "":
		if err := os.WriteFile(p.path, []byte(p.text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the program says now; UPDATE_DOCS=1 writes it:\n%s", p.path, p.text)
	}
}
