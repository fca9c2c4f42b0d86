package orgprofile

import (
	"fmt"
	"strings"

	"concord/corpus"
	"concord/internal/visible"
)

// Starter returns a file to begin with, for the outcomes of a framework: valid as
// it is, with a comment on everything that it may say. controls are the
// frameworks whose controls can be listed, as name@edition.
func Starter(f *corpus.Framework, controls []string) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# What your organisation says of itself, for concord profile.")
	line("# docs/community.md explains every key. All of them are optional.")
	line("")
	line("profile: My organisation")
	line("framework: %s", quoted(f.Spec()))
	line("")
	if areas := focusAreas(f); len(areas) > 0 {
		line("# The focus areas that apply. Without this key all of them do.")
		line("focus_areas: [%s]", strings.Join(areas, ", "))
		line("")
	}
	starterOutcomes(line, f)
	starterControls(line, controls)
	return []byte(b.String())
}

func starterOutcomes(line func(string, ...any), f *corpus.Framework) {
	line(`# What you say of outcomes, by id. An id above others (GV, GV.OC) and "*" speak for
# everything below them, a focus area behind it ("GV#secure") for those cells alone.
# The more specific entry wins. An entry is one word or has keys:
#
#   GV.RR: no                   not included (yes: included, unless you say otherwise)
#   GV.SC: 1                    priority 1 (high), 2 or 3 instead of the framework's
#   PR.AA-01: met               current status: open, partly or met
#   DE.CM#defend:
#     included: yes
#     rationale: We run our own detection.
#     priority: 1
#     current:                  or one word: the status
#       status: partly
#       policies: [Monitoring policy 4.2]
#       practices: Alerts are looked at every morning.
#       roles: Head of operations
#       evidence: [audit 2026-03, ticket 4711]
#     target: met               with the same keys as current; met unless you say otherwise`)
	line("outcomes:")
	for _, e := range f.Elements {
		if e.Kind == corpus.KindFunction {
			line("  # %s: yes   # %s", quoted(e.ID), remark(e.Title))
		}
	}
	line("")
}

func starterControls(line func(string, ...any), controls []string) {
	line(`# The controls that you have, by framework. A control that is listed is implemented,
# unless you say partial or planned. What follows comes from the latest draft from
# your framework to each of these, as far as people have decided on it:
#
#   sp800-53: [AC-2, AU-6, {id: SC-7, state: partial, evidence: firewall review}]
#   iso-42001:
#     A.2.2:
#     A.2.3: {state: implemented, evidence: [policy 7, minutes of May]}
#     A.2.4: planned
#`)
	line("# There are drafts to, or could be to: %s", remark(strings.Join(controls, ", ")))
	line("controls:")
}

// quoted returns text as a scalar of YAML that is nothing but text.
func quoted(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("-@._", r) && (r > 'z' || r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a')
	}) && s[0] >= 'A' && !strings.HasPrefix(s, "_")
	if plain && !isWord(s) {
		return s
	}
	return "'" + strings.ReplaceAll(remark(s), "'", "''") + "'"
}

// isWord reports whether a reader of YAML may take a plain word for something
// else than text.
func isWord(s string) bool {
	_, ok := boolean(s)
	switch strings.ToLower(s) {
	case "null", "on", "off", "y", "n":
		return true
	}
	return ok
}

// remark returns text that stays on its line.
func remark(s string) string { return visible.Text(strings.Join(strings.Fields(s), " ")) }
