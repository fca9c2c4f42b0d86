package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// line is one line of the project's own format: exactly one of three things.
type line struct {
	Framework *Framework `json:"framework,omitempty"`
	Reference *Reference `json:"reference,omitempty"`
	*Element
}

// WriteLines writes a framework in the project's own format, JSON lines: first
// {"framework": {...}}, then an element a line, then {"reference": {...}}
// lines. ReadLines reads it back unchanged.
func WriteLines(w io.Writer, f *Framework) error {
	buffered := bufio.NewWriter(w)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line{Framework: f}); err != nil {
		return err
	}
	for i := range f.Elements {
		if err := enc.Encode(&f.Elements[i]); err != nil {
			return err
		}
	}
	for i := range f.References {
		if err := enc.Encode(line{Reference: &f.References[i]}); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// ReadLines reads the format of [WriteLines]. Errors name the line.
func ReadLines(data []byte) (*Framework, error) {
	var f *Framework
	n := 0
	for row := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(row)) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case l.Framework != nil:
			if f != nil {
				return nil, fmt.Errorf("line %d: a second framework; one file holds one", n)
			}
			f = l.Framework
		case f == nil:
			return nil, fmt.Errorf(`line %d: the first line must be {"framework": {...}}`, n)
		case l.Reference != nil:
			f.References = append(f.References, *l.Reference)
		case l.Element != nil:
			f.Elements = append(f.Elements, *l.Element)
		default:
			return nil, fmt.Errorf("line %d: neither an element nor a reference", n)
		}
	}
	if f == nil {
		return nil, fmt.Errorf("no framework in the file")
	}
	return f, f.Finish()
}
