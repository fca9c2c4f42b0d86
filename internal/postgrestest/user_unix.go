//go:build unix

package postgrestest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
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

// killAll kills a server and what it has started, which are groups of their own.
// It is halted first, so that it neither starts nor notices anything meanwhile.
func killAll(server *os.Process) {
	server.Signal(syscall.SIGSTOP)
	await(func() bool { state, _ := stateOf(server.Pid); return state == 'T' || state == 0 })
	children := childrenOf(server.Pid)
	for _, pid := range children {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	server.Kill()
	for _, pid := range children { // they are nobody's that waits for them
		await(func() bool { state, _ := stateOf(pid); return state == 0 || state == 'Z' })
	}
}

// await waits until something is so, for ten seconds at most.
func await(so func() bool) {
	for end := time.Now().Add(10 * time.Second); !so() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// childrenOf returns the processes that one has started. Where there is no /proc
// there are none: they end by themselves a moment after it.
func childrenOf(pid int) (children []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if _, parent := stateOf(id); err == nil && parent == pid {
			children = append(children, id)
		}
	}
	return children
}

// stateOf returns the state of a process, 0 if there is none, and its parent.
// See proc(5): the name before them is in brackets, and may hold others.
func stateOf(pid int) (state byte, parent int) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	fmt.Sscanf(string(content[bytes.LastIndexByte(content, ')')+1:]), " %c %d", &state, &parent)
	return state, parent
}
