package export

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// A writer is one format: its name, its file and how to write it.
type writer struct {
	name, file string
	write      func(io.Writer, *Document) error
}

func writers() []writer {
	return []writer{{"csv", "draft.csv", CSV}, {"json", "draft.json", JSON}, {"markdown", "draft.md", Markdown}}
}

// Write writes the document into a folder, which it makes if need be, as
// draft.csv, draft.json and draft.md, and returns the paths. The formats are
// "csv", "json" and "markdown"; none given means all. No file is replaced
// before all of them are complete and on disk. If putting one in place fails,
// the paths are those already replaced.
func Write(dir string, d *Document, formats ...string) (paths []string, err error) {
	chosen, err := choose(formats)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for the draft: %w", err)
	}
	var staged []string
	defer func() {
		for _, path := range staged {
			os.Remove(path) // those that were renamed are gone already
		}
	}()
	for _, f := range chosen {
		temp, err := stage(dir, d, f)
		if err != nil {
			return nil, err
		}
		staged = append(staged, temp)
	}
	for i, f := range chosen {
		path := filepath.Join(dir, f.file)
		if err := os.Rename(staged[i], path); err != nil {
			return paths, fmt.Errorf("put %s in place: %w", f.file, err)
		}
		paths = append(paths, path)
	}
	// Not every system can sync a folder; the files themselves are safe.
	if folder, err := os.Open(dir); err == nil {
		folder.Sync()
		folder.Close()
	}
	return paths, nil
}

// choose returns the writers of these formats, each once and in a fixed order.
func choose(formats []string) ([]writer, error) {
	known := writers()
	for _, name := range formats {
		if !slices.ContainsFunc(known, func(w writer) bool { return w.name == name }) {
			return nil, fmt.Errorf("unknown format %q: want csv, json or markdown", name)
		}
	}
	if len(formats) == 0 {
		return known, nil
	}
	return slices.DeleteFunc(known, func(w writer) bool { return !slices.Contains(formats, w.name) }), nil
}

// stage writes one format to a temporary file beside its place and returns the
// path of that file, which is complete and synced; on error there is none.
func stage(dir string, d *Document, f writer) (path string, err error) {
	temp, err := os.CreateTemp(dir, "."+f.file+"-*")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", f.file, err)
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if err := f.write(temp, d); err != nil {
		return "", fmt.Errorf("%s: %w", f.file, err)
	}
	if err := temp.Chmod(0o644); err != nil { // temporary files are private
		return "", fmt.Errorf("write %s: %w", f.file, err)
	}
	if err := temp.Sync(); err != nil {
		return "", fmt.Errorf("write %s: %w", f.file, err)
	}
	if err := temp.Close(); err != nil {
		return "", fmt.Errorf("write %s: %w", f.file, err)
	}
	return temp.Name(), nil
}
