package source_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord/corpus/source"
)

func TestWhateverGoesWrongEndsWithOneLineAndTheOldFile(t *testing.T) {
	other := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
	plain := strings.Replace(other.URL, "https", "http", 1)
	redirect := func(to string) func(int, http.ResponseWriter, *http.Request) {
		return func(_ int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	wrong := []byte("ref,words\nR-1,Encrypt nothing.\n")
	hash := "expected " + sum(official)
	tests := map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request)
		says   string
		asked  int
	}{
		"wrong hash": {func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, wrong) }, sum(wrong) + ", " + hash, 1},
		"wrong hash for a range": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				broken(w, wrong, 12)
			}
			file(w, r, wrong)
		}, hash, 3},
		"not found":     {func(_ int, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "404 Not Found: the publisher has moved the file", 1},
		"forbidden":     {func(_ int, w http.ResponseWriter, r *http.Request) { http.Error(w, "", 403) }, "403 Forbidden", 1},
		"always 503":    {func(_ int, w http.ResponseWriter, r *http.Request) { http.Error(w, "", 503) }, "503 Service Unavailable (tried 3 times)", 3},
		"other host":    {redirect(other.URL), "is not a host of this publisher", 1},
		"plain HTTP":    {redirect(plain), "is not HTTPS", 1},
		"a file of us":  {redirect("file:///etc/passwd"), "is not HTTPS", 1},
		"round and on":  {redirect("/rules.csv"), "more than 5 times", 6},
		"always broken": {func(_ int, w http.ResponseWriter, r *http.Request) { broken(w, official, 0) }, "(tried 3 times)", 3},
		"never an end": {func(_ int, w http.ResponseWriter, r *http.Request) {
			for {
				if _, err := w.Write(official); err != nil {
					return
				}
			}
		}, "more than the limit of 300000 bytes", 1},
		"announced too long": {func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "300001")
			w.Write(official)
		}, "more than the limit of 300000 bytes", 1},
		"page": {func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>Sign in</html>")
		}, "a web page instead of the file", 1},
		"page that says it is text": {func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "\n <!DOCTYPE html><html>Sign in</html>")
		}, "a web page instead of the file", 1},
		"compressed": {func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			zip.Write(official)
			zip.Close()
		}, `in the coding "gzip"`, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := publish(t, tt.answer)
			server.Config.SetKeepAlivesEnabled(false)
			puller, d := server.puller(t), server.download()
			d.MaxBytes = 300_000
			before := filepath.Join(puller.Library.Dir, "cache", "rules@1.0.csv")
			if err := os.MkdirAll(filepath.Dir(before), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(before, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}

			_, err := puller.Pull(t.Context(), d)

			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "pull rules@1.0: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line that says %q", err, tt.says)
			}
			if n := len(server.asked()); n != tt.asked {
				t.Errorf("%d requests, want %d: %q", n, tt.asked, server.asked())
			}
			if data, err := os.ReadFile(before); err != nil || string(data) != "old" {
				t.Errorf("the file that was there: %q, %v", data, err)
			}
			for _, left := range files(t, puller) {
				empty := name == "always broken" && left == "cache/rules@1.0.csv.part"
				if left != "cache/rules@1.0.csv" && !empty {
					t.Errorf("left %s", left)
				}
			}
		})
	}
	if n := len(other.asked()); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

func TestARedirectToAnAllowedHostIsFollowed(t *testing.T) {
	other := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/moved", http.StatusMovedPermanently)
	})
	d := server.download()
	d.Hosts = []string{strings.TrimPrefix(other.URL, "https://")}

	if _, err := server.puller(t).Pull(t.Context(), d); err != nil {
		t.Error(err)
	}
}

func TestAnUnpinnedFileThatCannotBeReadIsNotKept(t *testing.T) {
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"message":"sorry","status":"busy"}`)
	})
	puller, d := server.puller(t), server.download()
	d.SHA256 = ""

	_, err := puller.Pull(t.Context(), d)

	if err == nil || !strings.Contains(err.Error(), "its keys are message, status") || !strings.Contains(err.Error(), d.URL) {
		t.Errorf("error %v", err)
	}
	if left := files(t, puller); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestAFileThatSaysItIsAnotherEditionIsNotKept(t *testing.T) {
	catalog := []byte(`{"catalog":{"uuid":"u","metadata":{"title":"NIST SP 800-53 Rev 5 controls","version":"5.0.1"},"controls":[{"id":"ac-1","title":"Policy"}]}}`)
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, catalog) })
	p := server.puller(t)
	d := source.Download{Name: "sp800-53", Edition: "5.2.0", URL: server.URL + "/catalog.json"}

	_, err := p.Pull(t.Context(), d)

	if err == nil || !strings.Contains(err.Error(), "holds sp800-53@5.0.1, not sp800-53@5.2.0") {
		t.Errorf("error %v", err)
	}
	if left := files(t, p); len(left) != 0 {
		t.Errorf("kept %v", left)
	}
}

func TestWithoutANetworkOneLineSaysHowToDoWithout(t *testing.T) {
	server := publish(t, func(int, http.ResponseWriter, *http.Request) {})
	puller, d := server.puller(t), server.download()
	server.Close()

	_, err := puller.Pull(t.Context(), d)

	want := "cannot be reached"
	hand := "download " + d.URL + " by hand, then run: concord corpus import FILE --name rules --edition 1.0 --columns id=ref,text=words"
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), hand) || strings.Count(err.Error(), d.URL) != 1 {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(puller.Library.Dir); err == nil {
		t.Error("a folder was made for nothing")
	}
}

func TestACertificateNobodyVouchesForIsRefused(t *testing.T) {
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
	puller := server.puller(t)
	puller.Client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}}

	_, err := puller.Pull(t.Context(), server.download())

	if err == nil || !strings.Contains(err.Error(), "the certificate of 127.0.0.1") || !strings.Contains(err.Error(), "by hand") || strings.Contains(err.Error(), "tried") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyHTTPSIsAsked(t *testing.T) {
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
	for _, bad := range []string{"http://127.0.0.1/x.csv", "rules.csv", "file:///etc/passwd", "https://", "https://a b/"} {
		d := server.download()
		d.URL = bad
		if _, err := server.puller(t).Pull(t.Context(), d); err == nil {
			t.Errorf("%s was pulled", bad)
		}
	}
	d := server.download()
	d.Name = "../evil"
	if _, err := server.puller(t).Pull(t.Context(), d); err == nil || !strings.Contains(err.Error(), "cannot be part of a name") {
		t.Errorf("error %v", err)
	}
}

// A part that was damaged, or is of another address, is no start.
func TestABadPartIsNotBuiltUpon(t *testing.T) {
	for name, content := range map[string]string{
		"empty":         "",
		"no head":       string(official[:1000]),
		"cut head":      `{"url":"https://`,
		"other address": `{"url":"https://example.org/rules.csv"}` + "\n" + string(official[:1000]),
		"too long":      "{\"url\":\"URL\"}\n" + strings.Repeat("x", 300_001),
		"head only":     "{\"url\":\"URL\"}\n",
	} {
		server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
		puller, d := server.puller(t), server.download()
		d.MaxBytes = 300_000
		part := filepath.Join(puller.Library.Dir, "cache", "rules@1.0.csv.part")
		if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(part, []byte(strings.ReplaceAll(content, "URL", d.URL)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := puller.Pull(t.Context(), d); err != nil || fmt.Sprintf("%q", server.asked()) != `[""]` {
			t.Errorf("%s: %v, asked for %q", name, err, server.asked())
		}
	}
}

// TestAKilledPullGoesOn kills a child process in the middle of a download, at
// several places, and goes on in this one.
func TestAKilledPullGoesOn(t *testing.T) {
	const address, folder, certificate = "PULL_TEST_URL", "PULL_TEST_DIR", "PULL_TEST_CERTIFICATE"
	if url := os.Getenv(address); url != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(os.Getenv(certificate)))
		child := source.Puller{
			Library: source.Library{Dir: os.Getenv(folder)},
			Client:  &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
		}
		child.Pull(t.Context(), download(url)) // it is killed in here
		return
	}
	for _, at := range []int{1, 4096, len(official) / 2, len(official) - 1, len(official)} {
		server := publish(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n > 1 {
				file(w, r, official)
				return
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(official)+1)) // so that it waits even for the end
			w.Write(official[:at])
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		puller, d := server.puller(t), server.download()
		child := exec.Command(os.Args[0], "-test.run=^TestAKilledPullGoesOn$")
		child.Env = append(os.Environ(), address+"="+d.URL, folder+"="+puller.Library.Dir,
			certificate+"="+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		part := filepath.Join(puller.Library.Dir, "cache", "rules@1.0.csv.part")
		arrived := func() int {
			data, _ := os.ReadFile(part)
			_, body, _ := bytes.Cut(data, []byte("\n"))
			return len(body)
		}
		for deadline := time.Now().Add(20 * time.Second); arrived() < at; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("only %d of %d bytes arrived", arrived(), at)
			}
		}
		child.Process.Kill()
		child.Wait()
		if got := fmt.Sprint(files(t, puller)); got != "[cache/rules@1.0.csv.part]" {
			t.Errorf("killed at %d: left %s", at, got)
		}

		out, err := puller.Pull(t.Context(), d)

		if err != nil || out.SHA256 != sum(official) || server.asked()[1] != fmt.Sprintf("bytes=%d-", at) {
			t.Errorf("killed at %d: %v, asked for %q", at, err, server.asked())
		}
		if got := fmt.Sprint(files(t, puller)); got != "[cache/rules@1.0.csv rules@1.0.jsonl]" {
			t.Errorf("killed at %d: in the end %s", at, got)
		}
	}
}
