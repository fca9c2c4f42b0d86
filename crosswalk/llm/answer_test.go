package llm

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
)

const good = `{"related":[{"id":"A-1","source_only":"","target_only":"","relation":"equal","rationale_type":"semantic","rationale":"r","source_quote":"count the keys","target_quote":"keys are counted","probability":0.9}],"unrelated":[{"id":"A-2","probability":0.1}],"cannot_tell":[]}`

var two = []corpus.Element{{ID: "A-1"}, {ID: "A-2"}}

func TestParseFindsTheAnswerInWhatModelsWrap(t *testing.T) {
	_, schema, err := schemaFor(judgeSchema, []string{"A-1", "A-2"})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"bare":             good,
		"fence":            "```json\n" + good + "\n```",
		"prose":            "Sure! {not json} here:\n" + good + "\nHope that {helps}.",
		"thinking":         `<think>maybe {"related":[]} or so</think>` + good,
		"object before it": `{"note": {"a": 1}} ` + good,
		"byte order mark":  "\ufeff" + good,
	} {
		said, err := parse(content, schema, two)

		if err != nil || said["A-1"].Relation != crosswalk.Equal || said["A-2"].Relation != crosswalk.NoRelationship {
			t.Errorf("%s: %v %+v", name, err, said)
		}
	}
}

func TestParseSaysWhatIsWrongTheSameEveryTime(t *testing.T) {
	_, schema, err := schemaFor(judgeSchema, []string{"A-1", "A-2"})
	if err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string]string{
		"no complete JSON object":                                                     good[:len(good)-2],
		"at '/related/0/id': value must be one of 'A-1', 'A-2'":                       strings.Replace(good, "A-1", "A-9", 1),
		"at '/related/0/relation': value must be one of":                              strings.Replace(good, "equal", "no_relationship", 1),
		"at '/related/0/probability': got string, want number":                        strings.Replace(good, "0.9", `"high"`, 1),
		"at '/related/0/probability': got 90, want a number from 0 to 1":              strings.Replace(good, "0.9", "90", 1),
		"at '/unrelated/0/probability': got -1, want a number from 0 to 1":            strings.Replace(good, "0.1", "-1", 1),
		"at '/related/0': missing property 'probability'":                             strings.Replace(good, `,"probability":0.9`, "", 1),
		"at '/related/0': additional properties 'ID', 'a', 'b', 'c', 'd' not allowed": strings.Replace(good, `{"id"`, `{"d":1,"c":1,"b":1,"a":1,"ID":"A-2","id"`, 1),
		"the JSON cannot be read":                                                     strings.Replace(good, "0.9", "1e999", 1),
		"1 of the 2 candidates are in none of the lists: A-2":                         strings.Replace(good, `{"id":"A-2","probability":0.1}`, "", 1),
	} {
		for range 10 {
			if _, err := parse(content, schema, two); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
				break
			}
		}
	}
}

func TestSchemasKeepToWhatServersAgreeOn(t *testing.T) {
	for _, name := range []string{judgeSchema, confirmSchema} {
		document, _, err := schemaFor(name, []string{`A"1`, "<b>", "É-1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"minimum", "maxLength", "pattern", "default", "$ref", "anyOf", "CANDIDATES"} {
			if strings.Contains(string(document), never) {
				t.Errorf("%s holds %s", name, never)
			}
		}
		if strings.Index(string(document), `_only"`) > strings.Index(string(document), `"relation"`) {
			t.Errorf("%s: the model would have to decide before it says what is left over", name)
		}
	}
}

func TestVerdictsRestOnQuotesThatExistAndOnWhatIsLeftOver(t *testing.T) {
	source := corpus.Element{ID: "S", Text: "The owner must count the keys “every month”."}
	target := corpus.Element{ID: "A-1", Title: "Key counts", Text: "All keys are counted."}
	j := &Judge{options: Options{Source: &corpus.Framework{}, Target: &corpus.Framework{}}}
	for _, c := range []struct {
		name           string
		said           judgement
		relation       crosswalk.Relation
		quotes         int
		flags, outcome string
	}{
		{"both found", judgement{Relation: "equal", SourceQuote: "count the keys", TargetQuote: "keys  are\ncounted"}, "equal", 2, "[]", "mapped"},
		{"wrapped", judgement{Relation: "subset_of", TargetOnly: "all", SourceQuote: `"count the keys "every month"..."`, TargetQuote: "“Key counts”"}, "subset_of", 2, "[]", "mapped"},
		{"one missing", judgement{Relation: "superset_of", SourceQuote: "count the keys"}, "intersects_with", 1, "[no quote demoted]", "mapped"},
		{"only dots", judgement{Relation: "equal", SourceQuote: "...", TargetQuote: "keys are counted"}, "intersects_with", 1, "[no quote demoted]", "mapped"},
		{"sides swapped", judgement{Relation: "equal", SourceQuote: "keys are counted", TargetQuote: "count the keys"}, "intersects_with", 0, "[source quote not found target quote not found demoted]", "mapped"},
		{"weak without", judgement{Relation: "intersects_with", SourceQuote: "nothing such"}, "intersects_with", 0, "[source quote not found no quote]", "mapped"},
		{"part with a rest", judgement{Relation: "subset_of", SourceOnly: "every month", SourceQuote: "count the keys", TargetQuote: "keys are counted"}, "intersects_with", 2, "[left over demoted]", "mapped"},
		{"equal with a rest", judgement{Relation: "equal", TargetOnly: "all keys", SourceQuote: "count the keys", TargetQuote: "keys are counted"}, "subset_of", 2, "[left over demoted]", "mapped"},
		{"weak with a rest", judgement{Relation: "intersects_with", TargetOnly: "all keys", SourceQuote: "count the keys", TargetQuote: "keys are counted"}, "intersects_with", 2, "[]", "mapped"},
		{"none", judgement{Relation: "no_relationship", SourceQuote: "count the keys"}, "no_relationship", 0, "[]", "no_relationship"},
		{"none, probably", judgement{Relation: "no_relationship", Probability: .8}, "no_relationship", 0, "[contradiction]", "no_relationship"},
		{"unsure", judgement{Relation: "no_relationship", unsure: true}, "", 0, "[cannot tell]", "not_judged"},
	} {
		v := j.verdict(source, target, []judgement{c.said})

		if v.Relation != c.relation || len(v.Quotes) != c.quotes || fmt.Sprint(v.Flags) != c.flags || string(v.Outcome) != c.outcome {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func TestARationaleSaysWhatIsLeftOver(t *testing.T) {
	got := rationale(judgement{Rationale: "Both count keys.", SourceOnly: "every month.", TargetOnly: " "}, "S-1", "T-1")
	if want := "Both count keys. Only in S-1: every month."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTiesOfVotesNeverStrengthen lists votes and the relation they come to.
func TestTiesOfVotesNeverStrengthen(t *testing.T) {
	const e, s, p, i, n = crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.IntersectsWith, crosswalk.NoRelationship
	for _, c := range []struct {
		votes     []crosswalk.Relation
		want      crosswalk.Relation
		agreement float64
	}{
		{[]crosswalk.Relation{e, e, i}, e, 2. / 3},
		{[]crosswalk.Relation{e, i}, i, .5},
		{[]crosswalk.Relation{e, s}, s, .5},
		{[]crosswalk.Relation{s, p}, i, 0},
		{[]crosswalk.Relation{s, p, e}, i, 0},
		{[]crosswalk.Relation{s, s, p, p, n}, i, 0},
		{[]crosswalk.Relation{i, n}, n, .5},
		{[]crosswalk.Relation{n, n, e, e}, n, .5},
		{[]crosswalk.Relation{"", e}, e, .5},
		{[]crosswalk.Relation{"", ""}, n, 1},
	} {
		var votes []judgement
		for k, r := range c.votes {
			votes = append(votes, judgement{Relation: r, Probability: float64(k), unsure: r == "", Rationale: string(r)})
			if r == "" {
				votes[k].Relation = n
			}
		}
		said, agreement := consensus(votes)
		if said.Relation != c.want || agreement == nil || math.Abs(*agreement-c.agreement) > 1e-9 {
			t.Errorf("%v: %s, %v; want %s, %v", c.votes, said.Relation, *agreement, c.want, c.agreement)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(good)
	f.Add("```json\n" + good + "\n```")
	f.Add(strings.Replace(good, "count the keys", "", 1))
	f.Add(strings.Replace(good, "A-1", "A-2", 1) + good)
	f.Add(strings.Replace(good, "0.9", "-1e-9", 1))
	f.Add(strings.Repeat(`{"related":[`, 200))
	f.Add(strings.Repeat("{", 1000) + good)
	source := corpus.Element{ID: "S", Text: "The owner must count the keys “every month”, ﬁrst \u00a0thing; ﬀ İ ẞ x\xffy."}
	targets := map[string]corpus.Element{
		"A-1": {ID: "A-1", Title: "Key counts", Text: "All keys are counted."},
		"A-2": {ID: "A-2", Text: "Lost keys are reported"},
	}
	_, schema, err := schemaFor(judgeSchema, []string{"A-1", "A-2"})
	if err != nil {
		f.Fatal(err)
	}
	judge := &Judge{options: Options{Source: &corpus.Framework{}, Target: &corpus.Framework{}}}
	f.Fuzz(func(t *testing.T, content string) {
		said, _ := parse(content, schema, two) // what comes with an error is used too
		for id, s := range said {
			target, offered := targets[id]
			if !offered || s.ID != id {
				t.Fatalf("id %q was not offered", id)
			}
			v := judge.verdict(source, target, []judgement{s})
			if v.Probability < 0 || v.Probability > 1 {
				t.Errorf("probability %g", v.Probability)
			}
			if _, err := crosswalk.ParseRelation(string(v.Relation)); err != nil && v.Outcome != crosswalk.NotJudged {
				t.Error(err)
			}
			if v.Relation.Strong() && len(v.Quotes) != 2 {
				t.Errorf("%s stands on %d quotes", v.Relation, len(v.Quotes))
			}
			for _, q := range v.Quotes {
				text := crosswalk.Judged(source)
				if q.Side == crosswalk.TargetSide {
					text = crosswalk.Judged(target)
				}
				if q.Text == "" || q.Start < 0 || q.End > len(text) || text[q.Start:q.End] != q.Text {
					t.Errorf("quote %+v is not in %q", q, text)
				}
			}
		}
	})
}
