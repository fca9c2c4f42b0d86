package source

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Where a Puller does not say otherwise. The stall is longer than the 30 s
// after which a client gives up connecting, which is another fault.
const (
	defaultAttempts = 4
	defaultStall    = 45 * time.Second
	defaultPause    = time.Second
)

// maxRedirects is more than any publisher needs.
const maxRedirects = 5

var errStalled = errors.New("stalled")

// A passingError is a fault that may be gone at the next attempt.
type passingError struct{ error }

func (e *passingError) Unwrap() error { return e.error }

// A redirectError says where a redirect may not lead.
type redirectError struct{ text string }

func (e *redirectError) Error() string { return e.text }

// fetch returns the bytes of a download, right if its hash is known. It tries
// again where that may help, and goes on from what is in the part at path.
func (p Puller) fetch(ctx context.Context, d Download, path string) ([]byte, error) {
	attempts, pause := cmp.Or(p.Attempts, defaultAttempts), cmp.Or(p.Pause, defaultPause)
	for n := 1; ; n++ {
		data, err := p.attempt(ctx, d, path, n == 1)
		if err == nil {
			return data, nil
		}
		kept := ""
		if readPart(path, d.URL, d.limit()).size > 0 {
			kept = "; what has arrived is kept, pull again to go on"
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("interrupted%s: %w", kept, ctx.Err())
		}
		if passing := (*passingError)(nil); !errors.As(err, &passing) {
			return nil, err
		}
		if n == attempts {
			return nil, fmt.Errorf("%w (tried %d times)%s", err, n, kept)
		}
		select {
		case <-time.After(pause << (n - 1)):
		case <-ctx.Done():
		}
	}
}

func (d Download) limit() int64 { return cmp.Or(d.MaxBytes, DefaultMaxBytes) }

// attempt asks once for what is missing.
func (p Puller) attempt(ctx context.Context, d Download, path string, first bool) ([]byte, error) {
	stall := cmp.Or(p.Stall, defaultStall)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer watch.Stop()
	errStall := &passingError{fmt.Errorf("%s sent nothing for %v", d.host(), stall)}

	part := readPart(path, d.URL, d.limit())
	if !part.fits(d.SHA256 != "") {
		part.size = 0
	}
	resp, err := p.ask(ctx, d, part)
	if context.Cause(ctx) == errStalled {
		return nil, errStall
	}
	if err != nil {
		return nil, d.unanswered(err, first)
	}
	defer resp.Body.Close()
	total, err := d.answered(resp, part)
	if err != nil {
		return nil, err
	}

	resumed := resp.StatusCode == http.StatusPartialContent
	file, err := part.open(resumed, partHead{URL: d.URL, ETag: resp.Header.Get("ETag")})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	arrived := func(n int) {
		watch.Reset(stall)
		part.size += int64(n)
		if p.Progress != nil {
			p.Progress(part.size, total)
		}
	}
	_, err = io.Copy(file, io.LimitReader(meter{resp.Body, arrived}, d.limit()-part.size+1))
	if broken := (*fs.PathError)(nil); errors.As(err, &broken) {
		return nil, err // our disk, not their server
	}
	if context.Cause(ctx) == errStalled {
		return nil, errStall
	}
	if err != nil {
		return nil, &passingError{fmt.Errorf("%s broke off after %d bytes (%w)", d.host(), part.size, err)}
	}
	return d.finished(part, total, resumed)
}

// ask sends the request: for the rest, if there is a part.
func (p Puller) ask(ctx context.Context, d Download, part part) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "concord")
	// The hash and the ranges are those of the file, not of a compressed one.
	req.Header.Set("Accept-Encoding", "identity")
	if part.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", part.size))
		if strong(part.ETag) {
			req.Header.Set("If-Range", part.ETag)
		}
	}
	client := *p.Client
	client.CheckRedirect = d.redirect
	return client.Do(req)
}

// redirect decides whether to follow a redirect.
func (d Download) redirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return &redirectError{fmt.Sprintf("%s was redirected more than %d times", d.URL, maxRedirects)}
	case req.URL.Scheme != "https":
		return &redirectError{fmt.Sprintf("%s was redirected to %s, which is not HTTPS", d.URL, req.URL.Redacted())}
	case req.URL.Host != d.host() && !slices.Contains(d.Hosts, req.URL.Host):
		return &redirectError{fmt.Sprintf("%s was redirected to %s, which is not a host of this publisher", d.URL, req.URL.Host)}
	}
	return nil
}

// unanswered says why there is no answer. Who has no network at all need not
// wait for it to fail again and again.
func (d Download) unanswered(err error, first bool) error {
	if refused := (*redirectError)(nil); errors.As(err, &refused) {
		return refused
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the address is said once
	}
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return fmt.Errorf("the certificate of %s is not trusted (%w), perhaps that of a proxy: %s", d.host(), untrusted.Err, d.ByHand())
	}
	op := (*net.OpError)(nil)
	dialing := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
	err = fmt.Errorf("%s cannot be reached (%w): %s", d.host(), err, d.ByHand())
	if first && dialing {
		return err
	}
	return &passingError{err}
}

// answered checks the head of an answer and returns how long the file will
// be, -1 if that is not said.
func (d Download) answered(resp *http.Response, part part) (total int64, err error) {
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		total = resp.ContentLength
	case code == http.StatusPartialContent && part.size > 0:
		from, whole, ok := contentRange(resp.Header.Get("Content-Range"))
		tag := resp.Header.Get("ETag")
		if !ok || from != part.size || strong(tag) && strong(part.ETag) && tag != part.ETag {
			part.discard()
			return 0, &passingError{fmt.Errorf("%s answered another range than the one that was asked for", d.host())}
		}
		total = whole
	case code == http.StatusRequestedRangeNotSatisfiable && part.size > 0:
		part.discard()
		return 0, &passingError{fmt.Errorf("%s has no more than the %d bytes that were there", d.host(), part.size)}
	case code == http.StatusNotFound || code == http.StatusGone:
		return 0, fmt.Errorf("%s answered %s: the publisher has moved the file; look for it there, then run: %s", d.URL, resp.Status, d.importByHand())
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		return 0, &passingError{fmt.Errorf("%s answered %s", d.URL, resp.Status)}
	default:
		return 0, fmt.Errorf("%s answered %s: %s", d.URL, resp.Status, d.ByHand())
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		return 0, d.errPage()
	}
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return 0, fmt.Errorf("%s answered a file in the coding %q, which was not asked for: %s", d.host(), coding, d.ByHand())
	}
	if total > d.limit() {
		part.discard()
		return 0, d.errTooLong()
	}
	return total, nil
}

// contentRange reads "bytes 500-999/1000"; whole is -1 for "*".
func contentRange(header string) (from, whole int64, ok bool) {
	var to int64
	whole = -1
	if n, _ := fmt.Sscanf(header, "bytes %d-%d/%d", &from, &to, &whole); n < 2 {
		return 0, 0, false
	}
	return from, whole, true
}

// finished checks what has arrived and returns it. The part stays where it is
// right; the caller removes it when the file is in its place.
func (d Download) finished(part part, total int64, resumed bool) ([]byte, error) {
	data, err := part.bytes()
	if err != nil {
		return nil, err
	}
	switch sum, page := digest(data), isPage(data); {
	case int64(len(data)) > d.limit():
		err = d.errTooLong()
	case int64(len(data)) < total: // a server may send less than was asked for
		return nil, &passingError{fmt.Errorf("%s sent %d bytes of %d", d.host(), len(data), total)}
	case total >= 0 && int64(len(data)) > total:
		err = &passingError{fmt.Errorf("%s sent %d bytes where %d were announced", d.host(), len(data), total)}
	case page:
		err = d.errPage()
	case d.SHA256 != "" && sum != d.SHA256:
		err = fmt.Errorf("the file at %s has the SHA-256 %s, expected %s: it was discarded", d.URL, sum, d.SHA256)
		if resumed { // the pieces may not belong together
			err = &passingError{err}
		}
	default:
		return data, nil
	}
	part.discard()
	return nil, err
}

// isPage reports whether data is HTML or other markup, which no framework is.
func isPage(data []byte) bool {
	head := bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\ufeff")))
	return len(head) > 0 && isMarkup(head)
}

func (d Download) errPage() error {
	return fmt.Errorf("%s answered a web page instead of the file, perhaps to sign in somewhere: %s", d.host(), d.ByHand())
}

func (d Download) errTooLong() error {
	return fmt.Errorf("the file at %s has more than the limit of %d bytes: it was discarded", d.URL, d.limit())
}

// A meter tells how many bytes each read brought.
type meter struct {
	io.Reader
	arrived func(n int)
}

func (m meter) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	if n > 0 {
		m.arrived(n)
	}
	return n, err
}
