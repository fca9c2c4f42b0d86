package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// A progress is one line on a terminal, or a line now and then elsewhere.
type progress struct {
	w        io.Writer
	what     string
	terminal bool
	last     time.Time
	drawn    bool
}

// Between two updates on a terminal, and between two lines of a log.
const (
	redraw = 100 * time.Millisecond
	relog  = 5 * time.Second
)

func newProgress(w io.Writer, what string) *progress {
	file, ok := w.(*os.File)
	return &progress{w: w, what: what, terminal: ok && isatty.IsTerminal(file.Fd()), last: time.Now()}
}

func (p *progress) show(done, total int) {
	every := relog
	if p.terminal {
		every = redraw
	}
	if time.Since(p.last) < every {
		return
	}
	p.last, p.drawn = time.Now(), true
	if p.terminal {
		fmt.Fprintf(p.w, "\r\033[K%s %d of %d", p.what, done, total)
	} else {
		fmt.Fprintf(p.w, "%s %d of %d\n", p.what, done, total)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.terminal && p.drawn {
		fmt.Fprint(p.w, "\r\033[K")
	}
}

// sayWaiting says, should ctx end before the returned function is called, what
// the program waits for.
func (e *engine) sayWaiting(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		fmt.Fprintln(e.stderr, "\ninterrupted: waiting for the answers under way; interrupt again to end at once")
	})
}
