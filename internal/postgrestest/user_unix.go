//go:build unix

package postgrestest

import (
	"os"
	"os/exec"
	"syscall"
)

// nobody is the user and the group that own nothing.
const nobody = 65534

// give hands a folder over to who runs the server.
func give(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Chown(dir, nobody, nobody)
}

// disown has a program run as nobody where root would run it, and in a group of
// its own, so that an interrupt from the keyboard is left to Stop.
func disown(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
}
