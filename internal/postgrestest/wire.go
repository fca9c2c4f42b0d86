package postgrestest

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Directions of a [Wire].
const (
	Up   = iota // to the server
	Down        // from it
)

// A Fault says when a wire fails, and how.
type Fault struct {
	Direction int
	After     int    // bytes in the direction
	Word      string // instead: when the server has been sent this and answers
	Hole      bool   // bytes vanish and nobody hangs up; else both ends are cut off
}

// A Wire lies between clients and a server, and fails when it is told to. It
// listens on a port of this machine.
type Wire struct {
	listener net.Listener
	to       string

	mu       sync.Mutex
	fault    *Fault
	sent     bool   // the word of the fault
	carried  [2]int // bytes
	swallows bool   // all that comes
	lines    []*line
}

// Wire lays one to the server.
func (s *Server) Wire() (*Wire, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Wire{listener: listener, to: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))}
	go w.serve()
	return w, nil
}

// Through returns what the URL of a database of the server is by way of the wire.
func (w *Wire) Through(url string) string {
	return strings.Replace(url, w.to, w.listener.Addr().String(), 1)
}

// Fail has the wire fail once, on the connection on which it happens.
func (w *Wire) Fail(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.sent, w.carried = &f, false, [2]int{}
}

// Swallow lets everything vanish that is sent from now on, on all connections.
func (w *Wire) Swallow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swallows = true
	for _, l := range w.lines {
		l.lose()
	}
}

// Heal has the wire carry what comes over new connections, and returns how many
// bytes it has carried since it was told to fail, and whether it has.
func (w *Wire) Heal() (carried [2]int, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	failed = w.fault == nil
	w.fault, w.swallows = nil, false
	return w.carried, failed
}

// Close takes the wire away, with all that goes over it.
func (w *Wire) Close() {
	w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lines {
		l.client.Close()
		l.server.Close()
	}
}

func (w *Wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.to)
		if err != nil {
			client.Close()
			continue
		}
		l := &line{client: client, server: server, lost: make(chan struct{})}
		w.mu.Lock()
		w.lines = append(w.lines, l)
		if w.swallows {
			l.lose()
		}
		w.mu.Unlock()
		go w.carry(l, Up)
		go w.carry(l, Down)
	}
}

// A line is one connection.
type line struct {
	client, server net.Conn
	lost           chan struct{} // closed when nothing gets through any more
	once           sync.Once
}

func (l *line) lose() { l.once.Do(func() { close(l.lost) }) }

// carry takes bytes from one end to the other until one hangs up or the wire fails.
func (w *Wire) carry(l *line, direction int) {
	from, to := l.client, l.server
	if direction == Down {
		from, to = to, from
	}
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		select {
		case <-l.lost:
			if err != nil {
				return // and the other end never hears of it
			}
			continue
		default:
		}
		pass, f := w.look(direction, buffer[:n])
		to.Write(buffer[:pass])
		switch {
		case f != nil && f.Hole:
			l.lose()
		case f != nil:
			for _, end := range []net.Conn{from, to} {
				end.(*net.TCPConn).SetLinger(0) // a reset: what is under way is lost
				end.Close()
			}
			return
		case err != nil:
			to.Close()
			return
		}
	}
}

// look returns how many bytes go on, and the fault if it happens now.
func (w *Wire) look(direction int, b []byte) (pass int, happens *Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carried[direction] += len(b)
	f := w.fault
	switch {
	case f == nil:
		return len(b), nil
	case f.Word != "" && direction == Up:
		w.sent = w.sent || bytes.Contains(b, []byte(f.Word))
	case f.Word != "" && w.sent:
		w.fault = nil
		return 0, f
	case f.Word == "" && direction == f.Direction:
		if f.After -= len(b); f.After <= 0 {
			w.fault = nil
			return len(b) + f.After, f
		}
	}
	return len(b), nil
}
