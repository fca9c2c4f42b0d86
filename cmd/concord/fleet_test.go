//go:build unix

package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"concord/internal/mockapi"
	"concord/internal/postgrestest"
)

// A works is a sandbox with a PostgreSQL for ledgers, in which several processes
// work on one run.
type works struct {
	*sandbox
	server *postgrestest.Server
	made   atomic.Int64
	at     string   // where the ledger is
	env    []string // of all processes
}

func newWorks(t testing.TB) *works {
	t.Helper()
	return newWorksOn(t, postgrestest.Start)
}

// newWorksIn has the data of the server in a folder that is small.
func newWorksIn(t testing.TB, dir string) *works {
	t.Helper()
	return newWorksOn(t, func() (*postgrestest.Server, error) {
		return postgrestest.StartIn(dir, "max_wal_size=32MB", "min_wal_size=32MB")
	})
}

func newWorksOn(t testing.TB, start func() (*postgrestest.Server, error)) *works {
	t.Helper()
	server := postgrestest.Must(t, start)
	t.Cleanup(func() { server.Stop() })
	return &works{sandbox: newSandbox(t), server: server}
}

// anew makes an empty ledger for what follows.
func (w *works) anew(t testing.TB) {
	t.Helper()
	schema := fmt.Sprint("fleet", w.made.Add(1))
	w.at = w.server.URL("postgres", postgrestest.Password, "postgres", schema)
	if _, err := w.db(t).Exec(`CREATE SCHEMA ` + schema); err != nil {
		t.Fatal(err)
	}
	w.must(t, "ledger migrate")
	w.take()
}

func (w *works) db(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", w.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (w *works) process(t testing.TB, args string) *exec.Cmd {
	t.Helper()
	cmd := w.concord(t, args)
	cmd.Env = append(append(cmd.Env, "CONCORD_LEDGER="+w.at), w.env...)
	return cmd
}

// must runs a command to its end and returns what it printed.
func (w *works) must(t testing.TB, args string) string {
	t.Helper()
	cmd := w.process(t, args)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("concord %s: %v: %s", args, err, &talk)
	}
	return string(out)
}

// together runs so many workers to their end.
func (w *works) together(t testing.TB, n int, args string) {
	t.Helper()
	var workers []*exec.Cmd
	var talks []*bytes.Buffer
	for i := range n {
		cmd := w.process(t, fmt.Sprintf("worker --drain --workspace worker%d %s", i, args))
		talks = append(talks, &bytes.Buffer{})
		cmd.Stderr = talks[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		workers = append(workers, cmd)
	}
	for i, cmd := range workers {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("worker %d: %v: %s", i, err, talks[i])
		}
	}
}

const (
	toEnqueue = "draft --enqueue --judge llm --from ours.csv --to theirs.csv"
	toExport  = "export --drafts --all --format json"
)

var clock = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// alone returns what a draft by one command in a workspace of its own comes to.
func (w *works) alone(t *testing.T, args string) string {
	t.Helper()
	at := w.at
	w.at = ""
	defer func() { w.at = at }()
	w.must(t, "draft --from ours.csv --to theirs.csv --workspace alone "+args)
	out := w.must(t, toExport+" --workspace alone")
	w.take()
	return clock.ReplaceAllString(out, "TIME")
}

// status returns what the command says of all runs.
func (w *works) status(t testing.TB) (runs []statusOfRun) {
	t.Helper()
	if err := json.Unmarshal([]byte(w.must(t, "status --json")), &runs); err != nil {
		t.Fatal(err)
	}
	return runs
}

// answered returns the answers in the ledger, by question.
func (w *works) answered(t *testing.T) map[string]bool {
	t.Helper()
	rows, err := w.db(t).Query(`SELECT request FROM calls`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	kept := map[string]bool{}
	for rows.Next() {
		var request []byte
		if err := rows.Scan(&request); err != nil {
			t.Fatal(err)
		}
		kept[questionOf(t, request)] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestWorkersMakeTheDraftThatOneCommandMakes(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.api.Latency = 0
	want := w.alone(t, "--judge llm")
	for _, n := range []int{1, 2} {
		w.anew(t)

		var first, second enqueued
		for _, e := range []*enqueued{&first, &second} {
			if err := json.Unmarshal([]byte(w.must(t, toEnqueue+" --json")), e); err != nil {
				t.Fatal(err)
			}
		}
		if asked := w.take(); len(asked) > 0 {
			t.Errorf("to enqueue asked %d questions", len(asked))
		}
		w.together(t, n, "--concurrency 4")

		if first.Jobs != sourcesKilled || first.Known != 0 || second.Jobs != 0 || second.Known != first.Jobs || first.Run != second.Run {
			t.Errorf("enqueued %+v, then %+v", first, second)
		}
		if got := clock.ReplaceAllString(w.must(t, toExport), "TIME"); got != want {
			t.Errorf("%d workers: the draft differs from that of one command: %d bytes, %d", n, len(got), len(want))
		}
		if asked, kept := w.take(), w.answered(t); len(asked) != len(kept) {
			t.Errorf("%d workers: %d questions, %d answers", n, len(asked), len(kept))
		}
		if shown := w.must(t, "run list --json"); strings.Contains(shown, `"finished":null`) {
			t.Errorf("%d workers: the run is not finished: %s", n, shown)
		}
	}
}

func TestWorkersMakeTheDraftOfTheLocalJudge(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	want := w.alone(t, "")
	w.anew(t)

	w.must(t, "draft --enqueue --from ours.csv --to theirs.csv")
	w.together(t, 2, "--concurrency 2")

	if got := clock.ReplaceAllString(w.must(t, toExport), "TIME"); got != want {
		t.Errorf("the draft differs from that of one command: %d bytes, %d", len(got), len(want))
	}
}

// A tally holds what was asked against what the ledger had before and has now.
type tally struct {
	*works
	kept map[string]bool // answers
	lost int             // that were under way when a worker died
}

// check counts the answers that were lost with workers, and fails if one was that
// the ledger had, or if a question was asked again whose answer it had. Answers may
// be lost only where workers were killed.
func (y *tally) check(t *testing.T, killed bool) {
	t.Helper()
	now := y.answered(t)
	for q := range y.kept {
		if !now[q] {
			t.Fatal("an answer is lost that the ledger had")
		}
	}
	seen := map[string]bool{}
	for _, q := range y.take() {
		switch {
		case y.kept[q]:
			t.Fatal("a question was asked again whose answer was kept")
		case now[q] && seen[q]:
			t.Fatal("a question was asked twice at a time")
		case !now[q] && !killed:
			t.Fatal("an answer is lost though nobody died who had it")
		case !now[q]:
			y.lost++
		}
		seen[q] = true
	}
	y.kept = now
}

// hear waits for a question.
func (w *works) hear(t *testing.T) {
	t.Helper()
	select {
	case <-w.heard:
	case <-time.After(time.Minute):
		t.Fatal("nobody asks: the workers have not come back, or give the test more to do")
	}
}

// crash kills the server some moment after one of the next questions, and starts
// it again.
func (w *works) crash(t *testing.T, random *rand.Rand) {
	t.Helper()
	for range 1 + random.IntN(3) {
		w.hear(t)
	}
	time.Sleep(time.Duration(random.IntN(30_000)) * time.Microsecond)
	w.server.Kill()
	time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
	if err := w.server.Again(); err != nil {
		t.Fatal(err)
	}
}

// TestKilledServersAndWorkersLoseNothingAndAskNothingTwice kills the server under
// two workers that live on, then workers, two at a time, at times together with the
// server, and lets the last two finish.
func TestKilledServersAndWorkersLoseNothingAndAskNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.api.Latency = 30 * time.Millisecond
	want := w.alone(t, "--judge llm")
	w.anew(t)
	w.must(t, toEnqueue)
	random := rand.New(rand.NewPCG(10, 12))
	y := &tally{works: w}
	servers, killed := 0, 0
	var workers [2]*exec.Cmd
	var talks [2]bytes.Buffer
	begin := func() {
		for i := range workers {
			talks[i].Reset()
			workers[i] = w.process(t, fmt.Sprintf("worker --workspace worker%d --concurrency 2 --rescue-after 3s", i))
			workers[i].Stderr = &talks[i]
			if err := workers[i].Start(); err != nil {
				t.Fatal(err)
			}
		}
	}
	die := func() {
		for i, cmd := range workers {
			err := cmd.Wait()
			if cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("a worker ended with %v: %s", err, &talks[i])
			}
			killed++
		}
	}

	begin()
	for range 18 {
		w.crash(t, random)
		servers++
	}
	for _, cmd := range workers {
		cmd.Process.Signal(syscall.SIGINT) // for a moment at which nothing is under way
	}
	for i, cmd := range workers {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("a worker ended with %v: %s", err, &talks[i])
		}
		said := talks[i].String()
		if gone, back := strings.Count(said, "cannot be used"), strings.Count(said, "can be used again"); gone == 0 || gone > servers || gone-back > 1 || strings.Contains(said, "level=") {
			t.Errorf("what it said: %s", said)
		}
	}
	y.check(t, false)
	asked := len(y.kept)

	for round := range 7 {
		begin()
		together := round%2 == 1
		if together { // with answers that wait to be kept
			w.hear(t)
			w.server.Kill()
			servers++
		}
		for _, cmd := range workers {
			w.killLater(cmd, random)
		}
		die()
		if together {
			if err := w.server.Again(); err != nil {
				t.Fatal(err)
			}
		}
		y.check(t, true)
	}
	w.together(t, 2, "--concurrency 4 --rescue-after 3s")

	y.check(t, false)
	if got := clock.ReplaceAllString(w.must(t, toExport), "TIME"); got != want {
		t.Errorf("the draft differs from that of one command: %d bytes, %d", len(got), len(want))
	}
	if servers+killed < 30 || y.lost > 2*killed {
		t.Errorf("%d kills, %d answers were under way", servers+killed, y.lost)
	}
	t.Logf("the server killed %d times, workers %d times; %d questions, %d of them before the first worker died; %d asked again because their answers were under way in a worker that was killed",
		servers, killed, len(y.kept), asked, y.lost)
}

func TestAWorkerLeavesRunsThatItWouldNotMake(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.anew(t)
	w.must(t, toEnqueue)
	w.env = []string{"CONCORD_JUDGING_BLOCK=5"}
	cmd := w.process(t, "worker --drain --workspace other")

	out, err := cmd.CombinedOutput()

	if err != nil || !strings.Contains(string(out), "left to others: here it would be another one, by its depth, judging") && !strings.Contains(string(out), "by its judging") {
		t.Errorf("%v: %s", err, out)
	}
	if asked := w.take(); len(asked) > 0 {
		t.Errorf("it asked %d questions", len(asked))
	}
	runs := w.status(t)
	if len(runs) != 1 || runs[0].Jobs.Available != sourcesKilled || runs[0].Done != 0 || runs[0].Sources != sourcesKilled || runs[0].Finished != nil {
		t.Errorf("%+v", runs)
	}
}

// TestARunThatCannotBeReadKeepsNoWorkerFromOthers has two runs be as no version of
// this program would leave them.
func TestARunThatCannotBeReadKeepsNoWorkerFromOthers(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.api.Latency = 0
	w.anew(t)
	w.must(t, toEnqueue+" --depth 3")
	w.must(t, toEnqueue+" --depth 4")
	w.must(t, toEnqueue)
	if _, err := w.db(t).Exec(`ALTER TABLE runs DISABLE TRIGGER USER;
		UPDATE runs SET settings = '{"depth": "three"}' WHERE settings::json ->> 'depth' = '3';
		UPDATE runs SET target_digest = 'gone' WHERE settings::json ->> 'depth' = '4';
		ALTER TABLE runs ENABLE TRIGGER USER`); err != nil {
		t.Fatal(err)
	}

	out, err := w.process(t, "worker --drain --workspace one").CombinedOutput()

	said := string(out)
	if err != nil || !strings.Contains(said, "left to others: its settings cannot be read here") || !strings.Contains(said, "no such framework in the ledger") {
		t.Errorf("%v: %s", err, said)
	}
	var finished int
	if err := w.db(t).QueryRow(`SELECT count(*) FROM runs WHERE finished_at IS NOT NULL`).Scan(&finished); err != nil || finished != 1 {
		t.Errorf("%d runs are finished, %v: %s", finished, err, said)
	}
}

func TestAnInterruptedWorkerGivesBackWhatItHasNotBegun(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.anew(t)
	w.must(t, toEnqueue)
	w.api.Latency = 100 * time.Millisecond
	cmd := w.process(t, "worker --workspace one --concurrency 3")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-w.heard

	cmd.Process.Signal(syscall.SIGINT)

	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if asked, kept := w.take(), w.answered(t); len(asked) == 0 || len(asked) != len(kept) || len(asked) > 12 {
		t.Errorf("%d questions asked, %d answers kept", len(asked), len(kept))
	}
	runs := w.status(t)
	if len(runs) != 1 || runs[0].Jobs.Running != 0 || runs[0].Done == 0 || runs[0].Calls != len(w.answered(t)) {
		t.Errorf("%+v", runs)
	}
}

// TestWorkersDoWithTheRightsThatTheDocumentationNames lets a role enqueue and work
// that owns nothing.
func TestWorkersDoWithTheRightsThatTheDocumentationNames(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.api.Latency = 0
	w.anew(t)
	schema := fmt.Sprint("fleet", w.made.Load())
	grants := `CREATE ROLE clerk LOGIN PASSWORD 'clerk'; GRANT USAGE ON SCHEMA ` + schema + ` TO clerk;
		GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA ` + schema + ` TO clerk; GRANT UPDATE (begun_at, finished_at) ON runs TO clerk;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA ` + schema + ` TO clerk;`
	rows, err := w.db(t).Query(`SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace 
		AND (relname LIKE 'river\_%' OR relname = 'fleet_pace') AND relkind = 'r'`)
	if err != nil {
		t.Fatal(err)
	}
	all := grants
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		all += `GRANT UPDATE, DELETE ON ` + table + ` TO clerk;`
	}
	owner := w.at
	clerk := w.server.URL("clerk", "clerk", "postgres", schema)
	if _, err := w.db(t).Exec(grants); err != nil {
		t.Fatal(err)
	}
	w.at = clerk
	for _, args := range []string{toEnqueue, "worker --drain"} {
		out, err := w.process(t, args).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "the role clerk lacks a right to fleet_pace, river_job, river_leader") || strings.Contains(string(out), "level=") {
			t.Errorf("concord %s without all rights: %v: %s", args, err, out)
		}
	}
	w.at = owner
	if _, err := w.db(t).Exec(strings.TrimPrefix(all, grants)); err != nil {
		t.Fatal(err)
	}
	w.at = clerk

	w.must(t, toEnqueue)
	w.together(t, 2, "--concurrency 4")

	w.at = owner
	runs := w.status(t)
	if len(runs) != 1 || runs[0].Done != sourcesKilled || runs[0].Finished == nil || runs[0].Jobs.Rate <= 0 {
		t.Errorf("%+v", runs)
	}
}

func TestAWorkerWithAKeyThatIsRefusedSpoilsNoJob(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.anew(t)
	w.must(t, toEnqueue)
	w.env = []string{"CONCORD_API_KEY=another"}

	out, err := w.process(t, "worker --drain --workspace one").CombinedOutput()

	if err == nil || !strings.Contains(string(out), "refused the key") {
		t.Errorf("%v: %s", err, out)
	}
	runs := w.status(t)
	if len(runs) != 1 || runs[0].Jobs.Available != sourcesKilled || runs[0].Done != 0 {
		t.Errorf("%+v", runs)
	}
}

func TestAWorkerWhoseEndpointIsAwayWaitsForItAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorks(t)
	w.anew(t)
	w.must(t, toEnqueue)
	w.env = []string{"CONCORD_ENDPOINT_URL=http://127.0.0.1:1/v1", "CONCORD_ENDPOINT_ATTEMPTS=1"}
	cmd := w.process(t, "worker --drain --workspace one")
	talk, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(talk); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "waits 15s: the judge is not available: 127.0.0.1:1 could not be reached") {
			cmd.Process.Signal(syscall.SIGINT)
		}
	}

	if err := cmd.Wait(); err != nil || strings.Contains(said, "server of the ledger") {
		t.Errorf("%v: %s", err, said)
	}
}

func TestWorkersWantALedgerInPostgreSQL(t *testing.T) {
	t.Parallel()
	k := newSandbox(t)
	for _, args := range []string{toEnqueue, "worker", "status"} {
		cmd := k.concord(t, args)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), "CONCORD_LEDGER") {
			t.Errorf("concord %s: exit code %d: %s", args, cmd.ProcessState.ExitCode(), out)
		}
	}
	if made, _ := filepath.Glob(filepath.Join(k.dir, ".concord", "ledger.db")); made != nil {
		t.Error("a ledger was made")
	}
}

// TestWorkersKeepToThePaceOfTheEndpointTogether has two workers that know its limit.
// One of them is refused once.
func TestWorkersKeepToThePaceOfTheEndpointTogether(t *testing.T) {
	w := newWorks(t)
	const perSecond, refused = 40, 100
	w.api.RetryAfter = "2"
	w.api.Fault = func(n int) mockapi.Fault {
		if n == refused {
			return mockapi.RateLimited
		}
		return mockapi.None
	}
	w.env = []string{fmt.Sprint("CONCORD_ENDPOINT_REQUESTS_PER_MINUTE=", 60*perSecond)}
	w.anew(t)
	w.must(t, toEnqueue)

	w.together(t, 2, "--concurrency 4")

	// A question's latency is from when it is put to the client; an answer comes 15 ms
	// after the request has gone out.
	rows, err := w.db(t).Query(`SELECT extract(epoch FROM at::timestamptz)::float8 FROM calls ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var sent []float64 // in seconds
	for rows.Next() {
		sent = append(sent, 0)
		if err := rows.Scan(&sent[len(sent)-1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil || len(sent) < 2*sourcesKilled {
		t.Fatalf("%d answers, %v", len(sent), err)
	}
	longest := 0.0
	for i := range sent {
		for j := i; j < len(sent); j++ {
			// A second's worth may go out at once; a quarter is for the ways to the endpoint
			// on a busy machine, and each worker had one that waited when the pause began.
			if took := sent[j] - sent[i]; float64(j-i+1) > perSecond*(1+took+.25)+2 {
				t.Fatalf("%d requests in %.3f s, at %d a second", j-i+1, took, perSecond)
			}
		}
		if i > 0 {
			longest = max(longest, sent[i]-sent[i-1])
		}
	}
	if longest < 1.8 {
		t.Errorf("one was asked to wait for two seconds, and the longest that both were silent is %.2f s", longest)
	}
	t.Logf("%d requests in %.1f s, two of them with nothing sent", len(sent), sent[len(sent)-1]-sent[0])
}

// BenchmarkWorkers says how much faster several workers are than one, from the
// first job that is taken to the last that is done.
func BenchmarkWorkers(b *testing.B) {
	w := newWorks(b)
	w.api.Latency = time.Second
	alone := 0.0
	for _, n := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				w.anew(b)
				w.must(b, toEnqueue)
				w.together(b, n, "--concurrency 2")
				var seconds float64
				if err := w.db(b).QueryRow(`SELECT extract(epoch FROM max(finalized_at) - min(attempted_at)) FROM river_job`).Scan(&seconds); err != nil {
					b.Fatal(err)
				}
				rate := sourcesKilled / seconds
				if n == 1 {
					alone = rate
				}
				b.ReportMetric(rate, "sources/s")
				b.ReportMetric(rate/alone, "x_one_worker")
			}
		})
	}
}
