package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// leakySecret has characters that every way of writing it down writes otherwise.
const leakySecret = `sk/Not+To=Be%Seen"0123\456789`

// spellings returns the ways in which a server may write a key down.
func spellings(key string) []string {
	inJSON, _ := json.Marshal(key)
	escaped := strings.Trim(string(inJSON), `"`)
	twice, _ := json.Marshal(escaped)
	var unicode, percent strings.Builder
	for _, c := range []byte(key) {
		fmt.Fprintf(&unicode, `\u%04x`, c)
		fmt.Fprintf(&percent, "%%%02x", c)
	}
	return []string{
		key, escaped, strings.Trim(string(twice), `"`), unicode.String(), percent.String(), strings.ReplaceAll(escaped, "/", `\/`),
		url.QueryEscape(key), url.PathEscape(key), url.QueryEscape(url.QueryEscape(key)), strings.ToLower(key), strings.ToUpper(percent.String()),
	}
}

// A leaky server answers as the mock does, with the key wherever it fits.
type leaky struct {
	api      *mockapi.Server
	spelling string
	how      string
}

func (l leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	inHeader := strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, l.spelling)
	w.Header().Set("X-Key", inHeader)
	w.Header().Set("Retry-After", "0")
	asJSON, _ := json.Marshal(l.spelling)
	raw := `"` + l.spelling + `"` // as it is, where that is JSON
	if !json.Valid([]byte(raw)) {
		raw = string(asJSON)
	}
	switch l.how {
	case "error":
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":{"message":%s,"code":%s}}`, raw, raw)
	case "error, plain":
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "cannot use "+l.spelling)
	case "redirect":
		w.Header().Set("Location", "http://"+url.PathEscape(inHeader)+".example/"+inHeader)
		w.WriteHeader(http.StatusTemporaryRedirect)
	case "type":
		w.Header().Set("Content-Type", inHeader)
		io.WriteString(w, l.spelling)
	case "status":
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprintf(connection, "HTTP/1.1 %s\r\n\r\n", inHeader)
			connection.Close()
		}
	case "answer", "refusal":
		recorded := httptest.NewRecorder()
		l.api.ServeHTTP(recorded, r)
		body := recorded.Body.String()
		for old, put := range map[string]string{
			`"system_fingerprint":"mock"`: `"system_fingerprint":` + raw,
			"they share words":            strings.Trim(raw, `"`),
		} {
			body = strings.ReplaceAll(body, old, put)
		}
		if l.how == "refusal" {
			body = strings.ReplaceAll(body, `"refusal":""`, `"refusal":`+raw)
		}
		w.WriteHeader(recorded.Code)
		io.WriteString(w, body)
	}
}

// TestTheKeyIsNowhereHoweverAServerSpellsIt lets a server repeat the key in every
// place and looks at every byte that commands leave and say.
func TestTheKeyIsNowhereHoweverAServerSpellsIt(t *testing.T) {
	commands := []string{
		"draft --judge llm --from ours.csv --to theirs.csv --out out",
		"eval --judge llm --sets sets.yaml --report report.html --out eval.json --json",
		"eval memory --sets sets.yaml --set mine",
		"search backups --in theirs.csv",
		"export --format json --drafts",
	}
	for _, how := range []string{"error", "error, plain", "redirect", "type", "status", "answer", "refusal"} {
		for n, spelling := range spellings(leakySecret) {
			if n%3 > 0 && how != "error" && how != "answer" {
				continue // some will do
			}
			t.Run(fmt.Sprintf("%s %d", how, n), func(t *testing.T) {
				server := httptest.NewServer(leaky{&mockapi.Server{}, spelling, how})
				defer server.Close()
				model(t, &mockapi.Server{})
				ownSet(t)
				t.Setenv("CONCORD_API_KEY", leakySecret)
				t.Setenv("CONCORD_ENDPOINT_URL", server.URL+"/v1")
				t.Setenv("CONCORD_ENDPOINT_STRUCTURED", "json_schema")
				if n > 0 { // waiting once will do
					t.Setenv("CONCORD_ENDPOINT_ATTEMPTS", "1")
				}
				for _, args := range commands {
					t.Setenv("CONCORD_EMBEDDER", "local")
					if args[:6] == "search" {
						t.Setenv("CONCORD_EMBEDDER", "remote")
					}
					_, stdout, stderr := call(t, strings.Fields(args)...)
					for name, said := range map[string]string{"stdout": stdout, "stderr": stderr} {
						if found := spelled([]byte(said)); found != "" {
							t.Errorf("concord %s: %s holds %q: %s", args, name, found, said)
						}
					}
				}
				err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					data, err := os.ReadFile(path)
					if found := spelled(data); found != "" {
						t.Errorf("%s holds %q", path, found)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if how == "answer" || how == "refusal" {
					if kept, err := os.ReadFile("out/draft.json"); err != nil || how == "refusal" && !bytes.Contains(kept, []byte("the model refused: [key]")) {
						t.Errorf("the answer was not used: %v: %s", err, kept)
					}
				}
			})
		}
	}
}

// spelled returns a spelling of the key that data holds, in letters of any size,
// or "".
func spelled(data []byte) string {
	data = bytes.ToLower(data)
	for _, s := range spellings(leakySecret) {
		if bytes.Contains(data, bytes.ToLower([]byte(s))) {
			return s
		}
	}
	return ""
}
