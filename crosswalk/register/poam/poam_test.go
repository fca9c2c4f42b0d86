package poam_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/crosswalk/register/poam"
)

// official is the schema of NIST, which is not part of the program.
const official = "../../../../shared/data/schemas/oscal_poam_schema.json"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// random draws a register as events make it.
func random(t *rapid.T) []register.Gap {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", " ", "\u00a0x\u2028", "a\nb", "- [x](javascript:1)", "<script>", "\u202e", "\x00\x1b[2J", "`|*_"}))
	var gaps []register.Gap
	for i := range rapid.IntRange(1, 4).Draw(t, "gaps") {
		k := register.Key{Side: rapid.SampledFrom([]crosswalk.Side{crosswalk.SourceSide, crosswalk.TargetSide}).Draw(t, "side"), Source: "profile", Target: "catalog", Element: fmt.Sprint(text.Draw(t, "element"), i)}
		p := rapid.Float64Range(0, 1).Draw(t, "probability")
		g := register.Gap{
			ID: k.ID(), Key: k, Title: text.Draw(t, "title"), Family: text.Draw(t, "family"), Focus: "secure", Priority: rapid.IntRange(0, 3).Draw(t, "priority"),
			Why:     rapid.SampledFrom([]register.Why{register.Undecided, register.Partly}).Draw(t, "why"),
			Nearest: []register.Miss{{ID: text.Draw(t, "miss"), Probability: &p, State: "rejected"}, {ID: "T", State: "disagreement"}},
			First:   register.Seen{Run: "r1", SourceEdition: text.Draw(t, "edition"), Time: noon}, Status: register.Open,
		}
		g.Last = g.First
		for _, f := range register.Fields() {
			value := map[register.Field]string{register.DueField: "2028-02-29", register.StatusField: string(rapid.SampledFrom(register.Statuses()).Draw(t, "status")),
				register.OwnerField: text.Draw(t, "owner"), register.NoteField: text.Draw(t, "note")}[f]
			if rapid.Bool().Draw(t, "set") {
				events, err := register.Set([]register.Gap{g}, []string{g.ID}, map[register.Field]string{f: value}, register.Author{Name: "ada", Time: noon})
				if err == nil && len(events) > 0 {
					folded, err := register.Fold(events)
					if err != nil {
						t.Fatal(err)
					}
					g.History = append(g.History, events...)
					switch f {
					case register.OwnerField:
						g.Owner = folded[0].Owner
					case register.DueField:
						g.Due = folded[0].Due
					case register.StatusField:
						g.Status, g.Closed = folded[0].Status, folded[0].Closed
					case register.NoteField:
						g.Note = folded[0].Note
					}
				}
			}
		}
		if g.Closed != nil && rapid.Bool().Draw(t, "by mapping") {
			g.Closed = &register.Closing{Time: noon, By: "ada", How: register.ByMapping, Detail: text.Draw(t, "mapping")}
		}
		gaps = append(gaps, g)
	}
	return gaps
}

func written(t rapid.TB, gaps []register.Gap) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := poam.Write(&b, gaps, noon); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEveryPlanIsValidByTheOfficialSchema(t *testing.T) {
	if _, err := os.Stat(official); os.IsNotExist(err) {
		t.Skipf("the official schema is not here: %v", err)
	}
	schema, err := jsonschema.NewCompiler().Compile(official)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		data := written(rt, random(rt))

		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			rt.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			rt.Fatalf("%v\n%s", err, data)
		}
	})
}

// TestEveryReferenceLeadsSomewhere checks what a schema cannot say.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	reference := regexp.MustCompile(`"(?:actor-uuid|subject-uuid|party-uuid|observation-uuid|risk-uuid)": "([^"]+)"`)
	parties := regexp.MustCompile(`"party-uuids": \[\s*"([^"]+)"`)
	rapid.Check(t, func(rt *rapid.T) {
		gaps := random(rt)
		data := written(rt, gaps)

		if !bytes.Equal(data, written(rt, gaps)) {
			rt.Fatal("the same register gives other bytes")
		}
		ids := map[string]int{}
		for _, m := range regexp.MustCompile(`"uuid": "([^"]+)"`).FindAllSubmatch(data, -1) {
			if ids[string(m[1])]++; ids[string(m[1])] > 1 {
				rt.Fatalf("%s stands twice", m[1])
			}
		}
		for _, m := range append(reference.FindAllSubmatch(data, -1), parties.FindAllSubmatch(data, -1)...) {
			if ids[string(m[1])] == 0 {
				rt.Fatalf("nothing has the id %s\n%s", m[1], data)
			}
		}
	})
}

func TestAPlanSaysWhoDoesWhatUntilWhen(t *testing.T) {
	k := register.Key{Side: crosswalk.SourceSide, Source: "profile", Target: "catalog", Element: "GV-1#secure"}
	g := register.Gap{ID: k.ID(), Key: k, Title: "Say *all*", Priority: 1, Why: register.AllRejected, Status: register.InProgress, Owner: "Grace", Due: "2026-12-31", Note: "- <b>ask</b>\nlegal",
		First: register.Seen{Run: "r1", SourceEdition: "draft", TargetEdition: "5", Time: noon}}
	g.Last = g.First

	var doc struct {
		Plan struct {
			UUID     string
			Metadata struct {
				Version string `json:"oscal-version"`
				Parties []struct{ UUID, Name string }
			}
			Risks []struct {
				Status, Deadline string
				Remediations     []struct {
					Lifecycle, Description string
					Tasks                  []struct {
						Type   string
						Timing struct {
							OnDate struct{ Date string } `json:"on-date"`
						}
						Roles []struct {
							Parties []string `json:"party-uuids"`
						} `json:"responsible-roles"`
					}
				}
			}
			Items []struct {
				UUID, Title, Description, Remarks string
				Props                             []struct{ Name, Value string }
			} `json:"poam-items"`
		} `json:"plan-of-action-and-milestones"`
	}
	if err := json.Unmarshal(written(t, []register.Gap{g}), &doc); err != nil {
		t.Fatal(err)
	}

	p := doc.Plan
	risk, item := p.Risks[0], p.Items[0]
	task := risk.Remediations[0].Tasks[0]
	if p.Metadata.Version != "1.2.1" || p.Metadata.Parties[0].Name != "Grace" || task.Roles[0].Parties[0] != p.Metadata.Parties[0].UUID {
		t.Errorf("%+v", p.Metadata)
	}
	if risk.Status != "remediating" || risk.Deadline != "2026-12-31T23:59:59Z" || task.Type != "milestone" || task.Timing.OnDate.Date != risk.Deadline || risk.Remediations[0].Lifecycle != "planned" {
		t.Errorf("%+v", risk)
	}
	if item.UUID != g.ID || item.Title != `Gap GV-1#secure Say \*all\*` || !strings.Contains(item.Description, "all that was proposed is rejected") || item.Remarks != "Note: - &lt;b&gt;ask&lt;/b&gt; / legal" {
		t.Errorf("%+v", item)
	}
}

func TestAnEmptyRegisterIsNoPlan(t *testing.T) {
	var b bytes.Buffer
	if err := poam.Write(&b, nil, noon); err == nil || b.Len() > 0 {
		t.Errorf("%v: %s", err, b.String())
	}
}
