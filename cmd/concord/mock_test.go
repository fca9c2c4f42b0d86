package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// TestAMockServesADraftUntilItIsInterrupted plays a whole dry run.
func TestAMockServesADraftUntilItIsInterrupted(t *testing.T) {
	model(t, &mockapi.Server{}) // for the folder and the key
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out, in := io.Pipe()
	var talk bytes.Buffer
	root := newRoot()
	root.SetArgs([]string{"mock", "--addr", "127.0.0.1:0", "--refuse", "json_schema", "--fault", "unavailable=.2", "--seed", "3", "--latency", "1ms"})
	root.SetOut(in)
	root.SetErr(&talk)
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasSuffix(url, "/v1\n") {
		t.Fatalf("%q, %v", url, err)
	}
	t.Setenv("CONCORD_ENDPOINT_URL", strings.TrimSpace(url))
	t.Setenv("CONCORD_ENDPOINT_ATTEMPTS", "6")

	code, stdout, stderr := draftByModel(t, "--json")
	interrupt()

	if code != exitOK || !strings.Contains(stdout, `"total":3`) {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, says := range []string{"means nothing", "CONCORD_ENDPOINT_URL=" + strings.TrimSpace(url), "ended: ", "0 had been before"} {
		if !strings.Contains(talk.String(), says) {
			t.Errorf("it does not say %q: %s", says, talk.String())
		}
	}
}

func TestAMockThatMakesNoSenseIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "not on this machine", []string{"--addr", "0.0.0.0:8585"}},
		{exitUsage, "not on this machine", []string{"--addr", ":8585"}},
		{exitUsage, "want a host and a port", []string{"--addr", "8585"}},
		{exitUsage, "no such fault", []string{"--fault", "bad mood=.1"}},
		{exitUsage, "want a fault and a share", []string{"--fault", "stall"}},
		{exitUsage, "want a fault and a share", []string{"--fault", "stall=NaN"}},
		{exitUsage, "add up to 1.2", []string{"--fault", "stall=.6", "--fault", "reset=.6"}},
		{exitUsage, "no form \"xml\"", []string{"--refuse", "xml"}},
		{exitUsage, "no form \"prompt\"", []string{"--ignore", "prompt"}},
		{exitUsage, "number of seconds", []string{"--retry-after", "soon"}},
		{exitUsage, "must not be negative", []string{"--latency", "-1s"}},
		{exitFailed, "choose another address", []string{"--addr", taken.Addr().String()}},
	} {
		code, _, stderr := call(t, append([]string{"mock"}, c.args...)...)

		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("concord mock %v: exit code %d: %s", c.args, code, stderr)
		}
	}
}
