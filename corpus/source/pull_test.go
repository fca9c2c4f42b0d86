package source_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/corpus/source"
)

// official is a file such as a publisher's, 200 kB of it.
var official = func() []byte {
	var b bytes.Buffer
	b.WriteString("ref,words\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "R-%d,%s\n", i, strings.Repeat("Encrypt what is stored. ", 4))
	}
	return b.Bytes()
}()

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// A publisher serves a file and remembers what it was asked.
type publisher struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string // the Range header of each request
}

// publish starts a server; answer gets the number of the request, from 1.
func publish(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *publisher {
	t.Helper()
	p := &publisher{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.ranges = append(p.ranges, r.Header.Get("Range"))
		n := len(p.ranges)
		p.mu.Unlock()
		answer(n, w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.ranges...)
}

// file is an answer as a good server gives it, ranges and all.
func file(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("ETag", `"`+sum(data)[:8]+`"`)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// broken sends n bytes of what was announced and hangs up.
func broken(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("ETag", `"`+sum(data)[:8]+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data[:n])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func (p *publisher) download() source.Download { return download(p.URL + "/rules.csv") }

func download(url string) source.Download {
	return source.Download{
		Name: "rules", Edition: "1.0", Title: "Rules", Publisher: "Publisher", Licence: "CC0",
		URL: url, SHA256: sum(official),
		Columns: map[string]string{"id": "ref", "text": "words"},
	}
}

// puller is in no mood to wait.
func (p *publisher) puller(t *testing.T) source.Puller {
	return source.Puller{
		Library: source.Library{Dir: filepath.Join(t.TempDir(), "corpora")},
		Client:  p.Client(), Attempts: 3, Pause: time.Millisecond, Stall: 10 * time.Second,
	}
}

func cached(p source.Puller, name string) string {
	return filepath.Join(p.Library.Dir, "cache", name)
}

// files lists everything below the folder of a library.
func files(t *testing.T, p source.Puller) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(p.Library.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(p.Library.Dir, path)
			list = append(list, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAPulledFrameworkIsFoundByItsName(t *testing.T) {
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, official) })
	puller, d := server.puller(t), server.download()
	var done, total int64
	puller.Progress = func(n, of int64) { done, total = n, of }

	out, err := puller.Pull(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}

	if out.Cached || out.First || out.Was != "" || out.SHA256 != d.SHA256 || done != int64(len(official)) || total != done {
		t.Errorf("pulled from the cache %t, first %t, was %q, progress %d of %d", out.Cached, out.First, out.Was, done, total)
	}
	if data, err := os.ReadFile(out.File); err != nil || !bytes.Equal(data, official) {
		t.Errorf("the cache has not the file: %v", err)
	}
	f, err := puller.Library.Open("rules")
	if err != nil {
		t.Fatal(err)
	}
	if f.Spec() != "rules@1.0" || len(f.Elements) != 2000 || f.Source != d.URL || f.SHA256 != d.SHA256 ||
		f.Title != "Rules" || f.Publisher != "Publisher" || f.Licence != "CC0" {
		t.Errorf("stored %s (%q, %q, %q) from %q, %d elements", f.Spec(), f.Title, f.Publisher, f.Licence, f.Source, len(f.Elements))
	}
	if got := fmt.Sprint(files(t, puller)); got != "[cache/rules@1.0.csv rules@1.0.jsonl]" {
		t.Errorf("left %s", got)
	}

	again, err := puller.Pull(t.Context(), d)
	if err != nil || !again.Cached || len(server.asked()) != 1 {
		t.Errorf("%v; a file that was there was asked for %d times", err, len(server.asked()))
	}
	if err := os.WriteFile(out.File, []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err = puller.Pull(t.Context(), d); err != nil || again.Cached || len(server.asked()) != 2 {
		t.Errorf("%v; a damaged file was not downloaded again", err)
	}
}

func TestAnUnpinnedFileIsHeldAgainstItsFirstDownload(t *testing.T) {
	now := official
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) { file(w, r, now) })
	puller, d := server.puller(t), server.download()
	d.SHA256 = ""

	first, err := puller.Pull(t.Context(), d)
	if err != nil || !first.First || first.Cached {
		t.Fatalf("%v, cached %t, first %t, was %q", err, first.Cached, first.First, first.Was)
	}
	lock, err := os.ReadFile(cached(puller, "lock.json"))
	if err != nil || !strings.Contains(string(lock), sum(official)) || !strings.Contains(string(lock), d.URL) {
		t.Errorf("lock %s, %v", lock, err)
	}
	second, err := puller.Pull(t.Context(), d)
	if err != nil || second.First || !second.Cached || len(server.asked()) != 1 {
		t.Errorf("%v, cached %t, first %t, was %q", err, second.Cached, second.First, second.Was)
	}

	os.Remove(first.File)
	third, err := puller.Pull(t.Context(), d)
	if err != nil || third.First || third.Was != "" || third.Cached {
		t.Errorf("the same file again: %v, cached %t, first %t, was %q", err, third.Cached, third.First, third.Was)
	}

	os.Remove(first.File)
	now = append([]byte(nil), official...)
	copy(now[len(now)-10:], "Delete")
	fourth, err := puller.Pull(t.Context(), d)
	if err != nil || fourth.Was != sum(official) || fourth.SHA256 != sum(now) || fourth.First {
		t.Errorf("another file: %v, cached %t, first %t, was %q", err, fourth.Cached, fourth.First, fourth.Was)
	}

	if err := os.WriteFile(cached(puller, "lock.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := puller.Pull(t.Context(), d); err == nil || !strings.Contains(err.Error(), "lock.json is damaged") {
		t.Errorf("a damaged lock file: %v", err)
	}
}

func TestADownloadThatBreaksOffGoesOn(t *testing.T) {
	half := len(official) / 2
	rest := fmt.Sprintf("bytes=%d-", half)
	tests := []struct {
		name   string
		answer func(n int, w http.ResponseWriter, r *http.Request)
		pinned bool
		asked  []string
	}{
		{"where it stopped", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				broken(w, official, half)
			}
			file(w, r, official)
		}, true, []string{"", rest}},
		{"unpinned, by the validator", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				broken(w, official, half)
			}
			if r.Header.Get("If-Range") == "" {
				http.Error(w, "no If-Range", http.StatusBadRequest)
				return
			}
			file(w, r, official)
		}, false, []string{"", rest}},
		{"from the start, of a server that ignores ranges", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				broken(w, official, half)
			}
			w.Write(official)
		}, true, []string{"", rest}},
		{"from the start, of another file than before", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				broken(w, bytes.ToUpper(official), half)
			}
			file(w, r, official)
		}, true, []string{"", rest}},
		{"from the start, of an unpinned file without a validator", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				w.Write(official[:half])
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			file(w, r, official)
		}, false, []string{"", ""}},
		{"of another range than was asked for", func(n int, w http.ResponseWriter, r *http.Request) {
			switch n {
			case 1:
				broken(w, official, half)
			case 2:
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 7-%d/%d", len(official)-1, len(official)))
				w.WriteHeader(http.StatusPartialContent)
				w.Write(official[7:])
			default:
				file(w, r, official)
			}
		}, true, []string{"", rest, ""}},
		{"of pieces that do not belong together", func(n int, w http.ResponseWriter, r *http.Request) {
			switch n {
			case 1: // another file, of the same validator
				w.Header().Set("Content-Length", strconv.Itoa(len(official)))
				w.Write(bytes.ToUpper(official[:half]))
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			default:
				file(w, r, official)
			}
		}, true, []string{"", rest, ""}},
		{"of a server that has no more", func(n int, w http.ResponseWriter, r *http.Request) {
			switch n {
			case 1:
				broken(w, official, half)
			case 2:
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			default:
				file(w, r, official)
			}
		}, true, []string{"", rest, ""}},
		{"after 500, 429 and a hang-up", func(n int, w http.ResponseWriter, r *http.Request) {
			switch n {
			case 1:
				http.Error(w, "sorry", http.StatusInternalServerError)
			case 2:
				panic(http.ErrAbortHandler)
			default:
				file(w, r, official)
			}
		}, true, []string{"", "", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := publish(t, tt.answer)
			puller, d := server.puller(t), server.download()
			if !tt.pinned {
				d.SHA256 = ""
			}
			// Each request in a connection of its own: a client repeats one
			// by itself where an old connection turns out to be dead.
			server.Config.SetKeepAlivesEnabled(false)

			out, err := puller.Pull(t.Context(), d)

			if err != nil || out.SHA256 != sum(official) {
				t.Errorf("%v, SHA-256 %s", err, out.SHA256)
			}
			if got := server.asked(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.asked) {
				t.Errorf("asked for %q, want %q", got, tt.asked)
			}
			for _, name := range files(t, puller) {
				if strings.HasSuffix(name, ".part") {
					t.Errorf("left %s", name)
				}
			}
		})
	}
}

func TestAStallEndsAnAttemptAndTheNextOneGoesOn(t *testing.T) {
	half := len(official) / 2
	server := publish(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.Header().Set("Content-Length", strconv.Itoa(len(official)))
			w.Write(official[:half])
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		file(w, r, official)
	})
	puller := server.puller(t)
	puller.Stall = 100 * time.Millisecond

	if _, err := puller.Pull(t.Context(), server.download()); err != nil {
		t.Fatal(err)
	}

	if got := fmt.Sprintf("%q", server.asked()); got != fmt.Sprintf(`["" "bytes=%d-"]`, half) {
		t.Errorf("asked for %s", got)
	}
}

func TestASlowServerIsNotAStall(t *testing.T) {
	server := publish(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(official)))
		for i := 0; i < len(official); i += 20_000 {
			w.Write(official[i:min(i+20_000, len(official))])
			http.NewResponseController(w).Flush()
			time.Sleep(60 * time.Millisecond)
		}
	})
	puller := server.puller(t)
	puller.Stall, puller.Attempts = 400*time.Millisecond, 1

	if _, err := puller.Pull(t.Context(), server.download()); err != nil {
		t.Errorf("it took longer than a stall, but never stood still: %v", err)
	}
}

func TestAnInterruptedPullLeavesThePartAndNothingElse(t *testing.T) {
	half := len(official) / 2
	server := publish(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.Header().Set("Content-Length", strconv.Itoa(len(official)))
			w.Write(official[:half])
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		file(w, r, official)
	})
	puller := server.puller(t)
	ctx, interrupt := context.WithCancel(t.Context())
	puller.Progress = func(done, _ int64) {
		if done == int64(half) {
			interrupt()
		}
	}

	_, err := puller.Pull(ctx, server.download())

	if err == nil || !strings.Contains(err.Error(), "interrupted; what has arrived is kept") || ctx.Err() == nil {
		t.Errorf("error %v", err)
	}
	if got := fmt.Sprint(files(t, puller)); got != "[cache/rules@1.0.csv.part]" {
		t.Errorf("left %s", got)
	}
	if _, err := puller.Pull(t.Context(), server.download()); err != nil || server.asked()[1] != fmt.Sprintf("bytes=%d-", half) {
		t.Errorf("%v, asked for %q", err, server.asked())
	}
}
