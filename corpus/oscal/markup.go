package oscal

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// markup is prose. JSON and YAML write it in Markdown; XML writes it in
// elements, which are turned into that Markdown, so that equal documents read
// alike.
type markup string

// UnmarshalXML reads the contents of an element as prose.
func (m *markup) UnmarshalXML(dec *xml.Decoder, start xml.StartElement) error {
	var w markupWriter
	err := w.contents(dec, 0)
	*m = markup(w.b.String())
	return err
}

// UnmarshalXML reads a part, whose paragraphs stand among its other elements.
func (p *part) UnmarshalXML(dec *xml.Decoder, start xml.StartElement) error {
	return p.decode(dec, start, 0)
}

func (p *part) decode(dec *xml.Decoder, start xml.StartElement, depth int) error {
	if depth > maxDepth {
		return errDepth("parts")
	}
	p.ID, p.Name = attr(start, "id"), attr(start, "name")
	var prose markupWriter
	err := children(dec, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "title", "link":
			return dec.Skip()
		case "prop":
			return decodeMore(dec, e, &p.Props)
		case "part":
			var q part
			err := q.decode(dec, e, depth+1)
			p.Parts = append(p.Parts, q)
			return err
		}
		return prose.element(dec, e, depth)
	})
	p.Prose = markup(prose.b.String())
	return err
}

// markupWriter writes elements as Markdown.
type markupWriter struct {
	b      strings.Builder
	parted bool   // a block ended, so that what follows is another paragraph
	marker string // of the list item that the next text begins
}

// inline holds what Markdown puts around the contents of an element.
func inline(element string) string {
	switch element {
	case "em", "i":
		return "*"
	case "strong", "b":
		return "**"
	case "code":
		return "`"
	case "q":
		return `"`
	}
	return ""
}

// contents writes the text and elements up to the end of the one that was
// begun.
func (w *markupWriter) contents(dec *xml.Decoder, depth int) error {
	if depth > maxDepth {
		return errDepth("elements of prose")
	}
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			w.text(string(t))
		case xml.StartElement:
			if err := w.element(dec, t, depth); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// element writes the element that was begun.
func (w *markupWriter) element(dec *xml.Decoder, e xml.StartElement, depth int) error {
	switch e.Name.Local {
	case "insert":
		w.text("{{ insert: param, " + attr(e, "id-ref") + " }}")
		return dec.Skip()
	case "br":
		w.text(" ")
		return dec.Skip()
	case "img":
		w.text(attr(e, "alt"))
		return dec.Skip()
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "table", "tr":
		return w.block(func() error { return w.contents(dec, depth+1) })
	case "td", "th":
		w.text("| ")
		defer w.text(" ")
	case "ul", "ol":
		return w.list(dec, e.Name.Local == "ol", depth)
	}
	w.text(inline(e.Name.Local))
	err := w.contents(dec, depth+1)
	w.text(inline(e.Name.Local))
	return err
}

func (w *markupWriter) list(dec *xml.Decoder, numbered bool, depth int) error {
	if depth > maxDepth {
		return errDepth("elements of prose")
	}
	n := 0
	return children(dec, func(e xml.StartElement) error {
		n++
		return w.block(func() error {
			w.marker = "* "
			if numbered {
				w.marker = fmt.Sprintf("%d. ", n)
			}
			err := w.contents(dec, depth+1)
			w.marker = "" // of an empty item
			return err
		})
	})
}

// block parts what write writes from what stands around it.
func (w *markupWriter) block(write func() error) error {
	w.parted = true
	err := write()
	w.parted = true
	return err
}

// text writes text with runs of white space as one blank: line breaks mean
// something in Markdown, but nothing in XML.
func (w *markupWriter) text(s string) {
	words := strings.Join(strings.Fields(s), " ")
	if words == "" {
		if s != "" && !w.parted {
			w.b.WriteByte(' ')
		}
		return
	}
	if w.parted && w.b.Len() > 0 {
		w.b.WriteString("\n\n")
	} else if !w.parted && isBlank(s[0]) {
		w.b.WriteByte(' ')
	}
	w.b.WriteString(w.marker)
	w.b.WriteString(words)
	if isBlank(s[len(s)-1]) {
		w.b.WriteByte(' ')
	}
	w.parted, w.marker = false, ""
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
