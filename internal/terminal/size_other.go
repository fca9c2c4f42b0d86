//go:build !unix

package terminal

import "os"

// columnsOn returns how wide a terminal is, zero if it does not say.
func columnsOn(*os.File) int { return 0 }
