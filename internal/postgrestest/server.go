// Package postgrestest runs a PostgreSQL server for tests.
package postgrestest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// ErrNone says that no PostgreSQL is installed.
var ErrNone = errors.New("no PostgreSQL on this machine; Debian has it as the package postgresql")

// Password is the one of the superuser, postgres.
const Password = "s3cret/with:odd@signs"

// A Server is a PostgreSQL server with the data of one test run. It listens on
// a port of this machine and asks for passwords.
type Server struct {
	Port     int
	dir      string
	bin      string
	settings []string        // as arguments
	cmd      *exec.Cmd       // nil if the server is not running
	ended    <-chan struct{} // closed when it has ended
	said     bytes.Buffer
}

// Start makes a database cluster in a temporary folder and starts a server on a
// free port. The error is [ErrNone] where PostgreSQL is not installed. A test
// binary that root runs starts the server as nobody, since PostgreSQL refuses
// to run as root.
func Start() (*Server, error) {
	dir, err := os.MkdirTemp("", "concord-postgres-")
	if err != nil {
		return nil, err
	}
	return StartIn(dir)
}

// StartIn is [Start] with the data in a folder, which is deleted in the end, and
// with settings of the server, such as "fsync=off".
func StartIn(dir string, settings ...string) (*Server, error) {
	s := &Server{dir: dir}
	for _, setting := range settings {
		s.settings = append(s.settings, "-c", setting)
	}
	var err error
	if s.bin, err = programs(); err == nil {
		if err = s.make(); err == nil {
			err = s.Again()
		}
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// make makes the cluster and looks for a port.
func (s *Server) make() error {
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o644); err != nil {
		return err
	}
	if err := give(s.dir); err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	made := s.command("initdb", "--pgdata", data, "--username=postgres", "--pwfile", password,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := made.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.Port = free.Addr().(*net.TCPAddr).Port
	return free.Close()
}

// patience is how long a server may take to start. After a crash it repairs its
// data first, and waits for the memory of the last one to be given up.
const patience = time.Minute

// Again starts the server with the data and on the port that it had, after [Kill].
func (s *Server) Again() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		ended, err := s.launch()
		if err != nil {
			return err
		}
		if s.ready(ctx, ended) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the server did not start within %v: %s", patience, &s.said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// launch starts the process, and closes ended when it ends.
func (s *Server) launch() (ended <-chan struct{}, err error) {
	// A server that is killed leaves its shared memory: what there is of it as files
	// goes with the data.
	args := append([]string{"-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.Port), "-c", "dynamic_shared_memory_type=mmap",
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}, s.settings...)
	cmd := s.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = &s.said, &s.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait()
	}()
	s.cmd, s.ended = cmd, done
	return done, nil
}

// ready waits until the server answers, and reports whether it does.
func (s *Server) ready(ctx context.Context, ended <-chan struct{}) bool {
	for {
		ask := exec.CommandContext(ctx, s.Program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port))
		if ask.Run() == nil {
			return true
		}
		select {
		case <-ended:
			return false
		case <-ctx.Done():
			s.Kill()
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends all processes of the server as a power cut does, with no chance to
// write anything. It returns when they are gone.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	killAll(s.cmd.Process)
	<-s.ended
	s.cmd = nil
}

// Must returns what [Start], or something that calls it, starts. Where PostgreSQL is
// not installed, there is nothing to test with.
func Must[S any](t testing.TB, start func() (S, error)) S {
	t.Helper()
	s, err := start()
	if errors.Is(err, ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Stop ends the server and deletes its data. What it returns is its log.
func (s *Server) Stop() string {
	if s.cmd != nil {
		s.cmd.Process.Signal(syscall.SIGINT) // sends everybody away
		<-s.ended
	}
	os.RemoveAll(s.dir)
	return s.said.String()
}

// URL returns where a database is for a role. The search path is left to the
// server if it is empty.
func (s *Server) URL(user, password, database, searchPath string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: fmt.Sprintf("127.0.0.1:%d", s.Port), Path: "/" + database}
	if password == "" {
		u.User = url.User(user)
	}
	if searchPath != "" {
		u.RawQuery = url.Values{"search_path": {searchPath}}.Encode()
	}
	return u.String()
}

// Program returns the path of a program that comes with the server.
func (s *Server) Program(name string) string { return filepath.Join(s.bin, name) }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.Program(name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + s.dir}
	disown(cmd)
	return cmd
}

// programs returns the folder of the latest PostgreSQL.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has it, off the PATH
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		return "", ErrNone
	}
	return filepath.Dir(found[len(found)-1]), nil
}
