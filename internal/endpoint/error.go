package endpoint

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sashabaranov/go-openai"

	"concord/internal/slots"
)

// An Error is what the endpoint answered instead of an answer, or why there
// was none. Its text is one line that begins with the host, and never holds
// the key.
type Error struct {
	Host    string
	Status  int    // of the HTTP response; 0 if there was none
	Fatal   bool   // the next call would fail in the same way: a run should stop
	Message string // what happened and what to do
	Err     error  // the cause, if it was not the endpoint's answer

	retry bool          // another attempt may help
	wait  time.Duration // how long the endpoint asked to be left alone
	asked bool          // whether it did
	late  bool          // there was no answer in time
}

// Error returns the host and the message.
func (e *Error) Error() string { return e.Host + " " + e.Message }

// Temporary reports whether the same call may succeed at another time: the
// endpoint was overloaded, out of reach or cut short. All attempts at it are
// used up nevertheless.
func (e *Error) Temporary() bool { return e.retry }

// Unwrap returns the cause, if any.
func (e *Error) Unwrap() error { return e.Err }

// outcome says whether the endpoint was asked too much.
func (e *Error) outcome() slots.Outcome {
	if e.late || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout {
		return slots.Congested
	}
	return slots.Failed
}

// longestWait is how long a call waits because it was told to. Beyond, a
// person should decide.
const longestWait = 10 * time.Minute

// statusError turns the answer to a failed request into an Error. The body is
// free of the key already.
func statusError(host, variable string, hasKey bool, status int, header http.Header, body []byte, now time.Time) *Error {
	said, code := explain(body)
	e := &Error{Host: host, Status: status}
	e.wait, e.asked = retryAfter(header, now)
	switch {
	case status == http.StatusUnauthorized && !hasKey:
		e.Fatal, e.Message = true, fmt.Sprintf("wants a key: set it in $%s", variable)
	case status == http.StatusUnauthorized:
		// What it said is left out: servers like to repeat a part of the key.
		e.Fatal, e.Message = true, fmt.Sprintf("refused the key (set it in $%s)", variable)
	case status == http.StatusForbidden:
		e.Fatal, e.Message = true, fmt.Sprintf("refused the key (set it in $%s) or what it is used for: 403%s", variable, said)
	case status == http.StatusNotFound:
		e.Fatal, e.Message = true, fmt.Sprintf("answered 404: is the model name right, and the base URL? it usually ends in /v1%s", said)
	case status == http.StatusTooManyRequests && code == "insufficient_quota":
		e.Fatal, e.Message = true, fmt.Sprintf("says that the quota of this key is used up%s", said)
	case e.asked && e.wait > longestWait:
		e.Fatal, e.Message = true, fmt.Sprintf("answered %d and asks to wait %s: run again then, answers so far are kept", status, e.wait.Round(time.Second))
	default:
		e.retry = status == http.StatusRequestTimeout || status == http.StatusConflict ||
			status == http.StatusTooManyRequests || status >= 500
		e.Message = fmt.Sprintf("answered %d %s%s", status, strings.ToLower(http.StatusText(status)), said)
	}
	return e
}

// networkError says why there was no answer.
func networkError(host string, timeout time.Duration, err error) *Error {
	e := &Error{Host: host, Err: err, retry: true}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // without the URL
	}
	var cert *tls.CertificateVerificationError
	var op *net.OpError
	var name *net.DNSError
	var timed net.Error
	switch {
	case errors.As(err, &cert):
		e.retry, e.Fatal, e.Message = false, true, fmt.Sprintf("shows a certificate that this machine does not trust: %v", cert.Err)
	case errors.As(err, &name) && name.IsNotFound:
		e.retry, e.Fatal, e.Message = false, true, "has no address: is the base URL right?"
	case errors.As(err, &op) && op.Op == "dial":
		e.Fatal, e.Message = true, fmt.Sprintf("could not be reached (%v): is it running, and is the base URL right?", op.Err)
	case errors.As(err, &timed) && timed.Timeout():
		e.late, e.Message = true, fmt.Sprintf("did not answer within %s", timeout)
	default:
		e.Message = fmt.Sprintf("broke the connection: %v", err)
	}
	return e
}

// explain returns what an error body says, as the end of a sentence, and its
// code. Bodies that are not in the API's form are shown as they are.
func explain(body []byte) (said, code string) {
	text := string(body)
	if e := apiError(body); e != nil {
		text = e.Message
		code, _ = e.Code.(string)
	} else if looksLikeHTML(body) {
		return "", ""
	}
	if text = oneLine(text, 300); text == "" {
		return "", code
	}
	return ": " + text, code
}

// apiError returns the error that a JSON body reports, or nil.
func apiError(body []byte) *openai.APIError {
	var r openai.ErrorResponse
	if err := strictlyObject(body, &r); err != nil || r.Error == nil {
		return nil
	}
	return r.Error
}

// retryAfter reads how long the endpoint asks to wait: seconds or a date.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseFloat(v, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// oneLine makes foreign text fit for one line of a terminal.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return Clip(strings.Join(strings.Fields(s), " "), limit)
}
