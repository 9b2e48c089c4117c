package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// nullServer answers like a store that holds every key, but has neither a store
// nor net/http: what it costs is what sockets and goroutines cost. It stands in
// for an http.Server, save that it trusts its clients to come to an end: but for
// the drain, it never hangs up on one that lets it wait.
type nullServer struct {
	counters *counters
	open     nullAnswers // leave the connection open
	last     nullAnswers // end it
	refusal  []byte      // ends it too
	draining atomic.Bool
	running  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	conns    map[*net.TCPConn]struct{}
}

// newNullServer returns a server whose values are size bytes long.
func newNullServer(size int, counters *counters) *nullServer {
	// The date stays the same: it is there for its size.
	date := "Date: " + time.Now().UTC().Format(http.TimeFormat) + "\r\n"
	dateAndClose := date + "Connection: close\r\n"
	value := newMessage(http.StatusOK, strings.Repeat("x", size))
	return &nullServer{
		counters: counters,
		open:     newNullAnswers(value, date),
		last:     newNullAnswers(value, dateAndClose),
		refusal:  badRequest.raw(dateAndClose),
		conns:    map[*net.TCPConn]struct{}{},
	}
}

// Serve accepts connections until it cannot any more.
func (s *nullServer) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listener = listener
	s.mu.Unlock()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		s.begin(conn.(*net.TCPConn))
	}
}

func (s *nullServer) begin(conn *net.TCPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		_ = conn.Close()
		return
	}
	s.conns[conn] = struct{}{}
	s.running.Add(1)
	go s.serve(conn)
}

func (s *nullServer) end(conn *net.TCPConn) {
	_ = conn.Close()
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	s.running.Done()
}

// serve answers what comes on a connection until there is no more.
func (s *nullServer) serve(conn *net.TCPConn) {
	defer s.end(conn)
	e := exchange{server: s}
	buffer := make([]byte, maxNullHead)
	kept := 0 // bytes at the start of buffer, with which a head begins
	for !e.over {
		n, err := conn.Read(buffer[kept:])
		if errors.Is(err, os.ErrDeadlineExceeded) && (kept > 0 || e.underway) {
			// Shutdown wakes everyone, but a request under way is answered.
			_ = conn.SetReadDeadline(time.Time{})
			continue
		}
		if err != nil {
			return
		}
		data := buffer[:kept+n]
		used := e.take(data)
		kept = copy(buffer, data[used:])
		if e.send(conn) != nil {
			return
		}
	}
	// A socket that is closed while it holds unread data is reset, and then a client
	// that is still sending might never see the answer.
	_ = conn.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(linger))
	_, _ = io.Copy(io.Discard, conn)
}

// Shutdown is http.Server's: it closes the listener and idle connections, and
// waits for requests under way until ctx is done.
func (s *nullServer) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining.Store(true)
	if s.listener != nil {
		_ = s.listener.Close()
	}
	for conn := range s.conns {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	}
	s.mu.Unlock()

	done := make(chan struct{})
	go func() {
		defer close(done)
		s.running.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close hangs up on whoever is left after Shutdown.
func (s *nullServer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	return nil
}
