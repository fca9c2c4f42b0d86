package endpoint_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/internal/endpoint"
)

// TestAKeyIsTakenOutHoweverItIsSpelled has a server spell every character of a
// key in a way of its own.
func TestAKeyIsTakenOutHoweverItIsSpelled(t *testing.T) {
	var says string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "bad «"+says+"» key")
	}))
	defer server.Close()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching("[!-~]{6,20}").Draw(t, "key")
		says = ""
		for _, c := range key {
			says += fmt.Sprintf(rapid.SampledFrom([]string{"%c", `\%c`, `\\\%c`, `\u%04x`, `\\u%04X`, "%%%02x", "%%25%02X", "%%2525%02x"}).Draw(t, "spelling"), c)
		}
		c, err := endpoint.New(endpoint.Config{BaseURL: server.URL + "/v1", Key: key, Backoff: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}

		_, err = c.Chat(t.Context(), hello("m"))

		if err == nil || !strings.Contains(err.Error(), "bad «[key]» key") {
			t.Errorf("key %s, spelled %s: %v", key, says, err)
		}
	})
}
