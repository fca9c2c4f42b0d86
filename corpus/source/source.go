// Package source finds a framework by its name or its file, or downloads it
// from its publisher.
//
// Names are those of the built-in frameworks and of frameworks imported into
// a workspace; an imported one goes before a built-in one of the same name,
// for it holds the publisher's own words.
package source

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/corpus/oscal"
	"concord/internal/atomicfile"
)

// DefaultMaxBytes is the largest file that is read where no limit is set.
const DefaultMaxBytes = 256 << 20

// A Library is a place to look for frameworks. The zero Library has the
// built-in ones.
type Library struct {
	Dir      string // of imported frameworks; none if empty
	MaxBytes int64  // of a file; DefaultMaxBytes if zero
	Columns  map[string]string
}

// An UnknownError says that there is no framework of a name, or no file at a
// path.
type UnknownError struct {
	Name  string
	Known []string // nil of a path
}

func (e *UnknownError) Error() string {
	if e.Known == nil {
		return "no such file: " + e.Name
	}
	return fmt.Sprintf("no framework %q and no file of that name; known: %s", e.Name, strings.Join(e.Known, ", "))
}

// Open finds a framework by "name", "name@edition" or the path of a file. A name
// alone means its newest edition.
func (l Library) Open(spec string) (*corpus.Framework, error) {
	if info, err := os.Stat(spec); err == nil && !info.IsDir() {
		return l.openFile(spec)
	}
	if strings.ContainsAny(spec, `/\`) {
		if _, err := os.Stat(spec); errors.Is(err, fs.ErrNotExist) {
			return nil, &UnknownError{Name: spec}
		} else if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s is a folder, not a file", spec)
	}
	entries, err := l.List()
	if err != nil {
		return nil, err
	}
	if found := named(entries, spec); len(found) > 0 {
		return found[0].open()
	}
	unknown := &UnknownError{Name: spec}
	for _, e := range entries {
		unknown.Known = append(unknown.Known, e.Name+"@"+e.Edition)
	}
	return nil, unknown
}

// Editions returns what a name can mean, the newest edition first and of one
// edition the imported text before the built-in one. A spec with an edition
// means that one alone.
func (l Library) Editions(spec string) ([]Entry, error) {
	entries, err := l.List()
	return named(entries, spec), err
}

func named(entries []Entry, spec string) []Entry {
	name, edition, _ := strings.Cut(spec, "@")
	var found []Entry
	for _, e := range entries {
		if e.Name == name && (edition == "" || e.Edition == edition) {
			found = append(found, e)
		}
	}
	// A part of an edition, such as a baseline, is never what a name means.
	slices.SortStableFunc(found, func(a, b Entry) int {
		if part := isBaseline(a.Edition); part != isBaseline(b.Edition) {
			if part {
				return 1
			}
			return -1
		}
		return corpus.CompareEditions(b.Edition, a.Edition)
	})
	return found
}

func isBaseline(edition string) bool {
	return slices.ContainsFunc(strings.Split(edition, "-")[1:], func(part string) bool {
		return slices.Contains([]string{"low", "moderate", "high", "privacy"}, part)
	})
}

func (l Library) openFile(path string) (*corpus.Framework, error) {
	if f, err := l.stream(path); f != nil || err != nil {
		return f, err
	}
	data, err := l.readFile(path)
	if err != nil {
		return nil, err
	}
	return l.read(data, path)
}

// stream reads an OSCAL catalog in JSON or XML, which may be large, without
// holding the file in memory. Of any other file it returns nothing, and no error.
func (l Library) stream(path string) (*corpus.Framework, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() > cmp.Or(l.MaxBytes, DefaultMaxBytes) {
		return nil, err // which readFile puts into words
	}
	buffered := bufio.NewReaderSize(file, 1<<16)
	if start, _ := buffered.Peek(512); !catalogJSON.Match(head(start)) && !catalogXML.Match(head(start)) {
		return nil, nil
	}
	sum := sha256.New()
	valid := transform.NewReader(io.TeeReader(buffered, sum), encoding.UTF8Validator)
	f, err := oscal.ReadFrom(valid)
	if err != nil {
		return nil, nil // the slower way names the line
	}
	if _, err := io.Copy(io.Discard, valid); err != nil {
		return nil, nil
	}
	return l.finish(f, hex.EncodeToString(sum.Sum(nil)), path)
}

// read reads the bytes of a file that lies at path or at an address.
func (l Library) read(data []byte, path string) (*corpus.Framework, error) {
	read := Read
	if isProfile(data) {
		read = resolve
	}
	f, err := read(data, path, l.Columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	return l.finish(f, hex.EncodeToString(sum[:]), path)
}

// finish completes what a reader cannot know of the file that it read.
func (l Library) finish(f *corpus.Framework, sha256, path string) (*corpus.Framework, error) {
	if err := complete(f); err != nil {
		return nil, err
	}
	f.SHA256 = sha256
	if f.Source == "" {
		f.Source = filepath.Base(path)
	}
	return f, nil
}

// resolve reads an OSCAL profile. The catalogs that it imports are looked for
// by their file names in its own folder, and nowhere else.
func resolve(data []byte, path string, _ map[string]string) (*corpus.Framework, error) {
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return oscal.Resolve(data, func(href string) ([]byte, error) {
		name := pathpkg.Base(href)
		data, err := folder.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("put %s beside the profile", name)
		}
		return data, err
	})
}

// complete takes from the built-in framework of the same edition what a file
// does not say: which elements were withdrawn, and of a table the kinds. The
// OSCAL catalog of CSF 2.0 still lists the subcategories of CSF 1.1 as if they
// were active, and the export of SP 800-53B every control that there ever was.
func complete(f *corpus.Framework) error {
	spec := strings.Replace(f.Spec(), "sp800-53b@", "sp800-53@", 1)
	if !slices.Contains(builtin.Specs(), spec) {
		return nil
	}
	known, err := builtin.Open(spec)
	if err != nil {
		return err
	}
	for i := range f.Elements {
		e := &f.Elements[i]
		k, ok := known.Element(e.ID)
		if !ok {
			continue
		}
		e.Withdrawn = e.Withdrawn || k.Withdrawn
		if e.Kind == corpus.KindRequirement { // what a table says that says nothing
			e.Kind = k.Kind
		}
	}
	f.Publisher, f.Licence = cmp.Or(f.Publisher, known.Publisher), cmp.Or(f.Licence, known.Licence)
	return nil
}

func (l Library) readFile(path string) ([]byte, error) {
	limit := cmp.Or(l.MaxBytes, DefaultMaxBytes)
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > limit {
		return nil, fmt.Errorf("%s has %d MB, more than the limit of %d MB (raise max_file_mb to read it)", path, info.Size()>>20, limit>>20)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than the limit of %d MB (raise max_file_mb to read it)", path, limit>>20)
	}
	return data, nil
}

// An Entry is a framework that can be opened by name.
type Entry struct {
	Name, Edition string
	Builtin       bool
	open          func() (*corpus.Framework, error)
}

// Open reads the framework.
func (e Entry) Open() (*corpus.Framework, error) { return e.open() }

// List returns all that can be opened by name, imported before built-in, each
// in order of name and edition, newest edition first.
func (l Library) List() ([]Entry, error) {
	var entries []Entry
	if l.Dir != "" {
		files, err := os.ReadDir(l.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, f := range files {
			spec, whole := strings.CutSuffix(f.Name(), ".jsonl")
			name, edition, ok := strings.Cut(spec, "@")
			if !ok || !whole {
				continue
			}
			file := filepath.Join(l.Dir, f.Name())
			entries = append(entries, Entry{Name: name, Edition: edition, open: func() (*corpus.Framework, error) {
				return readImported(file)
			}})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), corpus.CompareEditions(b.Edition, a.Edition))
	})
	for _, spec := range builtin.Specs() {
		name, edition, _ := strings.Cut(spec, "@")
		entries = append(entries, Entry{Name: name, Edition: edition, Builtin: true, open: func() (*corpus.Framework, error) {
			return builtin.Open(spec)
		}})
	}
	return entries, nil
}

func readImported(file string) (*corpus.Framework, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, err := corpus.ReadLines(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (import the framework again)", file, err)
	}
	return f, nil
}

// countable is the largest file in which fields that are passed over are
// counted, for that takes all of it in memory.
const countable = 32 << 20

// Ignored counts what of a file its reader passes over: fields of other names,
// or cells in other columns. Large files are not counted.
func (l Library) Ignored(path string) (map[string]int, error) {
	if info, err := os.Stat(path); err != nil || info.Size() > countable {
		return nil, err
	}
	data, err := l.readFile(path)
	if err != nil {
		return nil, err
	}
	f, err := detect(data, path, l.Columns)
	if err != nil {
		return nil, err
	}
	return f.ignored(data), nil
}

// Import reads a file and keeps it under its name and edition, or those given.
// It replaces an earlier import of the same name and edition. A local one, and
// one whose licence says that it is not redistributable, may be sent to no
// hosted model. An error of the workspace is a [*StoreError].
func (l Library) Import(path, name, edition string, local bool) (*corpus.Framework, error) {
	f, err := l.openFile(path)
	if err != nil {
		return nil, err
	}
	if name != "" || edition != "" {
		if err := f.Rename(cmp.Or(name, f.Name), cmp.Or(edition, f.Edition)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := complete(f); err != nil {
			return nil, err
		}
	}
	f.Local = f.Local || local || strings.Contains(f.Licence, "not redistributable")
	if err := l.keep(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// keep stores a framework under its name and edition.
func (l Library) keep(f *corpus.Framework) error {
	if err := checkNames(f.Name, f.Edition); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := corpus.WriteLines(&b, f); err != nil {
		return err
	}
	if err := os.MkdirAll(l.Dir, 0o755); err != nil {
		return &StoreError{err}
	}
	if err := atomicfile.Write(filepath.Join(l.Dir, f.Spec()+".jsonl"), b.Bytes()); err != nil {
		return &StoreError{err}
	}
	return nil
}

// A StoreError says that a framework could not be stored in the workspace.
type StoreError struct{ err error }

func (e *StoreError) Error() string { return "keep it in the workspace: " + e.err.Error() }
func (e *StoreError) Unwrap() error { return e.err }

// checkNames refuses what could not be part of the name of a file.
func checkNames(names ...string) error {
	for _, name := range names {
		if name == "" || strings.Trim(name, ".") == "" || strings.ContainsFunc(name, notInFileName) {
			return fmt.Errorf("%q cannot be part of a name: use letters, digits, dots, dashes, plus signs and underscores (--name, --edition)", name)
		}
	}
	return nil
}

func notInFileName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_+", r))
}
