//go:build unix

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"concord/internal/mockapi"
)

// sourcesKilled is how many sources the drafts of these tests have: two
// questions each, or three, which outlast fifty kills.
const sourcesKilled = 140

// A sandbox is where the program drafts in a process of its own.
type sandbox struct {
	dir string
	api *mockapi.Server
	url string

	mu    sync.Mutex
	asked []string // what each question that was received says
	heard chan struct{}
}

// newSandbox starts a mock API with some latency and writes two tables.
func newSandbox(t testing.TB) *sandbox {
	t.Helper()
	k := &sandbox{dir: t.TempDir(), api: &mockapi.Server{Key: secret, Latency: 15 * time.Millisecond}, heard: make(chan struct{}, 10_000)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // killed while it asked
		}
		if q := questionOf(t, body); q != "" {
			k.mu.Lock()
			k.asked = append(k.asked, q)
			k.mu.Unlock()
			k.heard <- struct{}{}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		k.api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	k.url = server.URL + "/v1"
	words := strings.Fields("backups visitors passwords keys records doors staff phishing mail storage network logs encrypted trained escorted reviewed reported tested locked counted")
	pick := rand.New(rand.NewPCG(7, 7))
	table := func(id string, n int) string {
		var b strings.Builder
		b.WriteString("id,text\n")
		for i := range n {
			fmt.Fprintf(&b, "%s-%d,", id, i+1)
			for range 8 {
				b.WriteString(words[pick.IntN(len(words))] + " ")
			}
			fmt.Fprintf(&b, "%d.\n", i)
		}
		return b.String()
	}
	labels := "source_id,target_id,relationship\n"
	for i := range sourcesKilled {
		labels += fmt.Sprintf("O-%d,T-%d,intersects_with\n", i+1, i%12+1)
	}
	for name, content := range map[string]string{
		"ours.csv": table("O", sourcesKilled), "theirs.csv": table("T", 12), "labels.csv": labels,
		"sets.yaml": "sets:\n  - {name: mine, from: ours.csv, to: theirs.csv, labels: labels.csv}\n",
	} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// questionOf returns what decides an answer, from a request as it was sent or as
// the ledger keeps it; "" for one that is no question about elements.
func questionOf(t testing.TB, request []byte) string {
	t.Helper()
	var r struct {
		Model    string
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(request, &r); err != nil {
		t.Errorf("request %q: %v", request, err)
	}
	if len(r.Messages) < 2 {
		return ""
	}
	return fmt.Sprint(r)
}

// drafting are the arguments of a draft in a workspace.
func (k *sandbox) drafting(workspace string) string {
	return "draft --judge llm --from ours.csv --to theirs.csv --workspace " + workspace + " --out out-" + workspace
}

// concord prepares a command, by this test binary as the program.
func (k *sandbox) concord(t testing.TB, args string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "concord", strings.Fields(args)...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+k.dir, "CONCORD_API_KEY="+secret, "CONCORD_ENDPOINT_URL="+k.url,
		"CONCORD_ENDPOINT_CHAT_MODEL=judge-model", "CONCORD_ENDPOINT_STRUCTURED=json_schema", "CONCORD_ENDPOINT_CONCURRENCY=4", "CONCORD_JUDGING_BLOCK=6")
	return cmd
}

// kept returns the answers that a ledger holds, by question. A ledger that is
// not there yet holds none. The file must be sound.
func (k *sandbox) kept(t *testing.T, workspace string) map[string]string {
	t.Helper()
	path := filepath.Join(k.dir, workspace, "ledger.db")
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sound string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		t.Fatalf("integrity check: %s, %v", sound, err)
	}
	var made int
	if err := db.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'calls'`).Scan(&made); err != nil || made == 0 {
		return nil // killed before the ledger had its tables
	}
	rows, err := db.Query(`SELECT request, answer FROM calls`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	kept := map[string]string{}
	for rows.Next() {
		var request, answer string
		if err := rows.Scan(&request, &answer); err != nil {
			t.Fatal(err)
		}
		kept[questionOf(t, []byte(request))] = answer
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return kept
}

// take returns the questions that were received since it was called last.
func (k *sandbox) take() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	asked := k.asked
	k.asked = nil
	for len(k.heard) > 0 {
		<-k.heard
	}
	return asked
}

// drafted returns the files of a draft, with one time of the clock for all.
func (k *sandbox) drafted(t *testing.T, workspace string) map[string]string {
	t.Helper()
	started := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	out := map[string]string{}
	for _, name := range []string{"draft.csv", "draft.json", "draft.md"} {
		data, err := os.ReadFile(filepath.Join(k.dir, "out-"+workspace, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = started.ReplaceAllString(string(data), "TIME")
	}
	return out
}

// TestAProcessKilledAtRandomAsksNothingTwice kills the program until it is done.
//
// What cannot be avoided: an answer that was under way when the process died was
// paid for and is asked for again. No program can keep what it never received;
// the test counts these, of which there are at most as many at a time as there
// are requests at once.
func TestAProcessKilledAtRandomAsksNothingTwice(t *testing.T) {
	t.Parallel()
	k := newSandbox(t)
	if out, err := k.concord(t, k.drafting("whole")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	questions := len(k.take())
	want := k.drafted(t, "whole")
	random := rand.New(rand.NewPCG(20, 26))
	var kept map[string]string
	kills, lost, done := 0, 0, false
	for round := 0; !done; round++ {
		cmd := k.concord(t, k.drafting("killed"))
		var talk bytes.Buffer
		cmd.Stderr = &talk
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if round < 200 {
			k.killLater(cmd, random)
		}
		err := cmd.Wait()
		killed := err != nil && cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		if err != nil && !killed {
			t.Fatalf("round %d: %v: %s", round, err, &talk)
		}
		done = !killed

		now := k.kept(t, "killed")
		for q, answer := range kept {
			if now[q] != answer {
				t.Fatalf("round %d: an answer is lost or changed", round)
			}
		}
		asked := k.take()
		for _, q := range asked {
			if _, known := kept[q]; known {
				t.Fatalf("round %d: a question was asked again whose answer was kept", round)
			}
			if _, known := now[q]; !known {
				lost++
			}
		}
		kept = now
		if killed {
			kills++
		}
	}

	if kills < 50 {
		t.Errorf("done after %d kills, want 50 at least: give it more to do", kills)
	}
	if lost > 4*kills {
		t.Errorf("%d answers were under way in %d kills", lost, kills)
	}
	for name, content := range k.drafted(t, "killed") {
		if content != want[name] {
			t.Errorf("%s differs from that of a draft that was not interrupted", name)
		}
	}
	t.Logf("%d kills, %d questions, %d asked again because their answers were under way", kills, questions, lost)
}

// killLater kills a process while it starts, or some moment after one of the
// next questions.
func (k *sandbox) killLater(cmd *exec.Cmd, random *rand.Rand) {
	early, questions := random.IntN(5) == 0, 1+random.IntN(4)
	pause := time.Duration(random.IntN(20_000)) * time.Microsecond
	if early {
		pause = time.Duration(random.IntN(300)) * time.Millisecond
	}
	go func() {
		defer cmd.Process.Kill()
		deadline := time.After(5 * time.Second)
		for range questions {
			if early {
				break
			}
			select {
			case <-k.heard:
			case <-deadline:
				return
			}
		}
		time.Sleep(pause)
	}()
}

// TestAnInterruptedCommandWaitsForTheAnswersUnderWay sends the signal of Ctrl-C.
func TestAnInterruptedCommandWaitsForTheAnswersUnderWay(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"draft --judge llm --from ours.csv --to theirs.csv": "the same command goes on",
		"eval --judge llm --sets sets.yaml":                 "the same command asks for none twice",
		"eval memory --sets sets.yaml --set mine":           "the same command asks for none twice",
	} {
		t.Run(args, func(t *testing.T) {
			k := newSandbox(t)
			k.api.Latency = 100 * time.Millisecond
			cmd := k.concord(t, args)
			var talk bytes.Buffer
			cmd.Stderr = &talk
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() {
				<-k.heard
				cmd.Process.Signal(os.Interrupt)
			}()
			cmd.Wait()

			if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(lastLine(talk.String()), says) {
				t.Errorf("exit code %d: %s", code, &talk)
			}
			if !strings.Contains(talk.String(), "interrupt again to end at once") {
				t.Errorf("nobody is told what it waits for: %s", &talk)
			}
			asked, kept := k.take(), k.kept(t, ".concord")
			if len(asked) == 0 || len(asked) != len(kept) || len(asked) >= sourcesKilled {
				t.Errorf("%d questions asked, %d answers kept", len(asked), len(kept))
			}
			k.api.Latency = 0
			again := k.concord(t, args)
			out, err := again.CombinedOutput()
			if code := again.ProcessState.ExitCode(); code != exitOK && code != exitTooFew { // the mock remembers no ids
				t.Fatalf("%v: %s", err, out)
			}
			for _, q := range k.take() {
				if _, known := kept[q]; known {
					t.Fatal("a question was asked again whose answer was kept")
				}
			}
		})
	}
}
