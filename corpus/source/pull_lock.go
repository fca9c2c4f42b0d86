package source

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"concord/internal/atomicfile"
)

// locks remember the hashes of files whose hash was not known before they
// were first downloaded.
type locks struct {
	path  string
	Files []lock `json:"files"`
}

type lock struct {
	Framework string `json:"framework"` // name@edition
	URL       string `json:"url"`
	SHA256    string `json:"sha256"`
}

// readLocks reads lock.json of a cache; there may be none yet.
func readLocks(cache string) (*locks, error) {
	l := &locks{path: filepath.Join(cache, "lock.json")}
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w): delete it, and the hashes of the next downloads are recorded anew", l.path, err)
	}
	return l, nil
}

// hash returns the recorded hash of a download, "" if there is none from this
// address.
func (l *locks) hash(d Download) string {
	for _, f := range l.Files {
		if f.Framework == d.Spec() && f.URL == d.URL {
			return f.SHA256
		}
	}
	return ""
}

// record enters the hash of a download in place of an earlier one.
func (l *locks) record(d Download, sha256 string) error {
	l.Files = slices.DeleteFunc(l.Files, func(f lock) bool { return f.Framework == d.Spec() })
	l.Files = append(l.Files, lock{d.Spec(), d.URL, sha256})
	slices.SortFunc(l.Files, func(a, b lock) int { return cmp.Compare(a.Framework, b.Framework) })
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(l.path, append(data, '\n'))
}
