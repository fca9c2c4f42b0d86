// Package poam writes the register as an OSCAL plan of action and milestones
// (POA&M, schema 1.2.1), in JSON.
//
// Every gap is a POA&M item with an observation (what a run found, and the nearest
// candidates), and a risk (its status, deadline, who does what, and a log of its
// states). What OSCAL has no place for stands in properties of [oscal.Namespace].
package poam

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange/oscal"
	"concord/crosswalk/register"
	"concord/internal/markdown"
	"concord/internal/visible"
)

// Ids of roles.
const (
	ownerRole    = "gap-owner"
	recorderRole = "recorder"
)

// Write writes the gaps in their order. Made is when the register changed last,
// from 1970 to 2999. It is an error if there are no gaps: the schema wants one.
//
// All ids are UUIDs of version 5. Those of items, risks and observations follow
// from the gap, so they are the same in every edition; that of the plan follows
// from all of its content.
func Write(w io.Writer, gaps []register.Gap, made time.Time) error {
	if len(gaps) == 0 {
		return errors.New("write OSCAL: a plan of action and milestones holds one item at least, and there is no gap")
	}
	if y := made.UTC().Year(); y < 1970 || y > 2999 {
		return fmt.Errorf("write OSCAL: the year %d cannot stand in it", y)
	}
	doc := build(gaps, made)
	data, err := encode(doc)
	if err == nil {
		sum := sha256.Sum256(data)
		doc.Plan.UUID = crosswalk.NewID("oscal poam", hex.EncodeToString(sum[:]))
		data, err = encode(doc)
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write OSCAL: %w", err)
	}
	return nil
}

func encode(doc *document) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return b.Bytes(), err
}

func build(gaps []register.Gap, made time.Time) *document {
	var pairs []string
	for _, g := range gaps {
		if p := line(g.Source + " to " + g.Target); !slices.Contains(pairs, p) {
			pairs = append(pairs, p)
		}
	}
	tool := component{
		UUID: crosswalk.NewID("oscal component", "concord"), Type: "software", Title: "Concord",
		Description: "Drafts crosswalks between control frameworks, and keeps what people decide on them.", Status: state{"operational"},
	}
	doc := &document{Plan: plan{
		Metadata: metadata{
			Title: escape("Gaps of the crosswalk " + strings.Join(pairs, ", ")), LastModified: stamp(made), Version: stamp(made), OSCALVersion: oscal.Version,
			Roles: []role{{ownerRole, "Sees to a gap"}, {recorderRole, "Changed the register"}}, Parties: parties(gaps),
		},
		SystemID: systemID{"http://ietf.org/rfc/rfc4122", crosswalk.NewID(append([]string{"oscal system"}, pairs...)...)},
		Local:    definitions{[]component{tool}},
	}}
	for _, g := range gaps {
		doc.Plan.Observations = append(doc.Plan.Observations, observationOf(g, tool.UUID))
		doc.Plan.Risks = append(doc.Plan.Risks, riskOf(g))
		doc.Plan.Items = append(doc.Plan.Items, itemOf(g, tool.UUID))
		for _, side := range []crosswalk.Side{crosswalk.SourceSide, crosswalk.TargetSide} {
			r := resourceOf(g, side)
			if !slices.ContainsFunc(doc.Plan.BackMatter.Resources, func(o resource) bool { return o.UUID == r.UUID }) {
				doc.Plan.BackMatter.Resources = append(doc.Plan.BackMatter.Resources, r)
			}
		}
	}
	return doc
}

// parties lists all who own a gap or changed its status, by name.
func parties(gaps []register.Gap) []party {
	var names []string
	for _, g := range gaps {
		if g.Owner != "" {
			names = append(names, line(g.Owner))
		}
		for _, e := range g.History {
			if _, ok := statusOf(e); ok {
				names = append(names, line(e.By))
			}
		}
	}
	slices.Sort(names)
	var out []party
	for _, name := range slices.Compact(names) {
		out = append(out, party{partyID(name), "person", name})
	}
	return out
}

func partyID(name string) string { return crosswalk.NewID("oscal party", line(name)) }

// statusOf returns the status that an event sets.
func statusOf(e register.Event) (register.Status, bool) {
	for _, c := range e.Changes {
		if c.Field == register.StatusField {
			return register.Status(c.New), true
		}
	}
	return "", false
}

// resourceOf describes a framework, in the edition in which a gap was seen last.
func resourceOf(g register.Gap, side crosswalk.Side) resource {
	name, edition := g.Source, g.Last.SourceEdition
	if side == crosswalk.TargetSide {
		name, edition = g.Target, g.Last.TargetEdition
	}
	r := resource{UUID: crosswalk.NewID("oscal framework", name, edition), Title: escape(strings.TrimSuffix(name+"@"+edition, "@"))}
	r.Props.add("name", name)
	r.Props.add("edition", edition)
	return r
}

// description says what is missing and why. Once it is mapped the reason is
// past.
func description(g register.Gap) string {
	if c := g.Closed; c != nil && c.How == register.ByMapping {
		return sentence(g) + "."
	}
	return fmt.Sprintf("%s: %s.", sentence(g), g.Why.Words())
}

// titleOf names a gap.
func titleOf(g register.Gap) string {
	return escape("Gap " + g.Element + " " + g.Title)
}

// sentence says what is missing, or what was.
func sentence(g register.Gap) string {
	if c := g.Closed; c != nil && c.How == register.ByMapping {
		return fmt.Sprintf("%s of %s was not mapped, and is: %s", escape(g.Element), escape(g.Framework()), escape(c.Detail))
	}
	if g.Why == register.Partly {
		return fmt.Sprintf("%s of %s is mapped in part only, between %s and %s", escape(g.Element), escape(g.Framework()), escape(g.Source), escape(g.Target))
	}
	if g.Side == crosswalk.TargetSide {
		return fmt.Sprintf("Nothing in %s is mapped to %s of %s", escape(g.Source), escape(g.Element), escape(g.Target))
	}
	return fmt.Sprintf("%s of %s is mapped to nothing in %s", escape(g.Element), escape(g.Source), escape(g.Target))
}

func identified(g register.Gap) properties {
	var p properties
	p.add("side", string(g.Side))
	p.add("element-id", g.Element)
	p.add("family", strings.TrimSpace(g.Family+" "+g.FamilyTitle))
	p.add("focus-area", g.Focus)
	if g.Priority > 0 {
		p.add("priority", strconv.Itoa(g.Priority))
	}
	return p
}

func observationOf(g register.Gap, tool string) observation {
	o := observation{
		UUID: observationID(g), Title: titleOf(g), Methods: []string{"EXAMINE"}, Types: []string{"finding"}, Collected: stamp(g.Last.Time),
		Description: description(g), Origins: []origin{{[]actor{{"tool", tool}}}}, Props: identified(g),
		Subjects: []subject{{resourceOf(g, g.Side).UUID, "resource"}},
	}
	o.Props.add("why", string(g.Why))
	o.Props.add("run", g.Last.Run)
	o.Props.add("first-seen", stamp(g.First.Time))
	o.Props.add("first-run", g.First.Run)
	for _, m := range g.Nearest {
		e := evidence{Description: "Nearest candidate: " + escape(strings.TrimSpace(m.ID+" "+m.Title)) + ", " + escape(m.Words())}
		e.Props.add("candidate-id", m.ID)
		e.Props.add("state", m.State)
		if m.Probability != nil {
			p := strconv.FormatFloat(*m.Probability, 'f', -1, 64)
			e.Description += fmt.Sprintf(", probability %.2f", *m.Probability)
			e.Props.add("probability", p)
		}
		o.Evidence = append(o.Evidence, e)
	}
	return o
}

func observationID(g register.Gap) string { return crosswalk.NewID("oscal observation", g.ID) }
func riskID(g register.Gap) string        { return crosswalk.NewID("oscal risk", g.ID) }

// word returns the status of a risk in OSCAL. Its six words are fewer than ours
// say, so the property "status" has ours.
func word(s register.Status) string {
	switch s {
	case register.Planned, register.InProgress:
		return "remediating"
	case register.Closed, register.NotApplicable:
		return "closed"
	case register.RiskAccepted:
		return "deviation-approved"
	}
	return "open"
}

func riskOf(g register.Gap) risk {
	r := risk{
		UUID: riskID(g), Title: titleOf(g), Description: sentence(g) + ".", Status: word(g.Status),
		Statement: "What the element asks for may be left out where the crosswalk is relied on.", Observations: []relatedObservation{{observationID(g)}},
	}
	r.Props.add("status", string(g.Status))
	if g.Due != "" {
		r.Deadline = deadline(g)
	}
	if c := g.Closed; c != nil {
		r.Props.add("closed", stamp(c.Time))
		r.Props.add("closed-by", c.How)
		r.Props.add("closed-because", c.Detail)
	}
	if len(g.History) > 0 {
		r.Log = &riskLog{}
	}
	for _, e := range g.History {
		if s, ok := statusOf(e); ok {
			r.Log.Entries = append(r.Log.Entries, entry{
				UUID: crosswalk.NewID("oscal risk-log", e.ID), Title: "Status: " + string(s), Start: stamp(e.Time), Status: word(s), By: []loggedBy{{partyID(e.By), recorderRole}},
			})
		}
	}
	if r.Log != nil && len(r.Log.Entries) == 0 {
		r.Log = nil
	}
	if (g.Owner != "" || g.Due != "") && g.Status != register.NotApplicable && g.Status != register.RiskAccepted {
		r.Remediations = []response{responseOf(g)}
	}
	return r
}

// deadline is the end of the day, in UTC.
func deadline(g register.Gap) string { return g.Due + "T23:59:59Z" }

// responseOf says who is to do what until when. Its milestone is the due date.
func responseOf(g register.Gap) response {
	lifecycle := map[register.Status]string{register.Planned: "planned", register.InProgress: "planned", register.Closed: "completed"}[g.Status]
	r := response{
		UUID: crosswalk.NewID("oscal response", g.ID), Lifecycle: cmp.Or(lifecycle, "recommendation"), Title: "Map " + escape(g.Element),
		Description: cmp.Or(prose("Note", g.Note), "Decide on the candidates, or add a mapping that was missed."),
	}
	t := task{UUID: crosswalk.NewID("oscal task", g.ID), Type: "action", Title: "Decide on " + escape(g.Element)}
	if g.Due != "" {
		t.Type, t.Timing = "milestone", &timing{onDate{deadline(g)}}
	}
	if g.Owner != "" {
		t.Roles = []responsible{{ownerRole, []string{partyID(g.Owner)}}}
	}
	r.Tasks = []task{t}
	return r
}

func itemOf(g register.Gap, tool string) item {
	i := item{
		UUID: g.ID, Title: titleOf(g), Description: description(g), Props: identified(g), Origins: []origin{{[]actor{{"tool", tool}}}},
		Observations: []relatedObservation{{observationID(g)}}, Risks: []relatedRisk{{riskID(g)}}, Remarks: prose("Note", g.Note),
	}
	i.Props.add("status", string(g.Status))
	i.Props.add("owner", g.Owner)
	i.Props.add("due", g.Due)
	return i
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// line returns text as the datatype string of OSCAL holds it: one line that is
// not empty, with no blank at either end.
func line(s string) string { return cmp.Or(strings.Join(strings.Fields(visible.Text(s)), " "), "-") }

// escape returns text on one line that Markdown shows as it is.
func escape(s string) string { return markdown.Escape(line(s)) }

// prose returns text under a heading, its lines on one with strokes in between;
// "" for none. The heading keeps it from beginning a block of Markdown.
func prose(heading, s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	var lines []string
	for l := range strings.Lines(visible.Text(s)) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, escape(l))
		}
	}
	return heading + ": " + strings.Join(lines, " / ")
}
