package source

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// A part is what has arrived of a download, in one file: a line that says what
// it is a part of, then the bytes. So nothing else has to be there to go on.
type part struct {
	path string
	partHead
	start int64 // of the bytes in the file
	size  int64 // of the bytes; 0 if there is no part
}

type partHead struct {
	URL  string `json:"url"`
	ETag string `json:"etag,omitempty"`
}

// maxPartHead bounds the first line of a part.
const maxPartHead = 8 << 10

// readPart looks for a part of the file at an address. A damaged one, one of
// another address and one longer than limit are none.
func readPart(path, url string, limit int64) part {
	none := part{path: path}
	file, err := os.Open(path)
	if err != nil {
		return none
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return none
	}
	line, err := bufio.NewReader(io.LimitReader(file, maxPartHead)).ReadBytes('\n')
	if err != nil {
		return none
	}
	p := part{path: path, start: int64(len(line)), size: info.Size() - int64(len(line))}
	if json.Unmarshal(line, &p.partHead) != nil || p.URL != url || p.size > limit {
		return none
	}
	return p
}

// fits reports whether the server can be asked for the rest alone: a hash will
// tell if the pieces do not belong together, or a strong validator will.
func (p part) fits(pinned bool) bool {
	return p.size > 0 && (pinned || strong(p.ETag))
}

// strong reports whether equal validators promise equal bytes.
func strong(etag string) bool { return len(etag) > 2 && etag[0] == '"' }

// open opens the part to go on, or starts it anew under a head. Only then is
// there a folder for it.
func (p *part) open(resume bool, head partHead) (*os.File, error) {
	if resume {
		return os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND, 0o644)
	}
	if len(head.ETag) > maxPartHead/2 {
		head.ETag = "" // of no sensible length
	}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	if err := os.MkdirAll(filepath.Dir(p.path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(p.path)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(line); err != nil {
		file.Close()
		return nil, err
	}
	p.partHead, p.start, p.size = head, int64(len(line)), 0
	return file, nil
}

// bytes returns what has arrived.
func (p part) bytes() ([]byte, error) {
	data, err := os.ReadFile(p.path)
	if err != nil {
		return nil, err
	}
	return data[min(p.start, int64(len(data))):], nil
}

func (p part) discard() { os.Remove(p.path) }
