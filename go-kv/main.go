// Command go-kv is an in-memory key-value store behind HTTP/1.1: the Go side of
// the comparison that kvbench makes. Its answers, its flags and how it starts
// and stops are laid down in docs/contract.md, next to this module.
//
// It is net/http and sync.Map as they come, with the garbage collector's
// default settings, because that is what the comparison is about: tags put
// others in their places, to be compared with these. The few places that save
// an allocation say so. With --null it is neither, and shows what is left of the
// cost of a request then.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const (
	name    = "go-kv"
	version = "0.1.0"
)

func main() {
	// The signals stay caught until the process ends: an interrupt typed at a
	// terminal reaches the whole process group and is often followed by a SIGTERM
	// from the parent, and that second one must not spoil a clean exit.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := recorded(func() error { return run(ctx, os.Args[1:], os.Stdin, os.Stdout) })
	os.Exit(report(os.Stderr, err))
}

// report writes what went wrong, if anything did, and returns the exit status.
func report(stderr io.Writer, err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v\nTry '%s --help'.\n", name, err, name)
		return 2
	default:
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 1
	}
}

// listening is the line that tells the parent where to connect.
type listening struct {
	Event     string `json:"event"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Addr      string `json:"addr"`
	AdminAddr string `json:"adminAddr"`
	PID       int    `json:"pid"`
	Workers   int    `json:"workers"`
}

// run serves until ctx is done or stdin ends, drains, and returns nil; it
// returns an error when it cannot start or can no longer accept connections.
func run(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	opts, err := parseOptions(args, stdout)
	if err != nil {
		return err
	}
	if opts.version {
		_, err := fmt.Fprintln(stdout, name, version)
		return err
	}
	started := time.Now()
	runtime.GOMAXPROCS(opts.workers)

	// Listen on both first, serve after: a taken port fails before anything runs.
	data, err := net.Listen("tcp", opts.addr)
	if err != nil {
		return err
	}
	defer data.Close()
	admin, err := net.Listen("tcp", opts.adminAddr)
	if err != nil {
		return err
	}
	defer admin.Close()

	store, counters := &store{}, &counters{}
	dataServer, err := newDataServer(service{store, counters})
	if err != nil {
		return err
	}
	if opts.null {
		dataServer = newNullServer(opts.nullBytes, counters)
	}
	adminServer := newServer(&adminHandler{store, counters, opts.workers, started})
	failed := make(chan error, 2)
	go func() { failed <- dataServer.Serve(countingListener{data, &counters.connections}) }()
	go func() { failed <- adminServer.Serve(admin) }()
	defer shutDown(dataServer, adminServer)

	line := listening{
		"listening", name, version,
		data.Addr().String(), admin.Addr().String(), os.Getpid(), opts.workers,
	}
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}

	select {
	case <-ctx.Done():
	case <-ended(stdin):
	case err := <-failed:
		return err
	}
	return nil
}

// ended returns a channel that is closed once r has nothing more to give. The
// goroutine behind it may stay blocked in Read; nobody waits for it.
func ended(r io.Reader) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A failing standard input is as good as an ended one: either way the
		// parent can no longer be heard.
		_, _ = io.Copy(io.Discard, r)
	}()
	return done
}
