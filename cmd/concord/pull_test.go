package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"concord/corpus/source"
)

// pullIn runs the command over a catalogue of two frameworks, of which the
// server has the first, in the current folder.
func pullIn(t *testing.T, server *httptest.Server, args ...string) (err error, stdout, stderr string) {
	t.Helper()
	sum := sha256.Sum256([]byte(pullText))
	catalogue := []source.Download{
		{Name: "rules", Edition: "1.0", Publisher: "P", URL: server.URL + "/rules.csv", SHA256: hex.EncodeToString(sum[:])},
		{Name: "gone", Edition: "2", Publisher: "P", URL: server.URL + "/gone.csv"},
	}
	root := &cobra.Command{Use: "concord", SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().String("config", "", "")
	root.PersistentFlags().String("workspace", "", "")
	root.AddCommand(pullCommand(catalogue, server.Client()))
	root.SetArgs(append([]string{"pull"}, args...))
	var out, talk bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&talk)
	err = root.ExecuteContext(t.Context())
	return err, out.String(), talk.String()
}

const pullText = "id,text\nR-1,Encrypt backups.\nR-2,Review access.\n"

func TestPullSaysWhatItDidAndWhatNot(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/rules.csv" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(pullText))
	}))
	defer server.Close()

	err, out, _ := pullIn(t, server)
	if err != nil || !strings.Contains(out, "rules@1.0") || !strings.Contains(out, "pinned") || !strings.Contains(out, server.URL+"/gone.csv") {
		t.Errorf("the list: %v, %q", err, out)
	}
	if _, err := os.Stat(".concord"); err == nil {
		t.Error("a list made a workspace")
	}

	for _, args := range [][]string{{"nosuch"}, {"rules", "nosuch"}, {"rules@9"}, {"--all", "rules"}} {
		err, _, _ := pullIn(t, server, args...)
		if code := exitCode(err); code != exitUsage {
			t.Errorf("pull %v: exit code %d, %v", args, code, err)
		}
		if args[0] != "--all" && !strings.Contains(err.Error(), "known: rules@1.0, gone@2") {
			t.Errorf("pull %v: %v", args, err)
		}
	}
	if _, err := os.Stat(".concord"); err == nil {
		t.Error("a wrong name made a workspace")
	}

	err, out, _ = pullIn(t, server, "rules")
	if err != nil || out != "rules@1.0: 2 requirement\n" {
		t.Errorf("pull rules: %v, %q", err, out)
	}
	if _, err := os.Stat(filepath.Join(".concord", "corpora", "cache", "rules@1.0.csv")); err != nil {
		t.Error(err)
	}

	err, out, talk := pullIn(t, server, "--all", "--json")
	var done []pulled
	if json.Unmarshal([]byte(out), &done) != nil || len(done) != 1 || !done[0].Cached || !done[0].Pinned || done[0].Elements["requirement"] != 2 {
		t.Errorf("pull --all --json: %q", out)
	}
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "1 of 2 pulled; not gone@2") {
		t.Errorf("pull --all: %v", err)
	}
	if lines := strings.Split(strings.TrimSpace(talk), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "pull gone@2: ") || !strings.Contains(lines[1], "404") {
		t.Errorf("pull --all said %q", talk)
	}
}

// exitCode is what the program would end with.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if coded, ok := err.(*codedError); ok {
		return coded.code
	}
	return exitFailed
}
