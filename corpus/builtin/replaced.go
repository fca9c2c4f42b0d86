package builtin

import (
	"embed"
	"strings"
)

// replacements holds a file, NAME@EDITION.tsv, for a framework with withdrawn
// elements. They stand apart from the elements, which every run is bound to.
//
//go:embed replaced
var replacements embed.FS

// Replaced returns the ids that a publisher names in place of a withdrawn element
// of a framework, "csf@2.0"; nil if none are known. They are facts as published,
// for texts that do not say so themselves.
func Replaced(spec, id string) []string {
	data, err := replacements.ReadFile("replaced/" + spec + ".tsv")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		if from, to, _ := strings.Cut(strings.TrimSpace(line), "\t"); from == id {
			return strings.Fields(to)
		}
	}
	return nil
}
