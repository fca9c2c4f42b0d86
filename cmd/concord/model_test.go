package main

import (
	"context"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

const secret = "sk-not-to-be-seen-0123456789"

// model starts a mock API, points the settings at it and works in an empty
// folder with two small tables.
func model(t *testing.T, api *mockapi.Server) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("CONCORD_API_KEY", secret)
	t.Setenv("CONCORD_ENDPOINT_URL", server.URL+"/v1")
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "judge-model")
	t.Setenv("CONCORD_ENDPOINT_EMBEDDING_MODEL", "embedding-model")
	t.Setenv("CONCORD_ENDPOINT_ATTEMPTS", "2")
	for name, content := range map[string]string{
		"ours.csv": "id,text\nO-1,Backups are encrypted before they leave the building.\nO-2,Staff are trained to recognise phishing mail.\n" +
			"O-3,Visitors are escorted in the building.\n",
		"theirs.csv": "id,text\nT-1,Encrypt backups and other stored records.\nT-2,Train staff against phishing mail.\nT-3,Escort visitors in the building.\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func draftByModel(t *testing.T, more ...string) (code int, stdout, stderr string) {
	t.Helper()
	return call(t, append([]string{"draft", "--judge", "llm", "--from", "ours.csv", "--to", "theirs.csv", "--out", "out"}, more...)...)
}

func TestAModelJudgesAndNothingIsAskedTwice(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)

	code, stdout, stderr := draftByModel(t)
	if code != exitOK || !strings.Contains(stdout, "source elements") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	first := api.Stats()
	if first.Requests != 1+3 { // one to see that the model answers, one a source
		t.Errorf("%d requests, want 4", first.Requests)
	}
	before, err := os.ReadFile("out/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(before), `"origin": "llm"`) {
		t.Error("no proposal by the model")
	}

	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatalf("again: exit code %d: %s", code, stderr)
	}
	if after, _ := os.ReadFile("out/draft.json"); string(after) != string(before) {
		t.Error("the same draft has other bytes")
	}
	if again := api.Stats(); again.Requests != first.Requests {
		t.Errorf("the same draft made %d more requests", again.Requests-first.Requests)
	}
}

func TestAWorkspaceFindsOutOnceWhatAModelAnswersIn(t *testing.T) {
	api := &mockapi.Server{Key: secret, Refuses: []string{"json_schema"}}
	model(t, api)

	for i, want := range []int{2 + 3, 1, 0} { // two forms and three sources, then whether it is there, then nothing
		before := api.Stats().Requests
		args := []string{"--json"}
		if i > 0 {
			args = append(args, "--depth", "30") // another run, of which every answer is known
		}
		code, stdout, stderr := draftByModel(t, args...)
		if code != exitOK || !strings.Contains(stdout, `"mapped":3`) {
			t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
		}
		if n := api.Stats().Requests - before; n != want {
			t.Errorf("draft %d: %d requests, want %d", i+1, n, want)
		}
	}
	t.Setenv("CONCORD_ENDPOINT_STRUCTURED", "json_schema")
	if code, _, stderr := draftByModel(t); code != exitFailed || !strings.Contains(stderr, "json_schema") {
		t.Errorf("a form that is refused: exit code %d: %s", code, stderr)
	}
}

// TestAnInterruptedDraftPaysForNoAnswerTwice lets the endpoint fail for good
// in the middle, and then drafts again.
func TestAnInterruptedDraftPaysForNoAnswerTwice(t *testing.T) {
	broken := true
	api := &mockapi.Server{Key: secret, Fault: func(n int) mockapi.Fault {
		if broken && n > 3 {
			return mockapi.Unavailable
		}
		return mockapi.None
	}}
	model(t, api)
	t.Setenv("CONCORD_ENDPOINT_CONCURRENCY", "1")

	if code, _, stderr := draftByModel(t); code != exitFailed || !strings.Contains(stderr, "503") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	broken = false
	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	if s := api.Stats(); s.Repeats != 0 || s.Answered != 1+3 {
		t.Errorf("%d answers, %d of them repeated; want 4 and none", s.Answered, s.Repeats)
	}
}

func TestAnUnusableAnswerIsAFailureNotAnAbsence(t *testing.T) {
	api := &mockapi.Server{Fault: func(n int) mockapi.Fault {
		if n == 1 {
			return mockapi.None
		}
		return mockapi.Prose
	}}
	model(t, api)

	code, stdout, stderr := draftByModel(t, "--json")

	if code != exitOK || !strings.Contains(stdout, `"sources":{"total":3,"mapped":0,"no_relationship":0,"not_judged":0,"failed":3}`) {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestAnotherAttemptAsksAgainOnlyForWhatWasUnusable(t *testing.T) {
	api := &mockapi.Server{Fault: func(n int) mockapi.Fault {
		if n == 2 || n == 3 { // the first source, and its repair
			return mockapi.Prose
		}
		return mockapi.None
	}}
	model(t, api)
	t.Setenv("CONCORD_ENDPOINT_CONCURRENCY", "1")
	if code, stdout, stderr := draftByModel(t, "--json"); code != exitOK || !strings.Contains(stdout, `"failed":1}`) {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	before := api.Stats().Requests

	code, stdout, stderr := draftByModel(t, "--json", "--attempt", "2")

	if code != exitOK || !strings.Contains(stdout, `"sources":{"total":3,"mapped":3,"no_relationship":0,"not_judged":0,"failed":0}`) {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if n := api.Stats().Requests - before; n != 1+1 { // is the model there, and the first source
		t.Errorf("%d more requests, want 2", n)
	}
}

func TestTextThatMustStayHereGoesToNoOtherMachine(t *testing.T) {
	model(t, &mockapi.Server{})
	t.Setenv("CONCORD_ENDPOINT_URL", "https://models.example/v1")
	t.Setenv("CONCORD_EMBEDDER", "remote")
	if err := os.WriteFile("ours.jsonl", []byte(`{"framework":{"name":"ours","edition":"1","title":"Ours","local":true}}`+"\n"+
		`{"id":"O-1","kind":"control","text":"Secret sauce."}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"rank", "--from", "ours.jsonl", "--to", "theirs.csv"},
		{"search", "sauce", "--in", "ours.jsonl"},
		{"draft", "--judge", "llm", "--from", "ours.jsonl", "--to", "theirs.csv"},
	} {
		code, _, stderr := call(t, args...)
		if code != exitUsage || !strings.Contains(stderr, "machine") {
			t.Errorf("concord %v: exit code %d: %s", args, code, stderr)
		}
	}
}

func TestABadEndpointEndsWithOneLineAndAnUntouchedWorkspace(t *testing.T) {
	tests := map[string]struct {
		api  *mockapi.Server
		says string
	}{
		"wrong key":   {&mockapi.Server{Key: "another-key-entirely"}, "CONCORD_API_KEY"},
		"web page":    {&mockapi.Server{Fault: mockapi.Always(mockapi.HTML)}, "/v1"},
		"no model":    {&mockapi.Server{Fault: mockapi.Always(mockapi.NoModel)}, "404"},
		"echoed key":  {&mockapi.Server{Fault: mockapi.Always(mockapi.EchoKey)}, "400"},
		"empty":       {&mockapi.Server{Fault: mockapi.Always(mockapi.Empty)}, "empty"},
		"quota spent": {&mockapi.Server{Fault: mockapi.Always(mockapi.NoQuota)}, "quota"},
	}
	for name, tt := range tests {
		for _, embedder := range []string{"local", "remote"} {
			t.Run(name+", "+embedder+" embedder", func(t *testing.T) {
				model(t, tt.api)
				t.Setenv("CONCORD_EMBEDDER", embedder)

				code, stdout, stderr := draftByModel(t)

				line := lastLine(stderr)
				if code != exitFailed || !strings.HasPrefix(line, "concord: ") || !strings.Contains(line, tt.says) {
					t.Errorf("exit code %d, want it to say %q: %s", code, tt.says, stderr)
				}
				if strings.Contains(stdout+stderr, secret) {
					t.Error("the key was printed")
				}
				for _, left := range []string{".concord", "out"} {
					if _, err := os.Stat(left); err == nil {
						t.Errorf("%s was made", left)
					}
				}
			})
		}
	}
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\n")
	return s[strings.LastIndex(s, "\n")+1:]
}

func TestRemoteVectorsAreBoughtOnce(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	t.Setenv("CONCORD_EMBEDDER", "remote")
	rank := []string{"rank", "--from", "ours.csv", "--to", "theirs.csv"}

	code, first, stderr := call(t, rank...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	paid := api.Stats().Requests
	if paid == 0 {
		t.Fatal("no vector was asked for")
	}
	if _, second, _ := call(t, rank...); second != first {
		t.Error("the ranking changed")
	}
	if more := api.Stats().Requests - paid; more != 0 {
		t.Errorf("%d more requests for the same vectors", more)
	}
}

// TestTheKeyIsNowhereOnDisk looks into every file that a paid run leaves.
func TestTheKeyIsNowhereOnDisk(t *testing.T) {
	model(t, &mockapi.Server{Key: secret})
	t.Setenv("CONCORD_EMBEDDER", "remote")
	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil || files < 6 {
		t.Errorf("%d files looked at, %v", files, err)
	}
}

func TestAllBlocksAreAskedForWhereNoneMayPromiseTooLittle(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	t.Setenv("CONCORD_JUDGING_BLOCK", "1")
	t.Setenv("CONCORD_JUDGING_LEAST_BLOCKS", "1")
	t.Setenv("CONCORD_JUDGING_STOP", "0")

	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatal(stderr)
	}

	if n := api.Stats().Requests; n != 1+9 { // one to see that the model answers, one a pair
		t.Errorf("%d requests, want 10", n)
	}
}

// TestADraftSaysThatItWasInterruptedWhereverItWas ends it before anything is
// judged.
func TestADraftSaysThatItWasInterruptedWhereverItWas(t *testing.T) {
	model(t, &mockapi.Server{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := newRoot()
	root.SetArgs([]string{"draft", "--judge", "llm", "--from", "ours.csv", "--to", "theirs.csv"})
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)

	err := root.ExecuteContext(ctx)

	if err == nil || !strings.HasPrefix(err.Error(), "interrupted: ") {
		t.Error(err)
	}
}
