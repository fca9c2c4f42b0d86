package oscal

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// readXML reads a catalog without ever holding more of it than one control.
// Entities other than the five of XML are errors: nothing is expanded.
func (c *catalog) readXML(r io.Reader) error {
	dec := xml.NewDecoder(r)
	root, err := rootOf(dec)
	if err != nil {
		return err
	}
	switch root.Name.Local {
	case "profile":
		return errProfile
	case "catalog":
	default:
		return errNoCatalog
	}
	return atLine(dec, children(dec, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "metadata":
			var m metadata
			if err := dec.DecodeElement(&m, &e); err != nil {
				return err
			}
			c.describe(m)
		case "param":
			var p param
			if err := dec.DecodeElement(&p, &e); err != nil {
				return err
			}
			c.params.add([]param{p})
		case "group":
			return c.groupXML(dec, e, nowhere, 0)
		case "control":
			return c.controlXML(dec, e, nowhere)
		case "back-matter":
			var b backMatter
			if err := dec.DecodeElement(&b, &e); err != nil {
				return err
			}
			c.cite(b)
		default:
			return dec.Skip()
		}
		return nil
	}))
}

func (c *catalog) groupXML(dec *xml.Decoder, start xml.StartElement, above, depth int) error {
	if depth > maxDepth {
		return errDepth("groups")
	}
	at := c.open(above)
	g := node{ID: attr(start, "id"), Class: attr(start, "class")}
	err := children(dec, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "title":
			return dec.DecodeElement(&g.Title, &e)
		case "param":
			return decodeMore(dec, e, &g.Params)
		case "prop":
			return decodeMore(dec, e, &g.Props)
		case "link":
			return decodeMore(dec, e, &g.Links)
		case "part":
			return decodeMore(dec, e, &g.Parts)
		case "group":
			return c.groupXML(dec, e, at, depth+1)
		case "control":
			return c.controlXML(dec, e, at)
		}
		return dec.Skip()
	})
	c.fill(at, &g)
	return err
}

func (c *catalog) controlXML(dec *xml.Decoder, start xml.StartElement, above int) error {
	var n node
	if err := dec.DecodeElement(&n, &start); err != nil {
		return err
	}
	return c.control(&n, above)
}

func decodeProfileXML(data []byte) (*profile, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	root, err := rootOf(dec)
	if err != nil {
		return nil, err
	}
	switch root.Name.Local {
	case "catalog":
		return nil, errCatalog
	case "profile":
		p := &profile{}
		return p, atLine(dec, dec.DecodeElement(p, &root))
	}
	return nil, errNoProfile
}

// rootOf returns the first element of a document.
func rootOf(dec *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := dec.Token()
		if err != nil {
			return xml.StartElement{}, atLine(dec, err)
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
	}
}

// children calls do for each element up to the end of the one that was begun.
// It must read that element to its end.
func children(dec *xml.Decoder, do func(e xml.StartElement) error) error {
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := do(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// decodeMore appends the element that was begun to a list.
func decodeMore[T any](dec *xml.Decoder, start xml.StartElement, list *[]T) error {
	var v T
	err := dec.DecodeElement(&v, &start)
	*list = append(*list, v)
	return err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// atLine adds to an error the line on which the decoder stands.
func atLine(dec *xml.Decoder, err error) error {
	if err == nil {
		return nil
	}
	line, _ := dec.InputPos()
	if err == io.EOF {
		return fmt.Errorf("line %d: not valid XML: the file ends too early", line)
	}
	if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Errorf("line %d: not valid XML: %s", s.Line, s.Msg)
	}
	return fmt.Errorf("line %d: %w", line, err)
}
