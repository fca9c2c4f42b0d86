//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"concord/crosswalk/fleet"
)

// TestStatusAndTheDeskSayHowFarTheWorkersAre has a run with a job that was given
// up, looks at it, and has the rest done while a desk is open.
func TestStatusAndTheDeskSayHowFarTheWorkersAre(t *testing.T) {
	w := newWorks(t)
	w.api.Latency = 0
	w.anew(t)
	if err := os.WriteFile(filepath.Join(w.dir, "config.yaml"), []byte("endpoint: {prices: [{model: judge-model, input: 3, output: 15}]}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.must(t, toEnqueue)
	if _, err := w.db(t).Exec(`UPDATE river_job SET state = 'discarded', finalized_at = now(), attempt = 5, errors = ARRAY['{"error": "the <b>model</b> was\u001b[31m rude\nat line 7"}'::jsonb]
		WHERE args ->> 'source' = 'O-3'`); err != nil {
		t.Fatal(err)
	}
	origin, client, page := w.desk(t)
	if text := page(); !strings.Contains(text, "0 of 140 sources are judged") || !strings.Contains(text, "the one under review") || !strings.Contains(text, "<dd>139</dd>") ||
		!strings.Contains(text, "O-3</span> given up: the &lt;b&gt;model&lt;/b&gt; was") || strings.Contains(text, "at line 7") || strings.Contains(text, "\x1b") {
		t.Errorf("before: %s", text)
	}

	w.together(t, 2, "--concurrency 4")

	runs := w.status(t)
	prompt, completion := 0, 0
	if err := w.db(t).QueryRow(`SELECT sum(prompt_tokens), sum(completion_tokens) FROM calls`).Scan(&prompt, &completion); err != nil {
		t.Fatal(err)
	}
	cost := (3*float64(prompt) + 15*float64(completion)) / 1e6
	if len(runs) != 1 || runs[0].Cost == nil || cost == 0 || *runs[0].Cost < cost*.999 || *runs[0].Cost > cost*1.001 || runs[0].Done != sourcesKilled || runs[0].Calls != len(w.answered(t)) ||
		len(runs[0].Failures) != 1 || runs[0].Failures[0].Source != "O-3" || !runs[0].Failures[0].GivenUp {
		t.Errorf("%+v, want a cost of %f", runs, cost)
	}
	text := w.must(t, "status")
	for _, want := range []string{"140 of 140 done", "1 discarded", "in the currency of the prices", "finished", "given up: O-3: the <b>model</b> was"} {
		if !strings.Contains(text, want) {
			t.Errorf("status does not say %q: %s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("status lets a model write to the terminal: %q", text)
	}
	for range 100 { // what the desk knows is some seconds old
		if text = page(); strings.Contains(text, "140 of 140 sources") && !strings.Contains(text, "of 0 pairs") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !strings.Contains(text, "140 of 140 sources are judged") || !strings.Contains(text, "<dt>finished</dt>") || strings.Contains(text, "not known") {
		t.Errorf("after: %s", text)
	}
	accept(t, client, origin, openPair(t, client, origin)) // on a pair that was not there when the desk was opened
}

// desk opens the desk in a process of its own and returns what reads its page of
// progress.
func (w *works) desk(t *testing.T) (origin string, client *http.Client, page func() string) {
	t.Helper()
	cmd := w.process(t, "review --addr 127.0.0.1:0 --reviewer ada")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGINT); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	origin, _, _ = strings.Cut(strings.TrimSpace(line), "/?")
	client = &http.Client{}
	openDesk(t, client, strings.TrimSpace(line))
	return origin, client, func() string {
		t.Helper()
		answer, err := client.Get(origin + "/progress")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, err)
		}
		return string(b)
	}
}

// openPair returns the page of the pair that comes first.
func openPair(t *testing.T, client *http.Client, origin string) string {
	t.Helper()
	answer, err := client.Get(origin + "/pair")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestStatusSaysNoCostIfAPriceIsMissing(t *testing.T) {
	var b strings.Builder
	cost := 1.25
	if err := printStatus(&b, []statusOfRun{{Run: "r", Cost: &cost, Jobs: fleet.Depth{Rate: 1}}, {Run: "s"}, {Run: "t", Calls: 3}}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "cost") != 2 || !strings.Contains(text, "cost      1.2500 in the currency of the prices") || !strings.Contains(text, "cost      not known: endpoint.prices") {
		t.Errorf("%s", text)
	}
}
