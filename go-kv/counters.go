package main

import (
	"net"
	"sync/atomic"
)

// counters is what the data port has done since the start. A request is counted
// before its answer is sent, so that a client that has its answer finds it here.
type counters struct {
	connections counter // accepted
	gets        counter // GET and HEAD answered 200 or 404
	misses      counter // those of them answered 404
	posts       counter // POST answered 200

	// others is every other answer of the handler. What net/http refuses before it
	// asks the handler, such as a malformed escape, cannot be counted.
	others counter
}

// counter fills a cache line, so that a core that counts one thing never waits
// for another that counts something else.
type counter struct {
	atomic.Int64
	_ [56]byte
}

// counts is how counters appear in GET /runtime.
type counts struct {
	Connections int64 `json:"connections"`
	Gets        int64 `json:"gets"`
	Misses      int64 `json:"misses"`
	Posts       int64 `json:"posts"`
	Others      int64 `json:"others"`
}

func (c *counters) read() counts {
	return counts{
		c.connections.Load(), c.gets.Load(), c.misses.Load(), c.posts.Load(), c.others.Load(),
	}
}

// countingListener counts the connections that it accepts.
type countingListener struct {
	net.Listener
	accepted *counter
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}
