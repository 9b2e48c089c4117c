package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// headSlack is what net/http reads of a head beyond MaxHeaderBytes.
const headSlack = 4 << 10

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

		ReadHeaderTimeout: idle,
		ReadTimeout:       idle,
		WriteTimeout:      idle,
		IdleTimeout:       idle,
		MaxHeaderBytes:    maxHead - headSlack,

		// Clients decide how much is written there, and a parent that does not read
		// standard error would in the end block the server.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// shutDown closes the listeners and the idle connections, lets requests under way
// be answered, and after the time for a drain hangs up on whoever is left. That
// also cuts short the five seconds that Shutdown on its own grants to a
// connection that has not sent anything yet.
func shutDown(servers ...server) {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
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
