package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
)

const usage = `go-kv: an in-memory key-value store behind HTTP/1.1

Usage: go-kv [flags]

  --addr HOST:PORT        where the store listens; port 0 takes a free one
                          (default 127.0.0.1:0)
  --admin-addr HOST:PORT  where the admin port listens (default 127.0.0.1:0)
  --workers N             GOMAXPROCS, 1 to 512
                          (default: the CPUs that this process may run on)
  --null BYTES            store nothing, and answer every GET with BYTES bytes
                          (0 to 1048512; default: off)
  --version               print the version and exit
  --help                  print this and exit

It prints one line of JSON once both ports accept connections, and drains and
exits on SIGTERM, SIGINT or the end of standard input.
`

// options is the command line, parsed and checked.
type options struct {
	addr      string
	adminAddr string
	workers   int
	null      bool // whether to store nothing and answer with nullBytes bytes
	nullBytes int
	version   bool
}

// usageError is a command line that cannot be made sense of.
type usageError struct{ error }

// parseOptions returns checked options, flag.ErrHelp after it has written the
// help to stdout, or a usageError.
func parseOptions(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	// The flag package would print its error and the whole usage by itself.
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "")
	flags.StringVar(&o.adminAddr, "admin-addr", "127.0.0.1:0", "")
	// The runtime's own choice already respects the CPU affinity mask.
	flags.IntVar(&o.workers, "workers", min(runtime.GOMAXPROCS(0), maxWorkers), "")
	flags.IntVar(&o.nullBytes, "null", 0, "")
	flags.BoolVar(&o.version, "version", false, "")

	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		if _, err := io.WriteString(stdout, usage); err != nil {
			return o, err
		}
		return o, flag.ErrHelp
	} else if err != nil {
		return o, usageError{err}
	}
	if flags.NArg() > 0 {
		return o, usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	if o.workers < 1 || o.workers > maxWorkers {
		return o, usageError{fmt.Errorf("--workers must be between 1 and %d, not %d", maxWorkers, o.workers)}
	}
	if o.nullBytes < 0 || o.nullBytes > maxNull {
		return o, usageError{fmt.Errorf("--null must be between 0 and %d, not %d", maxNull, o.nullBytes)}
	}
	// Null bytes are something else than no --null.
	flags.Visit(func(f *flag.Flag) { o.null = o.null || f.Name == "null" })
	if err := checkAddr(o.addr); err != nil {
		return o, usageError{fmt.Errorf("--addr %w", err)}
	}
	if err := checkAddr(o.adminAddr); err != nil {
		return o, usageError{fmt.Errorf("--admin-addr %w", err)}
	}
	return o, nil
}

// checkAddr rejects what is not HOST:PORT. An empty host, which net.Listen would
// take for every interface, is refused: opening a port to the world should not
// look like leaving something out.
func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err == nil && host != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return nil
		}
	}
	return fmt.Errorf("must be HOST:PORT, not %q", addr)
}
