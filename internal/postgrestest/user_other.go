//go:build !unix

package postgrestest

import (
	"os"
	"os/exec"
)

func give(string) error { return nil }

func disown(*exec.Cmd) {}

func killAll(server *os.Process) { server.Kill() }
