package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"concord/embed/local"
	"concord/internal/mockapi"
)

// signalsOf ranks the tables of [model] and returns what each signal says of the
// first hit of the first source.
func signalsOf(t *testing.T) map[string]float64 {
	t.Helper()
	code, stdout, stderr := call(t, "rank", "--from", "ours.csv", "--to", "theirs.csv", "--format", "json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var row struct {
		Hits []struct {
			Target  string
			Signals map[string]float64
		}
	}
	if err := json.NewDecoder(strings.NewReader(stdout)).Decode(&row); err != nil {
		t.Fatal(err)
	}
	if row.Hits[0].Target != "T-1" {
		t.Errorf("first of all stands %s", row.Hits[0].Target)
	}
	return row.Hits[0].Signals
}

func TestAModelsVectorsJoinTheBuiltInOnes(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	alone := signalsOf(t)
	t.Setenv("CONCORD_EMBEDDER", "remote")
	joined := signalsOf(t)

	if _, ok := alone["remote"]; ok {
		t.Error("a model has a say although none is named")
	}
	if joined["remote"] <= 0 {
		t.Errorf("the model says %v of the target that shares words", joined["remote"])
	}
	if alone["semantic"] == 0 || joined["semantic"] != alone["semantic"] {
		t.Errorf("the built-in vectors say %v beside a model, %v alone", joined["semantic"], alone["semantic"])
	}
}

func TestAModelsVectorsJoinASearch(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	search := []string{"search", "encrypted backups", "--in", "theirs.csv", "--json"}
	_, alone, _ := call(t, search...)
	t.Setenv("CONCORD_EMBEDDER", "remote")

	code, joined, stderr := call(t, search...)

	if code != exitOK || api.Stats().Requests == 0 {
		t.Fatalf("exit code %d after %d requests: %s", code, api.Stats().Requests, stderr)
	}
	if joined == alone {
		t.Error("the model changes no score")
	}
}

func TestARunSaysWhoseVectorsItRestsOn(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	t.Setenv("CONCORD_EMBEDDER", "remote")
	words, err := local.Default()
	if err != nil {
		t.Fatal(err)
	}

	if code, _, stderr := call(t, "draft", "--from", "ours.csv", "--to", "theirs.csv", "--out", "out"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	draft, err := os.ReadFile("out/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := words.Name() + ", remote/embedding-model"; !strings.Contains(string(draft), want) {
		t.Errorf("the draft does not name %s", want)
	}
}

func TestWordVectorsOfOnesOwnTakeThePlaceOfTheBuiltInOnes(t *testing.T) {
	model(t, &mockapi.Server{})
	builtIn := signalsOf(t)
	own, err := local.New(local.Header{}, []string{"backup", "encrypt", "phish"}, [][]float64{{1, 0.2}, {1, 0}, {0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := own.File()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"own.bin": file, "cut.bin": slices.Clip(file[:len(file)-1])} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	t.Setenv("CONCORD_EMBEDDER_MODEL", "own.bin")
	if got := signalsOf(t); got["semantic"] == builtIn["semantic"] {
		t.Error("the vectors of the file are not used")
	}
	for path, says := range map[string]string{"cut.bin": "cut.bin: word vectors: the checksum", "nowhere.bin": "nowhere.bin"} {
		t.Setenv("CONCORD_EMBEDDER_MODEL", path)
		code, _, stderr := call(t, "rank", "--from", "ours.csv", "--to", "theirs.csv")
		if code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d: %s", path, code, stderr)
		}
	}
}
