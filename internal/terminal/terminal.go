// Package terminal folds texts that nobody vouches for into the lines of a
// terminal, with marked words in bold.
//
// A character that would move the cursor or turn text around is replaced. What
// combines with a character stays with it, and one that is two columns wide
// counts as two.
package terminal

import (
	"io"
	"os"
	"strconv"

	"github.com/mattn/go-isatty"
)

// A Screen is how wide lines may be, in columns, and whether words may be bold.
type Screen struct {
	Width int
	Bold  bool
}

// Columns of a screen that says nothing of itself, and the fewest that texts
// are folded to.
const (
	usual = 100
	least = 40
)

// ScreenOf looks at where output goes. COLUMNS, as shells export it, goes before
// what the terminal says. NO_COLOR (https://no-color.org) and a dumb terminal
// leave all words plain, and so does everything that is no terminal.
func ScreenOf(w io.Writer, getenv func(string) string) Screen {
	file, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(file.Fd()) {
		return NewScreen(false, 0, getenv)
	}
	return NewScreen(true, columnsOn(file), getenv)
}

// NewScreen returns the screen of a terminal so many columns wide, zero if that
// is not known, or of what is no terminal. See [ScreenOf] for the environment.
func NewScreen(terminal bool, columns int, getenv func(string) string) Screen {
	s := Screen{Width: usual, Bold: terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
	if columns > 0 {
		s.Width = columns
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		s.Width = n
	}
	s.Width = max(s.Width, least)
	return s
}
