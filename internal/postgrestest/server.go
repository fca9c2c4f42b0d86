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
	"time"
)

// ErrNone says that no PostgreSQL is installed.
var ErrNone = errors.New("no PostgreSQL on this machine; Debian has it as the package postgresql")

// Password is the one of the superuser, postgres.
const Password = "s3cret/with:odd@signs"

// A Server is a PostgreSQL server with the data of one test run. It listens on
// a port of this machine and asks for passwords.
type Server struct {
	Port int
	dir  string
	bin  string
	cmd  *exec.Cmd
	said bytes.Buffer
}

// Start makes a database cluster in a temporary folder and starts a server on a
// free port. The error is [ErrNone] where PostgreSQL is not installed. A test
// binary that root runs starts the server as nobody, since PostgreSQL refuses
// to run as root.
func Start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "concord-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.start(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start() error {
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
	free.Close()
	s.cmd = s.command("postgres", "-D", data, "-p", strconv.Itoa(s.Port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		ready := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port))
		if ready.Run() == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.New("the server did not start within a minute")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop ends the server and deletes its data. What it returns is its log.
func (s *Server) Stop() string {
	if s.cmd != nil && s.cmd.Process != nil {
		s.cmd.Process.Signal(syscall.SIGINT) // sends everybody away
		s.cmd.Wait()
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
