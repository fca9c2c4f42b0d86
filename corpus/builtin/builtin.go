// Package builtin holds the frameworks and label sets that come with the
// program.
//
// The statements are restated in the project's own words; ids, titles, names,
// priorities, cross-references and mapped pairs are facts and stand as
// published. Nothing here is authoritative.
package builtin

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"concord/corpus"
)

// files holds a framework a file, data/NAME@EDITION.jsonl, and a label set a
// file, labels/NAME.tsv. Nothing is read before it is asked for.
//
//go:embed data labels
var files embed.FS

// Specs names the built-in frameworks, "csf@2.0", in order of name, the newest
// edition of each first.
func Specs() []string {
	specs := list("data", ".jsonl")
	slices.SortFunc(specs, func(a, b string) int {
		nameA, editionA, _ := strings.Cut(a, "@")
		nameB, editionB, _ := strings.Cut(b, "@")
		if nameA != nameB {
			return strings.Compare(nameA, nameB)
		}
		return corpus.CompareEditions(editionB, editionA)
	})
	return specs
}

// list returns the names of the files in a folder, without their ending.
func list(dir, ending string) []string {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		panic(err) // the folder is part of the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ending)
	}
	return names
}

// Open reads a built-in framework by "name@edition", or by its name for the
// newest edition. It is an error if there is none.
func Open(spec string) (*corpus.Framework, error) {
	for _, s := range Specs() {
		if name, _, _ := strings.Cut(s, "@"); s != spec && name != spec {
			continue
		}
		data, err := files.ReadFile("data/" + s + ".jsonl")
		if err != nil {
			return nil, err
		}
		f, err := corpus.ReadLines(data)
		if err != nil {
			return nil, fmt.Errorf("built-in %s: %w", s, err)
		}
		sum := sha256.Sum256(data)
		f.SHA256 = hex.EncodeToString(sum[:])
		return f, nil
	}
	return nil, fmt.Errorf("no built-in framework %q; there are %s", spec, strings.Join(Specs(), ", "))
}

// LabelSets reads the built-in label sets, in order of name.
func LabelSets() ([]corpus.LabelSet, error) {
	var sets []corpus.LabelSet
	for _, name := range list("labels", ".tsv") {
		text, err := files.ReadFile("labels/" + name + ".tsv")
		if err != nil {
			return nil, err
		}
		set, err := parseLabels(name, string(text))
		if err != nil {
			return nil, fmt.Errorf("built-in label set %s: %w", name, err)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// parseLabels reads "# key: value" lines and then a pair a line, source and
// target apart by a tab.
func parseLabels(name, text string) (corpus.LabelSet, error) {
	set := corpus.LabelSet{Name: name}
	n := 0
	for row := range strings.Lines(text) {
		n++
		row = strings.TrimRight(row, "\n")
		if note, ok := strings.CutPrefix(row, "# "); ok {
			key, value, _ := strings.Cut(note, ": ")
			switch key {
			case "source":
				set.Source = value
			case "target":
				set.Target = value
			case "maker":
				set.Maker = value
			case "licence":
				set.Licence = value
			case "trust":
				set.Trust = value
			case "comprehensive":
				set.Comprehensive = value == "yes"
			case "published":
				p, err := parsePublished(value)
				if err != nil {
					return set, fmt.Errorf("line %d: %w", n, err)
				}
				set.Published = append(set.Published, p)
			default:
				return set, fmt.Errorf("line %d: unknown key %q", n, key)
			}
			continue
		}
		source, target, ok := strings.Cut(row, "\t")
		if !ok || source == "" || target == "" {
			return set, fmt.Errorf("line %d: want a source and a target apart by a tab", n)
		}
		set.Pairs = append(set.Pairs, corpus.Pair{Source: source, Target: target})
	}
	return set, nil
}

// parsePublished reads "system; metric value; metric value".
func parsePublished(text string) (corpus.Published, error) {
	system, values, _ := strings.Cut(text, "; ")
	p := corpus.Published{System: system, Metrics: map[string]float64{}}
	for pair := range strings.SplitSeq(values, "; ") {
		metric, value, _ := strings.Cut(pair, " ")
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || x < 0 || x > 1 {
			return p, fmt.Errorf("published figure %q: want a metric and a number from 0 to 1", pair)
		}
		p.Metrics[metric] = x
	}
	return p, nil
}
