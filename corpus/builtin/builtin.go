// Package builtin holds the frameworks and label sets that come with the
// program.
//
// The statements are restated in the project's own words; ids, titles, names,
// priorities, cross-references and mapped pairs are facts and stand as
// published. Nothing here is authoritative.
package builtin

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"concord/corpus"
)

var (
	//go:embed data/cyber-ai-profile.jsonl
	cyberAIProfile []byte
	//go:embed data/csf.jsonl
	csf []byte
	//go:embed data/sp800-53.jsonl
	sp80053 []byte

	//go:embed labels/csf-2.0-to-sp800-53-5.2.0.tsv
	csfToSP80053 string
)

// Names returns the names of the built-in frameworks.
func Names() []string { return []string{"cyber-ai-profile", "csf", "sp800-53"} }

// Edition returns the edition of a built-in framework, "" if there is none of
// that name. It reads only the head of the data.
func Edition(name string) string {
	head, _, _ := bytes.Cut(data(name), []byte("\n"))
	var line struct{ Framework corpus.Framework }
	if json.Unmarshal(head, &line) != nil {
		return ""
	}
	return line.Framework.Edition
}

// Open reads a built-in framework. It is an error if there is none of that
// name.
func Open(name string) (*corpus.Framework, error) {
	text := data(name)
	if text == nil {
		return nil, fmt.Errorf("no built-in framework %q; there are %s", name, strings.Join(Names(), ", "))
	}
	f, err := corpus.ReadLines(text)
	if err != nil {
		return nil, fmt.Errorf("built-in %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	f.SHA256 = hex.EncodeToString(sum[:])
	return f, nil
}

func data(name string) []byte {
	switch name {
	case "cyber-ai-profile":
		return cyberAIProfile
	case "csf":
		return csf
	case "sp800-53":
		return sp80053
	}
	return nil
}

// LabelSets returns the built-in label sets.
func LabelSets() []corpus.LabelSet {
	return []corpus.LabelSet{{
		Name:    "csf-2.0-to-sp800-53-5.2.0",
		Source:  "csf@2.0",
		Target:  "sp800-53@5.2.0",
		Maker:   "NIST, CSF 2.0 Reference Tool, OLIR informative references, export of 2026-07-20",
		Licence: "public domain (work of the US Government)",
		Trust:   "A",
		Pairs:   pairs(csfToSP80053),
	}}
}

// pairs reads a pair a line, source and target apart by a tab.
func pairs(tsv string) []corpus.Pair {
	var out []corpus.Pair
	for row := range strings.Lines(tsv) {
		if source, target, ok := strings.Cut(strings.TrimSpace(row), "\t"); ok {
			out = append(out, corpus.Pair{Source: source, Target: target})
		}
	}
	return out
}
