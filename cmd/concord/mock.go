package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/internal/ask"
	"concord/internal/mockapi"
)

func newMock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Play a model's endpoint on this machine, for dry runs",
		Long: `Play a model's endpoint on this machine, for dry runs.

It answers as an OpenAI-compatible API does, at the pace and with the faults that
you choose, and costs nothing. It is no model: it compares words, and what it
says of two texts means nothing.

Faults: ` + faultNames() + `.`,
		Example: `  concord mock
  concord mock --latency 2s --per-token 20ms --requests-per-minute 60
  concord mock --fault 'rate limited=.1' --fault stall=.01 --refuse json_schema`,
		Args: cobra.NoArgs,
		RunE: runMock,
	}
	flags := cmd.Flags()
	flags.String("addr", "127.0.0.1:8585", "address on this machine; port 0 for any that is free")
	flags.Duration("latency", 0, "time of every answer")
	flags.Duration("per-token", 0, "time of every token of an answer on top")
	flags.Int("requests-per-minute", 0, "allowed rate, above which requests are answered 429; 0 for any")
	flags.StringArray("fault", nil, "share of requests that go wrong in one way, such as 'rate limited=.1'; may be given again")
	flags.Uint64("seed", 1, "which requests go wrong")
	flags.String("retry-after", "0", "seconds that a fault \"rate limited\" asks to wait")
	flags.StringSlice("refuse", nil, "forms of answers to refuse: json_schema, json_object")
	flags.StringSlice("ignore", nil, "forms of answers to take and not keep to")
	return cmd
}

func faultNames() string {
	var names []string
	for _, f := range mockapi.Faults() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func runMock(cmd *cobra.Command, _ []string) error {
	api, err := mockOf(cmd)
	if err != nil {
		return usage(err)
	}
	addr, _ := cmd.Flags().GetString("addr")
	if err := onThisMachine(addr); err != nil {
		return usage(err)
	}
	ctx := cmd.Context()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --addr", err)
	}
	server := &http.Server{
		Handler:           api,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.NewTextHandler(cmd.ErrOrStderr(), nil), slog.LevelError),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String() + "/v1"
	fmt.Fprintln(cmd.OutOrStdout(), url)
	fmt.Fprintf(cmd.ErrOrStderr(), `It compares words: what it says means nothing. Keep it to a workspace of its own:

  export CONCORD_ENDPOINT_URL=%s CONCORD_ENDPOINT_CHAT_MODEL=mock CONCORD_ENDPOINT_EMBEDDING_MODEL=mock
  concord draft --judge llm --workspace mock-workspace

Ctrl-C ends it.
`, url)

	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", addr, err)
	case <-ctx.Done():
	}
	// What is under way may finish, unless it stalls.
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := server.Shutdown(soon); err != nil {
		server.Close()
	}
	s := api.Stats()
	fmt.Fprintf(cmd.ErrOrStderr(), "ended: %d requests over %d connections, at most %d at a time; %d answered, %d had been before, %d above the allowed rate\n",
		s.Requests, s.Connections, s.Peak, s.Answered, s.Repeats, s.Refused)
	return nil
}

// mockOf returns the server that the flags describe.
func mockOf(cmd *cobra.Command) (*mockapi.Server, error) {
	flags := cmd.Flags()
	var api mockapi.Server
	api.Latency, _ = flags.GetDuration("latency")
	api.PerToken, _ = flags.GetDuration("per-token")
	api.RequestsPerMinute, _ = flags.GetInt("requests-per-minute")
	api.RetryAfter, _ = flags.GetString("retry-after")
	if api.Latency < 0 || api.PerToken < 0 || api.RequestsPerMinute < 0 {
		return nil, errors.New("--latency, --per-token and --requests-per-minute must not be negative")
	}
	if n, err := strconv.Atoi(api.RetryAfter); err != nil || n < 0 {
		return nil, fmt.Errorf("--retry-after %q: want a number of seconds", api.RetryAfter)
	}
	api.Refuses, _ = flags.GetStringSlice("refuse")
	api.Ignores, _ = flags.GetStringSlice("ignore")
	for _, form := range slices.Concat(api.Refuses, api.Ignores) {
		if form != ask.JSONSchema && form != ask.JSONObject {
			return nil, fmt.Errorf("--refuse and --ignore: no form %q; want %s or %s", form, ask.JSONSchema, ask.JSONObject)
		}
	}
	list, _ := flags.GetStringArray("fault")
	shares, err := sharesOf(list)
	if err != nil {
		return nil, err
	}
	seed, _ := flags.GetUint64("seed")
	api.Fault = mockapi.Mixed(seed, shares...)
	return &api, nil
}

// sharesOf reads faults and their shares, such as "rate limited=.1".
func sharesOf(list []string) ([]mockapi.Share, error) {
	var shares []mockapi.Share
	total := 0.0
	for _, item := range list {
		name, number, _ := strings.Cut(item, "=")
		share, err := strconv.ParseFloat(number, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return nil, fmt.Errorf("--fault %q: want a fault and a share from 0 to 1, such as 'rate limited=.1'", item)
		}
		fault := mockapi.Fault(name)
		if !slices.Contains(mockapi.Faults(), fault) {
			return nil, fmt.Errorf("--fault %q: no such fault; want one of %s", item, faultNames())
		}
		total += share
		shares = append(shares, mockapi.Share{Fault: fault, Of: share})
	}
	if total > 1 {
		return nil, fmt.Errorf("the shares of --fault add up to %g: want one at most", total)
	}
	return shares, nil
}

// onThisMachine refuses addresses that others could reach.
func onThisMachine(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %w: want a host and a port, such as 127.0.0.1:8585", err)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("--addr %s is not on this machine: want 127.0.0.1 and a port", addr)
	}
	return nil
}
