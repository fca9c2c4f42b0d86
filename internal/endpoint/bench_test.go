//go:build unix

package endpoint_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

// A script says how the mock of a benchmark behaves. It runs in a process of its
// own, so that what it costs is not taken for the client's.
type script struct {
	Latency           time.Duration
	RequestsPerMinute int
	RetryAfter        string
	Faults            []mockapi.Share
}

const scriptVariable = "CONCORD_BENCHMARK_MOCK"

func TestMain(m *testing.M) {
	if s := os.Getenv(scriptVariable); s != "" {
		if err := play(s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// play serves the mock until standard input ends, and then prints what it saw.
func play(encoded string) error {
	var s script
	if err := json.Unmarshal([]byte(encoded), &s); err != nil {
		return err
	}
	api := &mockapi.Server{Latency: s.Latency, RequestsPerMinute: s.RequestsPerMinute, RetryAfter: s.RetryAfter, Fault: mockapi.Mixed(1, s.Faults...)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(listener, api)
	fmt.Println(listener.Addr())
	var nothing [1]byte
	os.Stdin.Read(nothing[:])
	return json.NewEncoder(os.Stdout).Encode(api.Stats())
}

// start runs a mock and returns a client of it, and its base URL. end returns
// what it saw.
func start(b *testing.B, s script, c endpoint.Config) (client *endpoint.Client, url string, end func() mockapi.Stats) {
	b.Helper()
	encoded, err := json.Marshal(s)
	if err != nil {
		b.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	mock := exec.Command(program)
	mock.Env = append(os.Environ(), scriptVariable+"="+string(encoded))
	mock.Stderr = os.Stderr
	in, err := mock.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := mock.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := mock.Start(); err != nil {
		b.Fatal(err)
	}
	var addr string
	if _, err := fmt.Fscanln(out, &addr); err != nil {
		b.Fatal(err)
	}
	c.BaseURL = "http://" + addr + "/v1"
	if client, err = endpoint.New(c); err != nil {
		b.Fatal(err)
	}
	return client, c.BaseURL, func() (stats mockapi.Stats) {
		in.Close()
		if err := json.NewDecoder(out).Decode(&stats); err != nil {
			b.Error(err)
		}
		mock.Wait()
		return stats
	}
}

// A judging question has some 3,000 tokens.
var judging = openai.ChatCompletionRequest{
	Model: "m",
	Messages: []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: strings.Repeat("What a judge goes by. ", 200)},
		{Role: openai.ChatMessageRoleUser, Content: strings.Repeat(`"The organisation keeps its records" `, 200)},
	},
	ResponseFormat: &openai.ChatCompletionResponseFormat{
		Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{
			Name: "n", Strict: true,
			Schema: json.RawMessage(`{"type":"object","properties":{"s":{"enum":["` + strings.Repeat("AC-1, ", 200) + `"]}}}`),
		},
	},
}

// share divides so many calls among workers.
func share(b *testing.B, workers, calls int, call func(context.Context) error) {
	shareUntil(b.Context(), b, workers, calls, call)
}

// shareUntil ends with ctx, if not before.
func shareUntil(ctx context.Context, b *testing.B, workers, calls int, call func(context.Context) error) {
	var left atomic.Int64
	left.Store(int64(calls))
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for left.Add(-1) >= 0 && ctx.Err() == nil {
				if err := call(ctx); err != nil && ctx.Err() == nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkInFlight measures throughput against a server that takes 500 ms for
// any number of requests, of which so many may be in flight: the ideal is their
// number over the latency. %ideal is that of 60 rounds once the slots have
// grown, %with-climb that of these and the ten rounds before.
func BenchmarkInFlight(b *testing.B) {
	const latency = 500 * time.Millisecond
	for _, inFlight := range []int{8, 64, 256} {
		b.Run(fmt.Sprint(inFlight), func(b *testing.B) {
			for b.Loop() {
				c, _, end := start(b, script{Latency: latency}, endpoint.Config{Concurrency: inFlight})
				call := func(ctx context.Context) error {
					_, err := c.Chat(ctx, judging)
					return err
				}
				begun := time.Now()
				share(b, inFlight, 10*inFlight, call)
				grown := time.Now()
				share(b, inFlight, 60*inFlight, call)
				done := time.Now()
				stats := end()

				b.ReportMetric(100*60*latency.Seconds()/done.Sub(grown).Seconds(), "%ideal")
				b.ReportMetric(100*70*latency.Seconds()/done.Sub(begun).Seconds(), "%with-climb")
				b.ReportMetric(float64(stats.Peak), "peak")
				b.ReportMetric(float64(stats.Connections), "connections")
			}
		})
	}
}

// BenchmarkAllowedRate measures how much of an allowed rate of 1,200 requests a
// minute is used while one request in ten is answered 429 and one in ten 5xx.
// Both sides know the rate; the requests that may go out at once at the start
// are not counted. %answered is the share of the answers that can be had.
func BenchmarkAllowedRate(b *testing.B) {
	const perSecond, long = 20, 40 * time.Second
	for _, after := range []string{"0", "1"} {
		b.Run("retry-after="+after, func(b *testing.B) {
			for b.Loop() {
				faults := []mockapi.Share{{Fault: mockapi.RateLimited, Of: .1}, {Fault: mockapi.Unavailable, Of: .05}, {Fault: mockapi.Broken, Of: .05}}
				c, _, end := start(b, script{Latency: 300 * time.Millisecond, RequestsPerMinute: 60 * perSecond, RetryAfter: after, Faults: faults},
					endpoint.Config{Concurrency: 64, RequestsPerMinute: 60 * perSecond, Attempts: 20})
				ctx, cancel := context.WithCancel(b.Context())
				time.AfterFunc(long, cancel)
				shareUntil(ctx, b, 64, 1_000_000, func(ctx context.Context) error {
					_, err := c.Chat(ctx, judging)
					return err
				})
				stats := end()

				allowed := perSecond * long.Seconds()
				b.ReportMetric(100*float64(stats.Requests-perSecond)/allowed, "%allowed")
				b.ReportMetric(100*float64(stats.Answered)/(.8*(allowed+perSecond)), "%answered")
				b.ReportMetric(float64(stats.Refused), "above-rate")
				b.ReportMetric(float64(stats.Peak), "peak")
			}
		})
	}
}

// BenchmarkCPU measures what a call costs this process, user and system time,
// with a server in another that takes 100 ms; beside it, what the client library
// alone takes for the same call. As much as a draft keeps in memory, 20 MB, is
// kept here too: with less, the collector would run for every few calls.
func BenchmarkCPU(b *testing.B) {
	const workers, latency = 64, 100 * time.Millisecond
	kept := make([]string, 200_000)
	for i := range kept {
		kept[i] = strings.Repeat("x", 100)
	}
	defer runtime.KeepAlive(kept)
	measure := func(b *testing.B, call func(context.Context) error) {
		share(b, workers, 10*workers, call)
		before := cpu(b)
		b.ReportAllocs()
		b.ResetTimer()

		share(b, workers, b.N, call)

		b.StopTimer()
		b.ReportMetric((cpu(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/call")
	}
	b.Run("client", func(b *testing.B) {
		c, _, end := start(b, script{Latency: latency}, endpoint.Config{Concurrency: workers})
		defer end()
		measure(b, func(ctx context.Context) error {
			_, err := c.Chat(ctx, judging)
			return err
		})
	})
	b.Run("library alone", func(b *testing.B) {
		_, url, end := start(b, script{Latency: latency}, endpoint.Config{})
		defer end()
		config := openai.DefaultConfig("")
		config.BaseURL = url
		config.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
		c := openai.NewClientWithConfig(config)
		measure(b, func(ctx context.Context) error {
			_, err := c.CreateChatCompletion(ctx, judging)
			return err
		})
	})
}

// cpu returns the processor time of this process so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
