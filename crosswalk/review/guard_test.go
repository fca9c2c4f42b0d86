package review_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"concord/crosswalk/review"
	"concord/internal/hostile"
)

func TestAPageMayNotDecideWithoutTheRightHostTokenAndOrigin(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	for _, c := range []struct {
		name   string
		header []string
		change func(*http.Request)
		want   int
	}{
		{"another host", nil, func(r *http.Request) { r.Host = "rebound.example:80" }, http.StatusMisdirectedRequest},
		{"another port", nil, func(r *http.Request) { r.Host = "127.0.0.1:1" }, http.StatusMisdirectedRequest},
		{"another origin", []string{"Origin", "http://evil.example"}, nil, http.StatusForbidden},
		{"an origin that is hidden", []string{"Origin", "null"}, nil, http.StatusForbidden},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, nil, http.StatusForbidden},
		{"another port of this machine", []string{"Sec-Fetch-Site", "same-site"}, nil, http.StatusForbidden},
		{"this desk", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, nil, http.StatusOK},
	} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, x.URL+"/decide", strings.NewReader(x.on(0, "accept").Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(c.header); i += 2 {
			request.Header.Set(c.header[i], c.header[i+1])
		}
		if c.change != nil {
			c.change(request)
		}
		answer, err := x.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want || (len(x.book.all()) > 0) != (c.want == http.StatusOK) {
			t.Errorf("%s: %d, %d decisions", c.name, answer.StatusCode, len(x.book.all()))
		}
	}
	x.Client = &http.Client{}
	for _, path := range []string{"/", "/pair", "/desk.js", "/?token=" + strings.Repeat("x", 32), "/pair?token=" + token, "/nosuch"} {
		if status, page := x.get(t, path); status != http.StatusForbidden || strings.Contains(page, "S-1") {
			t.Errorf("%s without a cookie: %d", path, status)
		}
	}
	x.Client = &http.Client{Jar: &cookies{[]*http.Cookie{{Name: "concord-review", Value: strings.Repeat("x", 32)}}}}
	if status, _ := x.post(t, "/decide", x.on(0, "accept")); status != http.StatusForbidden {
		t.Errorf("with another token: %d", status)
	}
}

func TestEveryPageForbidsScriptsOfItsOwn(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	for _, path := range []string{"/", "/pair", "/list", "/sources", "/add?of=S-1", "/bulk", "/desk.js", "/nosuch"} {
		answer, err := x.Client.Get(x.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		h := answer.Header
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestAHostileTextIsShownAsText(t *testing.T) {
	elements := hostile.Elements()
	markup := elements[0]
	markup.ID, markup.Title = "X-Z", `<img src=x onerror=alert(1)>"'><script>alert(2)</script>`
	elements = append(elements, markup)
	x := open(t, draft(t, elements...), &book{}, `"><script>alert(3)</script>`)
	for i, p := range x.draft.Proposals {
		for _, path := range []string{"/pair?id=" + p.ID, "/add?of=" + url.QueryEscape(p.Source.ID) + "&to=T-2&q=" + url.QueryEscape(`"><script>`)} {
			status, page := x.get(t, path)
			if status != http.StatusOK {
				t.Errorf("%d: %s is %d", i, path, status)
			}
			for _, bad := range []string{"<script>", "<img", "\u202e", "\x1b", "\u200b", "javascript:alert(1)\"", "\U000e0049"} {
				if strings.Contains(page, bad) {
					t.Errorf("%s has %q", path, bad)
				}
			}
		}
	}
}

// TestASleepingBrowserKeepsNobodyWaiting has one begin to send a form, and then
// sleep.
func TestASleepingBrowserKeepsNobodyWaiting(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	asleep, wake := io.Pipe()
	defer wake.Close()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, x.URL+"/decide", asleep)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	began := make(chan struct{})
	go func() {
		close(began)
		if answer, err := x.Do(request); err == nil {
			answer.Body.Close()
		}
	}()
	<-began
	io.WriteString(wake, "id=")

	for range 3 {
		if status, _ := x.get(t, "/pair"); status != http.StatusOK {
			t.Errorf("%d", status)
		}
	}
}

func TestHostsAndTokensAreAsBrowsersSpellThem(t *testing.T) {
	d := draft(t)
	desk, err := review.New(t.Context(), review.Settings{Draft: d, Ledger: &book{}, Reviewers: []review.Reviewer{{Name: "ada", Token: token}}, Host: "Desk.Example:443", TLS: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"desk.example": http.StatusOK, "DESK.example:443": http.StatusOK, "desk.example:8443": http.StatusMisdirectedRequest} {
		w := httptest.NewRecorder()
		desk.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/?token="+token, nil))
		if w.Code != want {
			t.Errorf("%s: %d", host, w.Code)
		}
		if c := w.Result().Cookies(); want == http.StatusOK && (len(c) != 1 || !c[0].Secure) {
			t.Errorf("%s: %v", host, c)
		}
	}
	for _, bad := range []string{strings.Repeat("a", 31) + ";", strings.Repeat("a", 31) + "+", strings.Repeat("é", 32)} {
		_, err := review.New(t.Context(), review.Settings{Draft: d, Ledger: &book{}, Reviewers: []review.Reviewer{{Name: "ada", Token: bad}}, Host: "h:1", Now: time.Now})
		if err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("token %q: %v", bad, err)
		}
	}
}
