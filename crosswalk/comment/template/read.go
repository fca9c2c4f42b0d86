package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"concord/corpus/sheet"
	"concord/crosswalk/comment"
)

const (
	// headerWithin is how many rows may stand above a header.
	headerWithin = 60
	// maxEntries bounds the rows of one sheet.
	maxEntries = 10_000
)

// Returned is what a file that came back says.
type Returned struct {
	// PackID is the id of the pack that it answers; empty if it does not say.
	PackID string
	// Pack is the pack that came with the file; nil if it has none, or one that
	// somebody changed.
	Pack    *comment.Pack
	Entries []comment.Entry
	Notices []Notice
}

// A Notice is something that a person should know of a file that was read.
type Notice struct {
	Sheet   string `json:"sheet,omitempty"`
	Row     int    `json:"row,omitempty"` // from 1; 0 for the sheet or file
	Message string `json:"message"`
}

func (n Notice) String() string {
	var where []string
	if n.Sheet != "" {
		where = append(where, fmt.Sprintf("sheet %q", n.Sheet))
	}
	if n.Row > 0 {
		where = append(where, fmt.Sprintf("row %d", n.Row))
	}
	if len(where) == 0 {
		return n.Message
	}
	return strings.Join(where, ", ") + ": " + n.Message
}

// Read reads a returned template, in XLSX or CSV, with commas, semicolons or
// tabs. File is the name that the entries get. Sheets, rows and columns may be
// in any order, headings otherwise spelled, rows may stand above the header;
// every sheet with a header that has a comment or a suggested change and one
// more known column is read, hidden ones too. A row that says nothing is passed
// over. A formula is its own text, and is not evaluated; a date is written as
// 2006-01-02; a merged cell counts for all its rows, and rows that share one
// merged comment are one entry. It is an error if there is no such sheet.
func Read(data []byte, file string) (*Returned, error) {
	r, err := read(data, file)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	return r, nil
}

func read(data []byte, file string) (*Returned, error) {
	var grids []grid
	var err error
	r := &Returned{}
	switch {
	case sheet.IsWorkbook(data):
		grids, err = r.workbook(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.New("this is an old Excel file (.xls), or one with a password: save it as .xlsx or CSV")
	default:
		grids, err = delimited(data)
	}
	if err != nil {
		return nil, err
	}
	r.stated(grids)
	found := 0
	var seen []string
	for _, g := range grids {
		if h, from, ok := g.header(); ok {
			found++
			if err := r.entries(g, h, from, file); err != nil {
				return nil, err
			}
		} else if len(g.rows) > 0 {
			seen = append(seen, fmt.Sprintf("%q", g.name))
		}
	}
	if found == 0 {
		where := ""
		if len(seen) > 1 || len(seen) == 1 && seen[0] != `""` {
			where = " on the sheets " + strings.Join(seen[:min(len(seen), 8)], ", ")
		}
		return nil, fmt.Errorf("no header with a column Comment and one more of Number, Element, Row id, Commenter, Organisation, Suggested change, Rationale%s: name the columns so", where)
	}
	return r, nil
}

var packLine = regexp.MustCompile(`(?i)\bpack[:\s]+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// stated looks for the line that says which pack is answered, where the hidden
// sheet does not say it.
func (r *Returned) stated(grids []grid) {
	for _, g := range grids {
		for i, cells := range g.rows[:min(len(g.rows), headerWithin)] {
			for _, c := range cells {
				m := packLine.FindStringSubmatch(c)
				if m == nil {
					continue
				}
				id := strings.ToLower(m[1])
				if r.PackID != "" && r.PackID != id {
					r.note(g.name, g.line(i), "names another pack than the rest of the file, "+id+": sheets of several templates should be returned as several files")
					continue
				}
				r.PackID = id
			}
		}
	}
}

func (r *Returned) note(sheet string, row int, message string) {
	r.Notices = append(r.Notices, Notice{sheet, row, message})
}

// carried reads the hidden sheet.
func (r *Returned) carried(rows [][]string) {
	var p comment.Pack
	damaged := false
	for _, cells := range rows {
		if len(cells) < 2 {
			continue
		}
		body := strings.Join(cells[1:], "")
		var err error
		switch cells[0] {
		case "pack":
			r.PackID = strings.ToLower(strings.TrimSpace(body))
		case "head":
			err = json.Unmarshal([]byte(body), &p)
		case "row":
			var row comment.Row
			err = json.Unmarshal([]byte(body), &row)
			p.Rows = append(p.Rows, row)
		case "element":
			var e comment.Element
			err = json.Unmarshal([]byte(body), &e)
			p.Elements = append(p.Elements, e)
		}
		damaged = damaged || err != nil
	}
	if damaged || p.Check() != nil || p.ID != r.PackID {
		r.note(packSheet, 0, "was changed, so that it does not say any more what the reader saw; the pack that is kept in the workspace counts, if there is one")
		return
	}
	r.Pack = &p
}

// entries reads the rows below a header.
func (r *Returned) entries(g grid, h header, from int, file string) error {
	width := 0
	for _, cells := range g.rows[from:] {
		width = max(width, len(cells))
	}
	extra := h.extra(width)
	comments := h.at[text]
	if _, ok := h.at[text]; !ok {
		comments = -1
	}
	begun := map[int]int{} // the entry of a merged comment, by its first row
	count := 0
	for i := from; i < len(g.rows); i++ {
		cells := g.rows[i]
		if h.same(cells) {
			continue
		}
		e := comment.Entry{
			File: file, Sheet: g.name, Row: g.line(i),
			Number: h.cell(cells, number), Element: g.merged(h, i, element), Reference: g.merged(h, i, rowID),
			Commenter: g.merged(h, i, commenter), Organization: g.merged(h, i, organization),
			Text: h.cell(cells, text), Suggestion: h.cell(cells, suggestion), Rationale: h.cell(cells, rationale),
		}
		for _, k := range extra {
			if k < len(cells) && strings.TrimSpace(cells[k]) != "" {
				name := ""
				if k < len(h.cells) {
					name = strings.TrimSpace(h.cells[k])
				}
				e.Extra = append(e.Extra, comment.Field{Name: name, Value: strings.TrimSpace(cells[k])})
			}
		}
		top, inside := g.top(comments, i)
		first, known := begun[top]
		said := e.Text != "" || e.Suggestion != "" || e.Rationale != ""
		switch {
		case inside && known && top != i && !said:
			join(&r.Entries[first], e)
			continue
		case !said:
			r.silent(e, h, cells)
			continue
		}
		if inside {
			begun[top] = len(r.Entries)
		}
		if count++; count > maxEntries {
			return fmt.Errorf("sheet %q has more than %d comments: split the file", g.name, maxEntries)
		}
		r.Entries = append(r.Entries, e)
	}
	return nil
}

// join adds what a further row of one merged comment names.
func join(to *comment.Entry, e comment.Entry) {
	add := func(a *string, b string) {
		if b != "" && !slices.Contains(strings.Split(*a, "\n"), b) {
			*a = strings.TrimPrefix(*a+"\n"+b, "\n")
		}
	}
	add(&to.Element, e.Element)
	add(&to.Reference, e.Reference)
	for _, f := range e.Extra {
		if !slices.Contains(to.Extra, f) {
			to.Extra = append(to.Extra, f)
		}
	}
}

// silent tells of a row that names something and says nothing of it. On the
// sheet of all rows that is no wonder.
func (r *Returned) silent(e comment.Entry, h header, cells []string) {
	if len(e.Extra) > 0 && !strings.EqualFold(e.Sheet, rowsSheet) || strings.TrimSpace(e.Reference+e.Element) != "" && !slices.ContainsFunc(h.cells, func(s string) bool { return headingKey(s) == "sentence" }) {
		r.note(e.Sheet, e.Row, "names a row or fills another column, and has no comment: passed over")
	}
}
