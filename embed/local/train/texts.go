package main

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/corpus/source"
	"concord/embed/local"
)

// A text is a framework as the features of its elements.
type text struct {
	source   local.Text
	elements [][]string
}

// read reads the built-in frameworks and then the files, in the order given and
// by name within a folder. A file named by itself must be a framework; one found
// in a folder that is not, or that is an edition already read from another file,
// is left out, and said to be.
func (o options) read(progress io.Writer) ([]text, error) {
	var texts []text
	reader, err := local.NewReader()
	if err != nil {
		return nil, err
	}
	add := func(f *corpus.Framework, from string) {
		if slices.Contains(o.without, f.Name) {
			fmt.Fprintf(progress, "%s: left out as --without says\n", f.Spec())
			return
		}
		t := describe(f, reader)
		fmt.Fprintf(progress, "%s: %d elements from %s\n", f.Spec(), t.source.Elements, from)
		texts = append(texts, t)
	}
	for _, spec := range builtin.Specs() {
		f, err := builtin.Open(spec)
		if err != nil {
			return nil, err
		}
		add(f, "the built-in library")
	}
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	seen := map[string]string{}
	for _, file := range files {
		f, err := source.Library{}.Open(file.path)
		switch {
		case err != nil && file.named:
			return nil, err
		case err != nil:
			fmt.Fprintf(progress, "%s: left out: it is not a framework\n", file.path)
		case seen[f.Spec()] != "":
			fmt.Fprintf(progress, "%s: left out: %s was read from %s\n", file.path, f.Spec(), seen[f.Spec()])
		default:
			seen[f.Spec()] = file.path
			add(f, file.path)
		}
	}
	return texts, nil
}

// A file to read: named on the command line, or found in a folder.
type file struct {
	path  string
	named bool
}

func (o options) files() ([]file, error) {
	var files []file
	for _, root := range o.texts {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, file{path, path == root})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("--texts: %w", err)
		}
	}
	return files, nil
}

// describe reads what the elements of a framework say themselves. What stands
// above and below them is described by itself; as often as an index repeats it,
// it would drown the rest.
func describe(f *corpus.Framework, r *local.Reader) text {
	t := text{source: local.Text{Framework: f.Spec(), Digest: f.Digest()}}
	for _, e := range f.Elements {
		if e.Withdrawn || e.Generic != "" {
			continue
		}
		if features := r.Features(strings.Join([]string{e.Title, e.Text, e.Guide}, "\n")); len(features) > 0 {
			t.elements = append(t.elements, features)
		}
	}
	t.source.Elements = len(t.elements)
	return t
}
