package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// idleTimeout ends a connection on which the client lets the server wait: for
	// the next request, for the rest of a header or of a body, or for room to
	// write an answer into.
	idleTimeout = 75 * time.Second

	// maxHeader leaves room for any key that one would put into a path and bounds
	// what a connection can make the server hold before a handler sees it.
	maxHeader = 128 << 10

	// drainTimeout leaves a second of the five that the contract allows for an
	// exit. It also cuts short the five seconds that Shutdown on its own grants to
	// a connection that has not sent anything yet.
	drainTimeout = 4 * time.Second
)

// server is an http.Server, or what stands in for one.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// newServer returns an HTTP/1 server (HTTP/2 would need TLS) with limits that
// hold against clients that mean harm. Nothing is said about TCP_NODELAY
// because package net sets it on every connection.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler,
		// Otherwise `OPTIONS *` is answered with 200 before the handler is asked.
		DisableGeneralOptionsHandler: true,

		ReadHeaderTimeout: idleTimeout,
		ReadTimeout:       idleTimeout,
		WriteTimeout:      idleTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,

		// Clients decide how much is written there, and a parent that does not read
		// standard error would in the end block the server.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// drain closes the listeners and the idle connections, lets requests under way
// be answered, and after drainTimeout hangs up on whoever is left.
func drain(servers ...server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, s := range servers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if s.Shutdown(ctx) != nil {
				_ = s.Close()
			}
		}()
	}
	wg.Wait()
}
