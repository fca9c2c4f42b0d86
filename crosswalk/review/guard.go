package review

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// largest is how many bytes of a form are read.
const largest = 64 << 10

// policy lets a page load what this server sends and nothing else: no script or
// style in the page itself, no frame around it, no form to elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A refusal is an error that the browser is told of.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

func badRequest(message string) error { return &refusal{http.StatusBadRequest, message} }

// guarded lets requests through that come from a page of this desk, by a browser
// that was given the token. A page elsewhere that has its name resolve to this
// machine (DNS rebinding) names another host.
func (d *Desk) guarded() http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.refuse(w, &refusal{http.StatusForbidden, "Another site sent this. Nothing was changed."})
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, largest)
		if !d.ourHost(r.Host) {
			d.refuse(w, &refusal{http.StatusMisdirectedRequest, "This desk has another address. Open the one that the program printed."})
			return
		}
		if !d.sameOrigin(r) {
			d.refuse(w, &refusal{http.StatusForbidden, "Another site sent this. Nothing was changed."})
			return
		}
		if token := r.URL.Query().Get("token"); token != "" && r.Method == http.MethodGet && r.URL.Path == "/" {
			if s := d.seatOf(token); s != nil {
				s.admit(w)
				return
			}
		}
		if cookie, err := r.Cookie(d.cookieName()); err == nil {
			if s := d.seatOf(cookie.Value); s != nil {
				if s.reads() && r.Method != http.MethodGet && r.Method != http.MethodHead {
					d.refuse(w, &refusal{http.StatusForbidden, "You read at this desk: readers see everything and change nothing. Nothing was changed."})
					return
				}
				crossing.Handler(s.handler).ServeHTTP(w, r)
				return
			}
		}
		d.refuse(w, &refusal{http.StatusForbidden, "Open the address that the program printed: it has the token that this desk wants."})
	})
}

// sameOrigin reports whether the headers that browsers set allow that a page of
// the desk sent the request. A page that sends no referrer has its forms say
// "null", and then only Sec-Fetch-Site tells.
func (d *Desk) sameOrigin(r *http.Request) bool {
	switch origin := r.Header.Get("Origin"); origin {
	case "", d.origin(r.Host):
		return true
	case "null":
		return r.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	return false
}

// ourHost reports whether a request names this desk: by its address, or as
// localhost.
func (d *Desk) ourHost(host string) bool {
	host = canonical(host, d.TLS)
	_, port, err := net.SplitHostPort(d.Host)
	return host == d.Host || err == nil && host == net.JoinHostPort("localhost", port)
}

// canonical spells a host and port as browsers do: in lower case, without the
// port that the scheme has anyway.
func canonical(host string, secure bool) string {
	usual := ":80"
	if secure {
		usual = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(host), usual)
}

// seatOf returns the seat that a token opens, or nil. How long it takes says
// nothing of the tokens.
func (d *Desk) seatOf(token string) *seat {
	var found *seat
	for _, s := range d.seats {
		if subtle.ConstantTimeCompare([]byte(token), []byte(s.Token)) == 1 {
			found = s
		}
	}
	return found
}

// cookieName has the port: browsers give the cookies of one port to all others
// of the host, and another reviewer may have a desk there.
func (d *Desk) cookieName() string {
	_, port, _ := net.SplitHostPort(d.Host)
	return "concord-review-" + url.QueryEscape(port)
}

// admit gives the browser its cookie. The page then opens the desk itself: on a
// redirect from a link elsewhere a strict cookie would not be sent.
func (d *seat) admit(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: d.cookieName(), Value: d.Token, Path: "/", HttpOnly: true, Secure: d.TLS, SameSite: http.SameSiteStrictMode})
	page, err := d.draw("open", frame{})
	if err != nil {
		d.refuse(w, err)
		return
	}
	d.write(w, http.StatusOK, page)
}

// refuse tells the browser what is wrong. What the person cannot mend goes to
// the log, and not to the browser.
func (d *Desk) refuse(w http.ResponseWriter, err error) {
	var told *refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &told):
	case errors.As(err, &tooLarge):
		told = &refusal{http.StatusRequestEntityTooLarge, "That is more than the desk takes. Nothing was changed."}
	default:
		d.Log.Error("review", "error", err)
		told = &refusal{http.StatusInternalServerError, "That went wrong, and nothing was changed. The terminal in which the program runs says why."}
	}
	page, err := d.draw("refused", frame{Data: told})
	if err != nil {
		page = []byte(told.message)
	}
	d.write(w, told.status, page)
}
