package llm

import (
	"fmt"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
)

const good = `{"judgements":[{"id":"A-1","rationale":"r","source_quote":"count the keys","target_quote":"keys are counted","relation":"equal","rationale_type":"semantic","probability":0.9}]}`

func TestParseFindsTheAnswerInWhatModelsWrap(t *testing.T) {
	_, schema, err := schemaFor([]string{"A-1", "A-2"})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"bare":             good,
		"fence":            "```json\n" + good + "\n```",
		"prose":            "Sure! {not json} here:\n" + good + "\nHope that {helps}.",
		"thinking":         `<think>maybe {"judgements":[]} or so</think>` + good,
		"object before it": `{"note": {"a": 1}} ` + good,
		"byte order mark":  "\ufeff" + good,
	} {
		said, err := parse(content, schema)

		if err != nil || said["A-1"].Relation != crosswalk.Equal {
			t.Errorf("%s: %v %+v", name, err, said)
		}
	}
}

func TestParseSaysWhatIsWrongTheSameEveryTime(t *testing.T) {
	_, schema, err := schemaFor([]string{"A-1", "A-2"})
	if err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string]string{
		"no complete JSON object":                                                        good[:len(good)-2],
		"at '/judgements/0/id': value must be one of 'A-1', 'A-2'":                       strings.Replace(good, "A-1", "A-9", 1),
		"at '/judgements/0/relation': value must be one of":                              strings.Replace(good, "equal", "same", 1),
		"at '/judgements/0/probability': got string, want number":                        strings.Replace(good, "0.9", `"high"`, 1),
		"at '/judgements/0/probability': got 90, want a number from 0 to 1":              strings.Replace(good, "0.9", "90", 1),
		"at '/judgements/0': missing property 'probability'":                             strings.Replace(good, `,"probability":0.9`, "", 1),
		"at '/judgements/0': additional properties 'ID', 'a', 'b', 'c', 'd' not allowed": strings.Replace(good, `{"id"`, `{"d":1,"c":1,"b":1,"a":1,"ID":"A-2","id"`, 1),
		"the JSON cannot be read":                                                        strings.Replace(good, "0.9", "1e999", 1),
	} {
		for range 10 {
			if _, err := parse(content, schema); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
				break
			}
		}
	}
}

func TestSchemasKeepToWhatServersAgreeOn(t *testing.T) {
	document, _, err := schemaFor([]string{`A"1`, "<b>", "É-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"minimum", "maxLength", "pattern", "default", "$ref", "anyOf", "CANDIDATES"} {
		if strings.Contains(string(document), never) {
			t.Errorf("schema holds %s", never)
		}
	}
	if strings.Index(string(document), `"rationale"`) > strings.Index(string(document), `"relation"`) {
		t.Error("the model would have to decide before it says why")
	}
}

func TestVerdictsRestOnQuotesThatExist(t *testing.T) {
	source := corpus.Element{ID: "S", Text: "The owner must count the keys “every month”."}
	target := corpus.Element{ID: "A-1", Title: "Key counts", Text: "All keys are counted."}
	j := &Judge{}
	for _, c := range []struct {
		name           string
		said           judgement
		relation       crosswalk.Relation
		quotes         int
		flags, outcome string
	}{
		{"both found", judgement{Relation: "equal", SourceQuote: "count the keys", TargetQuote: "keys  are\ncounted"}, "equal", 2, "[]", "mapped"},
		{"wrapped", judgement{Relation: "subset_of", SourceQuote: `"count the keys "every month"..."`, TargetQuote: "“Key counts”"}, "subset_of", 2, "[]", "mapped"},
		{"one missing", judgement{Relation: "superset_of", SourceQuote: "count the keys"}, "intersects_with", 1, "[quote not found demoted]", "mapped"},
		{"only dots", judgement{Relation: "equal", SourceQuote: "...", TargetQuote: "keys are counted"}, "intersects_with", 1, "[quote not found demoted]", "mapped"},
		{"sides swapped", judgement{Relation: "equal", SourceQuote: "keys are counted", TargetQuote: "count the keys"}, "intersects_with", 0, "[quote not found demoted]", "mapped"},
		{"weak without", judgement{Relation: "intersects_with", SourceQuote: "nothing such"}, "intersects_with", 0, "[quote not found]", "mapped"},
		{"none", judgement{Relation: "no_relationship", SourceQuote: "count the keys"}, "no_relationship", 0, "[]", "no_relationship"},
		{"none, probably", judgement{Relation: "no_relationship", Probability: .8}, "no_relationship", 0, "[contradiction]", "no_relationship"},
	} {
		v := j.verdict(source, target, c.said)

		if v.Relation != c.relation || len(v.Quotes) != c.quotes || fmt.Sprint(v.Flags) != c.flags || string(v.Outcome) != c.outcome {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(good)
	f.Add("```json\n" + good + "\n```")
	f.Add(strings.Replace(good, "count the keys", "", 1))
	f.Add(strings.Replace(good, "A-1", "A-2", 1) + good)
	f.Add(strings.Replace(good, "0.9", "-1e-9", 1))
	f.Add(strings.Repeat(`{"judgements":[`, 200))
	f.Add(strings.Repeat("{", 1000) + good)
	source := corpus.Element{ID: "S", Text: "The owner must count the keys “every month”, ﬁrst \u00a0thing; ﬀ İ ẞ x\xffy."}
	targets := map[string]corpus.Element{
		"A-1": {ID: "A-1", Title: "Key counts", Text: "All keys are counted."},
		"A-2": {ID: "A-2", Text: "Lost keys are reported"},
	}
	_, schema, err := schemaFor([]string{"A-1", "A-2"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string) {
		said, err := parse(content, schema)
		if err != nil {
			return
		}
		for id, s := range said {
			target, offered := targets[id]
			if !offered || s.ID != id {
				t.Fatalf("id %q was not offered", id)
			}
			v := (&Judge{}).verdict(source, target, s)
			if v.Probability < 0 || v.Probability > 1 {
				t.Errorf("probability %g", v.Probability)
			}
			if _, err := crosswalk.ParseRelation(string(v.Relation)); err != nil {
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
