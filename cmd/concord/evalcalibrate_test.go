package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"concord/crosswalk/calibration"
	"concord/eval"
	"concord/internal/mockapi"
)

// manyLabels writes two frameworks of n elements each that map one to one to a
// third, in the same words but for one, and the label sets.
func manyLabels(t *testing.T, n int) {
	t.Helper()
	var first, second, third, labels, more strings.Builder
	for _, b := range []*strings.Builder{&first, &second, &third} {
		b.WriteString("id,text\n")
	}
	for _, b := range []*strings.Builder{&labels, &more} {
		b.WriteString("source_id,target_id\n")
	}
	for i := range n {
		words := fmt.Sprintf("alpha%[1]d beta%[1]d gamma%[1]d delta%[1]d common", i)
		fmt.Fprintf(&first, "F-%d,Organisations %s.\n", i, words)
		fmt.Fprintf(&second, "S-%d,Companies %s.\n", i, words)
		fmt.Fprintf(&third, "T-%d,Systems %s.\n", i, words)
		fmt.Fprintf(&labels, "F-%d,T-%d\n", i, i)
		fmt.Fprintf(&more, "S-%d,T-%d\n", i, i)
	}
	for name, content := range map[string]string{
		"first.csv": first.String(), "second.csv": second.String(), "third.csv": third.String(), "labels.csv": labels.String(), "more.csv": more.String(),
		"many.yaml": "sets:\n  - {name: one, from: first.csv, to: third.csv, labels: labels.csv}\n  - {name: two, from: second.csv, to: third.csv, labels: more.csv}\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAModelIsCalibratedAndThenTakenAtItsWorth(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	manyLabels(t, 30)
	sets := []string{"--sets", "many.yaml", "--judge", "llm", "--depth", "5"}
	command := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := call(t, append(args, sets...)...)
		if code != exitOK {
			t.Fatalf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
		return stdout
	}
	before := resultsOf(t, command("eval", "--json"))
	paid := api.Stats()

	stdout := command("eval", "train", "--out", "trained")

	if more := api.Stats().Answered - paid.Answered; more > 2 { // is the model there, a set
		t.Errorf("%d answers were paid for again", more)
	}
	for _, says := range []string{"judge-model: 300 judged pairs, 60 of them listed", "as stated", "first", "second"} {
		if !strings.Contains(stdout, says) {
			t.Errorf("it does not say %q: %s", says, stdout)
		}
	}
	data, err := os.ReadFile("trained/calibration.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := calibration.Parse(data)
	if err != nil || len(c.Models) != 1 {
		t.Fatalf("%v: %s", err, data)
	}
	m := c.Models[0]
	if m.Name != "judge-model" || len(m.Prompt) != 64 || strings.Join(m.Data, " ") != "one two" || m.Listed != 60 ||
		m.Command != "concord eval train --sets FILE --judge llm --depth 5 --out FOLDER" {
		t.Errorf("%+v", m)
	}
	if held := m.Without["first"]; strings.Join(held.Data, " ") != "two" || held.Pairs != 150 {
		t.Errorf("without the first family: %+v", held)
	}
	for _, file := range []string{"weights.json", "judge.json"} {
		if _, err := os.Stat("trained/" + file); err == nil {
			t.Errorf("%s was written, though nothing of it was learned", file)
		}
	}

	t.Setenv("CONCORD_CALIBRATION", "trained/calibration.json")
	after := resultsOf(t, command("eval", "--json"))
	for i, set := range after.Sets {
		was, _ := before.Sets[i].Score("concord")
		is, _ := set.Score("concord")
		if is.Metrics["brier"] >= was.Metrics["brier"] {
			t.Errorf("%s: Brier %v with the default, %v fitted without the family", set.Set, was.Metrics["brier"], is.Metrics["brier"])
		}
	}
	code, _, stderr := call(t, "draft", "--judge", "llm", "--from", "first.csv", "--to", "third.csv", "--depth", "5", "--out", "out")
	draft, err := os.ReadFile("out/draft.json")
	if code != exitOK || err != nil || !strings.Contains(string(draft), `"calibration": "fitted on 300 judged pairs of judge-model under this prompt`) {
		t.Errorf("exit code %d, %v: %s", code, err, stderr)
	}
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "stranger")
	code, _, stderr = call(t, "draft", "--judge", "llm", "--from", "first.csv", "--to", "third.csv", "--depth", "5", "--out", "new")
	draft, err = os.ReadFile("new/draft.json")
	if code != exitOK || err != nil || !strings.Contains(string(draft), `"calibration": "default: no labels of stranger under this prompt"`) {
		t.Errorf("exit code %d, %v: %s", code, err, stderr)
	}
	command("eval", "train", "--out", "trained")
	if data, _ = os.ReadFile("trained/calibration.json"); !strings.Contains(string(data), "stranger") || !strings.Contains(string(data), "judge-model") {
		t.Errorf("one of the two models is not there: %s", data)
	}
}

func TestThresholdsOfAModelAreTriedOnEveryFamily(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	manyLabels(t, 30)
	args := []string{"eval", "threshold", "--sets", "many.yaml", "--judge", "llm", "--depth", "5", "--auto-accept-precision", ".9", "--recall", ".9"}

	code, stdout, stderr := call(t, append(args, "--json")...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var l limits
	if err := json.Unmarshal([]byte(stdout), &l); err != nil {
		t.Fatal(err)
	}

	if l.Format != thresholdFormat || l.Model != "judge-model" || len(l.Prompt) != 64 || l.Depth != 5 || l.Precision != .9 || l.Confidence != eval.Sure {
		t.Errorf("%s", stdout)
	}
	// The mock is right about every pair: four of the five words of each are alike.
	if a := l.Accept; !a.Reached || a.Right != 60 || a.Pairs != 60 || a.Lower < .95 {
		t.Errorf("accept %+v", a)
	}
	if k := l.Keep; !k.Reached || k.Listed != 60 || k.Judged != 60 || k.Recall < .9 || k.Among != 300 {
		t.Errorf("keep %+v", k)
	}
	if len(l.HeldOut) != 2 || l.HeldOut[0].Family != "first" || l.HeldOut[0].Accept.Right != 30 || l.HeldOut[1].Keep.Total != 1 {
		t.Errorf("held out %+v", l.HeldOut)
	}

	code, stdout, stderr = call(t, args...)
	for _, says := range []string{"judge llm judge-model; label sets: 2, families: 2 (first, second)", "read precision as a lower bound", "no promise"} {
		if code != exitOK || !strings.Contains(stdout, says) {
			t.Errorf("exit code %d, it does not say %q: %s%s", code, says, stdout, stderr)
		}
	}
	if s := api.Stats(); s.Repeats > 3 { // each set of each run sees first whether the model answers
		t.Errorf("%d answers were paid for twice", s.Repeats)
	}
}

func TestTooFewLabelsGiveNoThresholdAndNoCalibration(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	ownSet(t)
	for _, judge := range []string{"local", "llm"} {
		code, stdout, stderr := call(t, "eval", "threshold", "--sets", "sets.yaml", "--judge", judge)
		if code != exitTooFew || !strings.Contains(stderr, "a precision of 0.95 takes 59 mapped pairs that are listed, there are 2; a recall of 0.95 takes 19 judged links, there are 2") ||
			!strings.Contains(stdout, "Nothing was held out") {
			t.Errorf("%s: exit code %d: %s%s", judge, code, stdout, stderr)
		}
	}
	code, _, stderr := call(t, "eval", "train", "--sets", "sets.yaml", "--judge", "llm", "--out", "trained")
	if code != exitTooFew || !strings.Contains(stderr, "2 of them listed: a calibration takes 20") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, err := os.Stat("trained"); err == nil {
		t.Error("something was written all the same")
	}
}

// TestOneFamilyIsMeasuredByTheDefault: what was fitted on its own labels must
// not be measured on them.
func TestOneFamilyIsMeasuredByTheDefault(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	manyLabels(t, 30)
	one := []string{"--sets", "many.yaml", "--set", "one", "--judge", "llm", "--depth", "5"}
	code, stdout, stderr := call(t, append([]string{"eval", "train", "--out", "trained"}, one...)...)
	if code != exitOK || !strings.Contains(stdout, "the default stands in") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	brier := func() float64 {
		code, stdout, stderr := call(t, append([]string{"eval", "--json"}, one...)...)
		if code != exitOK {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		score, _ := resultsOf(t, stdout).Sets[0].Score("concord")
		return score.Metrics["brier"]
	}
	unknown := brier()

	t.Setenv("CONCORD_CALIBRATION", "trained/calibration.json")

	if got := brier(); got != unknown {
		t.Errorf("Brier %v, that of the default is %v", got, unknown)
	}
}

func TestFlagsOfTheOtherJudgeAreRefused(t *testing.T) {
	model(t, &mockapi.Server{})
	ownSet(t)
	for args, says := range map[string]string{
		"eval train --out x --sets sets.yaml --judge llm --restarts 1": "--restarts says nothing",
		"eval train --out x --sets sets.yaml --precedents all":         "--precedents says nothing",
		"eval threshold --recall 1":                                    "--recall 1: want a number between 0 and 1",
		"eval threshold --auto-accept-precision 95":                    "--auto-accept-precision 95",
	} {
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d: %s", args, code, stderr)
		}
	}
	if err := os.WriteFile("bad.json", []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONCORD_CALIBRATION", "bad.json")
	if code, _, stderr := draftByModel(t); code != exitUsage || !strings.Contains(stderr, `bad.json: calibration: the file has no line for an unknown model`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestWhatACalibrationLearnedFromIsLookedFor: the labels of a calibration are as
// little to be tested on as those of weights. Here they are not built in, which
// is said. Two models have one calibration together.
func TestWhatACalibrationLearnedFromIsLookedFor(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "judge-model, second-model")
	manyLabels(t, 25)
	sets := []string{"--sets", "many.yaml", "--judge", "llm", "--depth", "3"}
	if code, stdout, stderr := call(t, append([]string{"eval", "train", "--out", "trained"}, sets...)...); code != exitOK || !strings.Contains(stdout, "judge-model + second-model: ") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	t.Setenv("CONCORD_CALIBRATION", "trained/calibration.json")

	code, _, stderr := call(t, append([]string{"eval"}, sets...)...)

	if code != exitOK || !strings.Contains(stderr, "one: weights or judge were learned from label sets that are not here") || !strings.Contains(stderr, "among them: two") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
