package sssom

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// decode turns a document whose slots are propagated into a crosswalk.
func (d *document) decode() (*exchange.Crosswalk, error) {
	c := &exchange.Crosswalk{Title: d.one("mapping_set_title"), Tool: d.shared("mapping_tool"), Version: d.shared("mapping_tool_version")}
	for _, f := range setFields {
		if err := readField(d, f, c, record{values: d.set, place: d.place}); err != nil {
			return nil, err
		}
	}
	if made, err := time.Parse(time.DateOnly, d.shared("mapping_date")); err == nil && c.Made.IsZero() {
		c.Made = made
	}
	sides := [2]side{d.side("subject"), d.side("object")}
	sides[0].name(d, &c.Source)
	sides[1].name(d, &c.Target)
	r := reader{d: d, c: c, subject: sides[0], object: sides[1], rows: map[pair]int{}, gaps: map[element]bool{}}
	for _, rec := range d.records {
		if err := r.read(rec); err != nil {
			return nil, err
		}
	}
	r.dropMapped()
	if err := c.Check(); err != nil {
		return nil, err
	}
	return c, nil
}

// shared returns the value that the set has, or all records have alike.
func (d *document) shared(slot string) string {
	if v := d.one(slot); v != "" || len(d.records) == 0 {
		return v
	}
	v := d.records[0].one(slot)
	for _, r := range d.records {
		if r.one(slot) != v {
			return ""
		}
	}
	return v
}

// readField reads an extension slot if the file declares it.
func readField[T any](d *document, f field[T], into *T, r record) error {
	if value := r.one(f.slot()); value != "" && d.declares(f.slot()) {
		if err := f.set(into, value); err != nil {
			at := r.at(f.slot())
			return Finding{BadValue, at.line, at.column, fmt.Sprintf("%s: %v", f.slot(), err)}
		}
	}
	return nil
}

// A side is the subjects or the objects of a document.
type side struct {
	slot   string // "subject"
	prefix string // the one of all of its ids; "" if there are several
}

func (d *document) side(slot string) side {
	s := side{slot: slot}
	first := true
	for _, r := range d.records {
		id := r.one(slot + "_id")
		if id == "" || d.prefixes.expand(id) == d.prefixes.expand(noTermFound) {
			continue
		}
		if prefix, _ := d.prefixes.split(id); first {
			s.prefix, first = prefix, false
		} else if prefix != s.prefix {
			s.prefix = ""
			break
		}
	}
	return s
}

// name names the framework of a side: by its source, else by the prefix of its
// ids.
func (s side) name(d *document, f *exchange.Framework) {
	source := d.shared(s.slot + "_source")
	_, local := d.prefixes.split(source)
	f.Name = cmp.Or(unescape(local), s.prefix, s.slot)
	f.Edition = d.shared(s.slot + "_source_version")
}

// id returns the id that a record has on a side, "" for no term.
func (s side) id(d *document, r record) (string, error) {
	value := r.one(s.slot + "_id")
	switch {
	case value == "" && r.one(s.slot+"_type") == literal:
		value = r.one(s.slot + "_label")
	case d.prefixes.expand(value) == d.prefixes.expand(noTermFound):
		return "", nil
	case s.prefix != "":
		_, local := d.prefixes.split(value)
		value = unescape(local)
	default:
		value = unescape(value)
	}
	if value == "" {
		at := r.at(s.slot + "_id")
		return "", Finding{MissingSlot, at.line, at.column, fmt.Sprintf("the record has no %s_id: say %s if there is none", s.slot, noTermFound)}
	}
	return value, nil
}

// A reader adds records to a crosswalk.
type reader struct {
	d               *document
	c               *exchange.Crosswalk
	subject, object side
	rows            map[pair]int     // index by what makes rows one
	gaps            map[element]bool // that are there
	lines           []int            // of the rows
}

type pair struct {
	source, target string
	rationale      crosswalk.RationaleType
}

type element struct {
	side crosswalk.Side
	id   string
}

func (r *reader) read(rec record) error {
	source, err := r.subject.id(r.d, rec)
	if err != nil {
		return err
	}
	target, err := r.object.id(r.d, rec)
	if err != nil {
		return err
	}
	denied := rec.one("predicate_modifier") == not
	switch at := rec.at("predicate_modifier"); {
	case !denied && rec.one("predicate_modifier") != "":
		return Finding{BadValue, at.line, at.column, fmt.Sprintf("predicate_modifier: %q is none: SSSOM knows only Not", rec.one("predicate_modifier"))}
	case source != "" && target != "":
		return r.row(rec, source, target, denied)
	case denied:
		return Finding{NotNoTerm, at.line, at.column, fmt.Sprintf("Not with %s has no meaning: take out one of them", noTermFound)}
	case source != "":
		return r.gap(rec, exchange.Gap{Side: crosswalk.SourceSide, ID: source, Title: rec.one("subject_label")})
	case target != "":
		return r.gap(rec, exchange.Gap{Side: crosswalk.TargetSide, ID: target, Title: rec.one("object_label")})
	}
	return nil
}

func (r *reader) gap(rec record, g exchange.Gap) error {
	g.Judged = true
	if err := readField(r.d, judged, &g, rec); err != nil {
		return err
	}
	if key := (element{g.Side, g.ID}); !r.gaps[key] {
		r.gaps[key] = true
		r.c.Gaps = append(r.c.Gaps, g)
	}
	return nil
}

func (r *reader) row(rec record, source, target string, denied bool) error {
	row := exchange.Row{
		Source: source, SourceTitle: rec.one("subject_label"), Target: target, TargetTitle: rec.one("object_label"),
		Relation: r.d.relation(rec), Rationale: rec.one("comment"), Convention: strings.Join(rec.values["curation_rule_text"], "; "),
	}
	if denied {
		row.Relation = crosswalk.NoRelationship
	}
	for _, f := range rowFields {
		if err := readField(r.d, f, &row, rec); err != nil {
			return err
		}
	}
	if err := confidence(rec, &row); err != nil {
		return err
	}
	review(rec, &row)
	key := pair{source, target, row.RationaleType}
	i, again := r.rows[key]
	if !again {
		r.rows[key] = len(r.c.Rows)
		r.c.Rows, r.lines = append(r.c.Rows, row), append(r.lines, rec.at("").line)
		return nil
	}
	if first := &r.c.Rows[i]; first.Relation != row.Relation {
		at := rec.at("predicate_id")
		return Finding{DuplicateRecord, at.line, at.column, fmt.Sprintf("%q, and line %d says %q: delete one of them",
			says(row), r.lines[i], says(*first))}
	} else if first.State == exchange.Draft && row.State != exchange.Draft {
		*first = row // the one that somebody has looked at
	}
	return nil
}

func says(r exchange.Row) string {
	if r.Relation == "" {
		return r.Source + " is related to " + r.Target
	}
	return r.Relation.Sentence(r.Source, r.Target)
}

// relation returns what a predicate stands for, or "".
func (d *document) relation(r record) crosswalk.Relation {
	iri := d.prefixes.expand(r.one("predicate_id"))
	switch iri[strings.LastIndexAny(iri, "#/:")+1:] {
	case "exactMatch", "sameAs", "equivalentClass", "equivalentProperty":
		return crosswalk.Equal
	case "broadMatch", "subClassOf", "subPropertyOf":
		return crosswalk.SubsetOf
	case "narrowMatch":
		return crosswalk.SupersetOf
	case "relatedMatch", "closeMatch":
		return crosswalk.IntersectsWith
	}
	return ""
}

// confidence reads that of others. Ours stands in full beside it.
func confidence(rec record, row *exchange.Row) error {
	value := rec.one("confidence")
	if value == "" || row.Confidence != nil || row.Probability != nil {
		return nil
	}
	at := rec.at("confidence")
	f, err := parseNumber(value)
	if err != nil {
		return Finding{BadValue, at.line, at.column, "confidence: " + err.Error()}
	}
	if f < 0 || f > 1 {
		return Finding{OutOfRange, at.line, at.column, fmt.Sprintf("confidence: %s is not between 0 and 1", value)}
	}
	if row.Relation == crosswalk.NoRelationship {
		f = math.Round((1-f)*1e6) / 1e6
	}
	row.Confidence = &f
	return nil
}

// review reads who looked at a record. That of others is accepted if its reviewer
// agrees more than not.
func review(rec record, row *exchange.Row) {
	people := func(slots ...string) string {
		for _, s := range slots {
			if v := rec.values[s]; len(v) > 0 {
				return strings.Join(v, "; ")
			}
		}
		return ""
	}
	if row.State == exchange.Entered {
		row.Reviewer = people("author_label", "author_id")
		return
	}
	row.Reviewer = people("reviewer_label", "reviewer_id")
	if on, err := time.Parse(time.DateOnly, rec.one("review_date")); err == nil && row.Decided.IsZero() {
		row.Decided = on
	}
	if agreement, err := parseNumber(rec.one("reviewer_agreement")); err == nil && agreement > 0 && row.State == exchange.Draft {
		row.State = exchange.Accepted
	}
}

// dropMapped takes out the gaps of elements that a row relates.
func (r *reader) dropMapped() {
	mapped := map[element]bool{}
	for _, row := range r.c.Rows {
		if row.Relation != crosswalk.NoRelationship {
			mapped[element{crosswalk.SourceSide, row.Source}], mapped[element{crosswalk.TargetSide, row.Target}] = true, true
		}
	}
	kept := r.c.Gaps[:0]
	for _, g := range r.c.Gaps {
		if !mapped[element{g.Side, g.ID}] {
			kept = append(kept, g)
		}
	}
	r.c.Gaps = kept
}
