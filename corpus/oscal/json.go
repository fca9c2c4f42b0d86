package oscal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// readJSON reads a catalog without ever holding more of it than one control.
func (c *catalog) readJSON(r io.Reader) error {
	in := &window{r: r}
	j := &jsonReader{c: c, dec: json.NewDecoder(in), in: in}
	missing := errNoCatalog
	err := j.object("document", func(key string) error {
		switch key {
		case "catalog":
			missing = nil
			return j.catalog()
		case "profile":
			if missing != nil {
				missing = errProfile
			}
		}
		return j.skip()
	})
	if err != nil {
		return err
	}
	if _, err := j.dec.Token(); err != io.EOF {
		return fmt.Errorf("line %d: not valid JSON: something follows the document", j.line())
	}
	return missing
}

type jsonReader struct {
	c       *catalog
	dec     *json.Decoder
	in      *window
	skipped json.RawMessage // reused
}

func (j *jsonReader) catalog() error {
	const path = "catalog"
	return j.object(path, func(key string) error {
		switch key {
		case "metadata":
			var m metadata
			if err := j.decode(path+".metadata", &m); err != nil {
				return err
			}
			j.c.describe(m)
		case "params":
			var list []param
			if err := j.decode(path+".params", &list); err != nil {
				return err
			}
			j.c.params.add(list)
		case "groups":
			return j.groups(path+".groups", nowhere, 0)
		case "controls":
			return j.controls(path+".controls", nowhere)
		case "back-matter":
			var b backMatter
			if err := j.decode(path+".back-matter", &b); err != nil {
				return err
			}
			j.c.cite(b)
		default:
			return j.skip()
		}
		return nil
	})
}

func (j *jsonReader) groups(path string, above, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("line %d: %w", j.line(), errDepth("groups"))
	}
	return j.list(path, func() error {
		var g node
		// The row comes before those of the controls, though the group may
		// name itself after them.
		at := j.c.open(above)
		err := j.object(path, func(key string) error {
			switch key {
			case "id":
				return j.decode(path+".id", &g.ID)
			case "class":
				return j.decode(path+".class", &g.Class)
			case "title":
				return j.decode(path+".title", &g.Title)
			case "params":
				return j.decode(path+".params", &g.Params)
			case "props":
				return j.decode(path+".props", &g.Props)
			case "links":
				return j.decode(path+".links", &g.Links)
			case "parts":
				return j.decode(path+".parts", &g.Parts)
			case "groups":
				return j.groups(path+".groups", at, depth+1)
			case "controls":
				return j.controls(path+".controls", at)
			}
			return j.skip()
		})
		j.c.fill(at, &g)
		return err
	})
}

func (j *jsonReader) controls(path string, above int) error {
	return j.list(path, func() error {
		var n node
		if err := j.decode(path, &n); err != nil {
			return err
		}
		return j.c.control(&n, above)
	})
}

// object reads an object; field reads the value of each key. Null is an
// object without keys.
func (j *jsonReader) object(path string, field func(key string) error) error {
	if in, err := j.enter(path, '{', "object"); !in {
		return err
	}
	for j.dec.More() {
		key, err := j.dec.Token()
		if err != nil {
			return j.syntax(err)
		}
		name, _ := key.(string)
		if err := field(name); err != nil {
			return err
		}
	}
	_, err := j.dec.Token()
	return j.syntax(err)
}

// list reads a list; item reads each of its values. Null is an empty list.
func (j *jsonReader) list(path string, item func() error) error {
	if in, err := j.enter(path, '[', "list"); !in {
		return err
	}
	for j.dec.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := j.dec.Token()
	return j.syntax(err)
}

func (j *jsonReader) enter(path string, open json.Delim, what string) (bool, error) {
	token, err := j.dec.Token()
	if err != nil {
		return false, j.syntax(err)
	}
	if token != nil && token != open {
		return false, fmt.Errorf("line %d: %s: expected a JSON %s, found %v", j.line(), path, what, token)
	}
	return token == open, nil
}

// decode reads the next value into v.
func (j *jsonReader) decode(path string, v any) error {
	start := j.dec.InputOffset()
	j.in.forget(start)
	err := j.dec.Decode(v)
	typ, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return j.syntax(err)
	}
	if typ.Field != "" {
		path += "." + strings.ToLower(typ.Field)
	}
	line := j.in.line(start + j.in.separator() + typ.Offset - 1)
	return fmt.Errorf("line %d: %s: cannot read a JSON %s as %s", line, path, typ.Value, typ.Type.Kind())
}

func (j *jsonReader) skip() error {
	j.in.forget(j.dec.InputOffset())
	return j.syntax(j.dec.Decode(&j.skipped))
}

func (j *jsonReader) line() int { return j.in.line(j.dec.InputOffset()) }

// syntax adds the line to an error of the decoder.
func (j *jsonReader) syntax(err error) error {
	if err == nil {
		return nil
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("line %d: not valid JSON: the file ends too early", j.in.line(math.MaxInt64))
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); !ok {
		return err
	}
	// The decoder stands before the value that it could not read, and the
	// offset in its error leaves out what was read as tokens: reading the
	// value again by itself gives the offset in it.
	at := j.dec.InputOffset()
	j.in.forget(at)
	at += j.in.separator()
	j.in.forget(at)
	inner := json.NewDecoder(bytes.NewReader(j.in.kept)).Decode(new(json.RawMessage))
	if s, ok := errors.AsType[*json.SyntaxError](inner); ok {
		at += s.Offset - 1
	}
	return fmt.Errorf("line %d: not valid JSON: %w", j.in.line(at), err)
}

// window is a reader that keeps what was read of the value that is being
// decoded, so that an error can name its line.
type window struct {
	r     io.Reader
	start int64 // offset of what is kept
	lines int   // breaks before it
	kept  []byte
}

func (w *window) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, err
}

// forget drops what lies before an offset.
func (w *window) forget(offset int64) {
	n := w.within(offset)
	w.lines += bytes.Count(w.kept[:n], []byte("\n"))
	w.kept = w.kept[n:]
	w.start += int64(n)
}

// line returns the line of the byte at an offset, counted from 1.
func (w *window) line(offset int64) int {
	return 1 + w.lines + bytes.Count(w.kept[:w.within(offset)], []byte("\n"))
}

func (w *window) within(offset int64) int {
	return int(min(max(offset-w.start, 0), int64(len(w.kept))))
}

// separator returns how many of the bytes kept lead to the value: white space
// and the colon or comma before it.
func (w *window) separator() int64 {
	rest := bytes.TrimLeft(w.kept, " \t\r\n")
	if len(rest) > 0 && (rest[0] == ':' || rest[0] == ',') {
		rest = rest[1:]
	}
	return int64(len(w.kept) - len(rest))
}
