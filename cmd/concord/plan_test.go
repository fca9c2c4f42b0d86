package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// planned returns what concord plan says in JSON.
func planned(t *testing.T, args string) (p projection) {
	t.Helper()
	code, stdout, stderr := call(t, strings.Fields("plan --json "+args)...)
	if code != exitOK {
		t.Fatalf("concord plan %s: exit code %d: %s", args, code, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// planning makes an empty place with a model in its settings that is nowhere.
func planning(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, content := range map[string]string{
		"config.yaml": "endpoint:\n  chat_model: example\n  tokens_per_minute: 60000\n  prices: [{model: example, input: 1, output: 5}]\n",
		"a.csv":       "id,text\nA-1,Encrypt records at rest.\nA-2,Escort visitors.\nA-3,Lock doors.\n",
		"b.csv":       "id,text\nB-1,Records are encrypted.\nB-2,Visitors are escorted.\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPlanCountsTheQuestionsAndAsksNobody(t *testing.T) {
	planning(t)

	p := planned(t, "--judge llm --from a.csv --to b.csv --frameworks 4,300 --workers 2 --concurrency 4 --answer-seconds 10")

	one, four, many := p.Columns[0], p.Columns[1], p.Columns[2]
	if p.From != "a@unversioned" || one.Frameworks != 2 || one.Crosswalks != 1 || one.Sources != 3 || four.Crosswalks != 6 || four.Sources != 18 || many.Crosswalks != 44_850 {
		t.Errorf("%q: %+v, %+v", p.From, one, four)
	}
	// A block of two candidates each, and every third source is asked once more.
	if one.Calls < 3 || one.Calls > 4 || one.Proposals != 6 || four.Calls != 6*one.Calls {
		t.Errorf("%v calls, %v proposals; of four frameworks %v calls", one.Calls, one.Proposals, four.Calls)
	}
	if want := (one.TokensIn + 5*one.TokensOut) / 1e6; !p.Priced || one.Cost < want*.999 || one.Cost > want*1.001 {
		t.Errorf("it costs %v, want %v", one.Cost, want)
	}
	if first := many.Limits[0]; first.Name != "tokens a minute" || many.Hours != first.Hours {
		t.Errorf("first to saturate: %+v of %v h", first, many.Hours)
	}
	if _, err := os.Stat(".concord/ledger.db"); err == nil {
		t.Error("a ledger was made")
	}
}

func TestAPlanOfTheLocalJudgeHasNoCalls(t *testing.T) {
	planning(t)

	p := planned(t, "--from a.csv --to b.csv --depth 1")

	if c := p.Columns[0]; c.Calls != 0 || c.Cost != 0 || c.Proposals != 3 || p.Priced {
		t.Errorf("%+v", p)
	}
}

// TestAPlanByAPilotTellsWhatThePilotTook: of one crosswalk like the pilot there are
// as many proposals as it has.
func TestAPlanByAPilotTellsWhatThePilotTook(t *testing.T) {
	planning(t)
	code, stdout, stderr := call(t, strings.Fields("draft --from a.csv --to b.csv --json")...)
	if code != exitOK {
		t.Fatal(stderr)
	}
	var drafted struct{ Run string }
	if err := json.Unmarshal([]byte(stdout), &drafted); err != nil {
		t.Fatal(err)
	}

	p := planned(t, "--pilot "+drafted.Run+" --frameworks 3 --shape both")

	if one, six := p.Columns[0], p.Columns[1]; p.Judge != "local" || one.Proposals != 6 || six.Crosswalks != 6 || six.Proposals != 36 {
		t.Errorf("%+v", p)
	}
}

func TestAPlanTakesNoPilotThatPaidForNothing(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	var runs [2]struct{ Run string }
	for i, attempt := range []string{"1", "2"} { // the second asks again what was unusable, which is nothing
		code, stdout, stderr := draftByModel(t, "--json", "--attempt", attempt)
		if code != exitOK {
			t.Fatal(stderr)
		}
		if err := json.Unmarshal([]byte(stdout), &runs[i]); err != nil {
			t.Fatal(err)
		}
	}

	p := planned(t, "--pilot "+runs[0].Run)
	code, _, stderr := call(t, "plan", "--pilot", runs[1].Run)

	if p.Judge != "llm" || p.Unit.Calls < 1 || p.Unit.TokensIn == 0 {
		t.Errorf("%+v", p)
	}
	if code != exitUsage || !strings.Contains(stderr, "paid for no answer") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestAPlanRefusesWhatCannotBe(t *testing.T) {
	planning(t)
	for args, says := range map[string]string{
		"--frameworks 1":                    "--frameworks: 1 frameworks: want 2 to 1000000",
		"--frameworks 3 --shape ring":       `no shape "ring"`,
		"--workers 0":                       "--workers 0: want one or more",
		"--concurrency 0":                   "--concurrency 0: want 1 to 1000",
		"--answer-seconds NaN":              "--answer-seconds NaN",
		"--answer-seconds +Inf":             "--answer-seconds +Inf",
		"--pilot nosuch":                    "there is no run yet",
		"--pilot nosuch --from a.csv":       "leave one of the two out",
		"--convention c":                    "add --judge llm",
		"--from a.csv --to b.csv --kind no": "kind",
		"--from a.csv --to a.csv":           "a crosswalk needs two",
	} {
		code, stdout, stderr := call(t, append([]string{"plan"}, strings.Fields(args)...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("concord plan %s: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
}
