//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// columnsOn returns how wide a terminal is, zero if it does not say.
func columnsOn(terminal *os.File) int {
	size, err := unix.IoctlGetWinsize(int(terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
