package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"concord/corpus"
	"concord/internal/atomicfile"
)

// A Download is a framework of which the publisher keeps a file at an address
// of its own.
type Download struct {
	Name, Edition string            // it is stored under these, whatever the file says
	Title         string            // if empty, what the file says
	Publisher     string            // likewise
	Licence       string            // of the text; likewise
	URL           string            // over HTTPS
	Hosts         []string          // that a redirect may lead to, besides the one of URL
	SHA256        string            // hexadecimal; if empty, that of the first download counts
	MaxBytes      int64             // DefaultMaxBytes if zero
	Columns       map[string]string // of a table, as in Library
}

// Spec returns "csf@2.0".
func (d Download) Spec() string { return d.Name + "@" + d.Edition }

// ByHand says in one line how to do without the network what Pull does.
func (d Download) ByHand() string {
	return fmt.Sprintf("download %s by hand, then run: %s", d.URL, d.importByHand())
}

func (d Download) importByHand() string {
	line := fmt.Sprintf("concord corpus import FILE --name %s --edition %s", d.Name, d.Edition)
	var columns []string
	for _, ours := range []string{"id", "text", "title", "parent", "kind"} {
		if theirs := d.Columns[ours]; theirs != "" {
			columns = append(columns, ours+"="+theirs)
		}
	}
	if len(columns) > 0 {
		line += " --columns " + strings.Join(columns, ",")
	}
	return line
}

// host is where the file lies, such as "example.com" or "example.com:8443".
func (d Download) host() string {
	u, err := url.Parse(d.URL)
	if err != nil {
		return d.URL
	}
	return u.Host
}

func (d Download) check() error {
	u, err := url.Parse(d.URL)
	if err != nil {
		return err
	}
	if u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%s is no HTTPS address", d.URL)
	}
	return checkNames(d.Name, d.Edition)
}

// file is the name of the file in the cache.
func (d Download) file() string {
	u, _ := url.Parse(d.URL) // checked before
	return d.Spec() + path.Ext(u.Path)
}

// Choose returns the downloads of a catalogue that the specs name, each
// "name" or "name@edition", in the order of the specs. An unknown one is an
// error that lists the known ones.
func Choose(catalogue []Download, specs []string) ([]Download, error) {
	var chosen []Download
next:
	for _, spec := range specs {
		known := make([]string, len(catalogue))
		for i, d := range catalogue {
			if spec == d.Name || spec == d.Spec() {
				chosen = append(chosen, d)
				continue next
			}
			known[i] = d.Spec()
		}
		return nil, fmt.Errorf("no official file of %q is known here; known: %s", spec, strings.Join(known, ", "))
	}
	return chosen, nil
}

// A Puller downloads official files into the cache of a library and imports
// them. Only Library.Dir and Client must be set.
type Puller struct {
	Library Library // the cache is the folder "cache" in its Dir
	// Client is used for everything but redirects, which follow the rules of
	// the download. It needs no timeout: a stall ends an attempt.
	Client   *http.Client
	Attempts int           // at one download, 4 if zero
	Stall    time.Duration // without a byte that ends an attempt, 45 s if zero
	Pause    time.Duration // before the second attempt, doubled for each further one; 1 s if zero
	// Progress, if set, is called as bytes arrive, with how many there are,
	// those of an earlier attempt included, and how many there will be, or -1
	// where the server does not say.
	Progress func(done, total int64)
}

// A Pulled is what came of a download.
type Pulled struct {
	Framework *corpus.Framework // as imported
	File      string            // in the cache
	SHA256    string            // of the file, hexadecimal
	Cached    bool              // the file was there and right: nothing was downloaded
	First     bool              // nothing was known to check it against; from now on its hash is
	Was       string            // the hash of the download before, where this one differs
}

// Pull brings the official file of a framework into the cache, unless it is
// there, and imports it. From then on its name finds the publisher's text.
//
// Whatever goes wrong, the cache, the lock file and the library stay as they
// were, but for a file ending in ".part": what arrived before the connection
// broke. The next Pull goes on from there.
func (p Puller) Pull(ctx context.Context, d Download) (Pulled, error) {
	out, err := p.pull(ctx, d)
	if err != nil {
		return Pulled{}, fmt.Errorf("pull %s: %w", d.Spec(), err)
	}
	return out, nil
}

func (p Puller) pull(ctx context.Context, d Download) (Pulled, error) {
	if err := d.check(); err != nil {
		return Pulled{}, err
	}
	cache := filepath.Join(p.Library.Dir, "cache")
	locks, err := readLocks(cache)
	if err != nil {
		return Pulled{}, err
	}
	known := cmp.Or(d.SHA256, locks.hash(d))
	out := Pulled{File: filepath.Join(cache, d.file()), SHA256: known}

	data, err := os.ReadFile(out.File)
	out.Cached = err == nil && known != "" && digest(data) == known
	if !out.Cached {
		part := out.File + ".part"
		if data, err = p.fetch(ctx, d, part); err != nil {
			return Pulled{}, err
		}
		defer os.Remove(part)
		out.SHA256 = digest(data)
		out.First = known == ""
		if !out.First && out.SHA256 != known {
			out.Was = known
		}
	}

	// A file that cannot be read as a framework is not worth keeping.
	library := Library{Dir: p.Library.Dir, Columns: d.Columns}
	if out.Framework, err = library.read(data, d.URL); err != nil {
		return Pulled{}, err
	}
	f := out.Framework
	table := strings.HasSuffix(d.URL, ".csv") || strings.HasSuffix(d.URL, ".xlsx") // which does not name itself
	if stated := f.Spec(); !table && stated != d.Name+"@"+d.Edition {
		return Pulled{}, fmt.Errorf("%s holds %s, not %s@%s", d.URL, stated, d.Name, d.Edition)
	}
	if err := f.Rename(d.Name, d.Edition); err != nil {
		return Pulled{}, err
	}
	f.Source = d.URL
	f.Title, f.Publisher, f.Licence = cmp.Or(d.Title, f.Title), cmp.Or(d.Publisher, f.Publisher), cmp.Or(d.Licence, f.Licence)
	if !out.Cached {
		if err := atomicfile.Write(out.File, data); err != nil {
			return Pulled{}, err
		}
		if d.SHA256 == "" {
			if err := locks.record(d, out.SHA256); err != nil {
				return Pulled{}, err
			}
		}
	}
	return out, library.keep(f)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
