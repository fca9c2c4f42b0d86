package endpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// largestResponse is more than any answer needs: 2,048 vectors of 3,072
// numbers take less.
const largestResponse = 96 << 20

// An exchange is the HTTP under the client library. The library decodes
// whatever comes back with status 200 and drops the headers of errors, so
// every response is judged here, where all of it is at hand: it hands up a
// JSON object with status 200, or an [*Error].
type exchange struct {
	http          *http.Client
	host          string
	key, variable string
	spelled       *regexp.Regexp // the key, see spellings
	timeout       time.Duration  // of the requests, for messages
}

// Do sends a request. Its errors are [*Error].
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	if err := zeroTemperature(req); err != nil {
		return nil, err
	}
	res, err := x.http.Do(req)
	if err != nil {
		return nil, x.silent(networkError(x.host, x.timeout, err))
	}
	defer res.Body.Close()
	body, err := readAll(io.LimitReader(res.Body, largestResponse+1), res.ContentLength)
	if err != nil {
		return nil, x.silent(networkError(x.host, x.timeout, err))
	}
	if len(body) > largestResponse {
		return nil, &Error{Host: x.host, Status: res.StatusCode, Message: fmt.Sprintf("answered more than %d MB", largestResponse>>20)}
	}
	body = x.redact(body)
	if e := x.check(res, body); e != nil {
		return nil, x.silent(e)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// silent returns an error without the key, which a server can put where no body
// is: into the address of a redirect, or into a header that cannot be read.
func (x *exchange) silent(e *Error) *Error {
	e.Message = string(x.redact([]byte(e.Message)))
	return e
}

// check returns why a response is not a JSON object with status 200.
func (x *exchange) check(res *http.Response, body []byte) *Error {
	broken := func(fatal, retry bool, format string, args ...any) *Error {
		return &Error{Host: x.host, Status: res.StatusCode, Fatal: fatal, retry: retry, Message: fmt.Sprintf(format, args...)}
	}
	const hint = "is the base URL right? it usually ends in /v1"
	status := res.StatusCode
	if status >= 300 && status < 400 {
		to, err := res.Location()
		if err != nil {
			return broken(true, false, "answered %d: %s", status, hint)
		}
		return broken(true, false, "answered %d, sending us to %s://%s, which is not followed: %s", status, to.Scheme, to.Host, hint)
	}
	if status != http.StatusOK {
		return statusError(x.host, x.variable, x.key != "", status, res.Header, body, time.Now())
	}
	body = bytes.TrimSpace(body)
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return broken(true, true, "answered 200 with an empty body: %s", hint)
	case looksLikeHTML(body):
		return broken(true, false, "answered text/html, not JSON: %s", hint)
	case body[0] != '{':
		return broken(true, false, "answered %s, not JSON: %s", or(oneLine(kind, 60), "text"), hint)
	}
	if !json.Valid(body) {
		return broken(false, true, "answered JSON that breaks off or is malformed (%d bytes)", len(body))
	}
	return x.reported(res, body)
}

// reported returns the failure of a server behind a gateway: some gateways
// report it with status 200.
func (x *exchange) reported(res *http.Response, body []byte) *Error {
	if !bytes.Contains(body, []byte(`"error"`)) {
		return nil // as nearly always, and many vectors are not read once more
	}
	var report struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &report) != nil || len(report.Error) == 0 || string(report.Error) == "null" {
		return nil
	}
	status := http.StatusBadGateway
	if e := apiError(body); e != nil {
		if n, ok := e.Code.(int); ok && n >= 400 && n < 600 {
			status = n
		}
	}
	return statusError(x.host, x.variable, x.key != "", status, res.Header, body, time.Now())
}

// tiny stands for a temperature of zero, which the client library would leave
// out, so that the server's own default would apply.
const tiny = 1e-45

// zeroTemperature writes the zero that tiny stands for. The servers that take
// any temperature above zero for a request to sample make it necessary. A text
// cannot hold these bytes: its quotes are escaped.
func zeroTemperature(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	body, err := readAll(req.Body, req.ContentLength)
	if err != nil {
		return fmt.Errorf("read the request to send: %w", err)
	}
	body = zeroed(body)
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(body))
	return nil
}

// zeroed writes the zero that tiny stands for, in place.
func zeroed(body []byte) []byte {
	const key, number = `"temperature":`, "1e-45"
	if at := bytes.Index(body, []byte(key+number)); at >= 0 {
		at += len(key)
		body[at] = '0'
		body = slices.Delete(body, at+1, at+len(number))
	}
	return body
}

// readAll reads a body into a buffer of the size that its header promises, if
// it does and that is not absurd.
func readAll(r io.Reader, promised int64) ([]byte, error) {
	if promised < 0 || promised > 1<<20 {
		return io.ReadAll(r)
	}
	b := bytes.NewBuffer(make([]byte, 0, promised+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

func looksLikeHTML(body []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 512)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// strictlyObject decodes a body that must be one whole JSON object.
func strictlyObject(body []byte, into any) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' {
		return errors.New("not a JSON object")
	}
	return json.Unmarshal(body, into)
}
