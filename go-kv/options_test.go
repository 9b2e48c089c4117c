package main

import (
	"errors"
	"flag"
	"runtime"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	defaults := options{addr: "127.0.0.1:0", adminAddr: "127.0.0.1:0", workers: runtime.GOMAXPROCS(0)}
	with := func(change func(*options)) options {
		o := defaults
		change(&o)
		return o
	}
	for _, tt := range []struct {
		args string
		want options
	}{
		{"", defaults},
		{"--addr 127.0.0.1:80", with(func(o *options) { o.addr = "127.0.0.1:80" })},
		{"-addr=[::1]:65535", with(func(o *options) { o.addr = "[::1]:65535" })},
		{"--admin-addr localhost:0", with(func(o *options) { o.adminAddr = "localhost:0" })},
		{"--workers=7", with(func(o *options) { o.workers = 7 })},
		{"--null 0", with(func(o *options) { o.null = true })},
		{"--null=1048512", with(func(o *options) { o.null, o.nullBytes = true, maxNull })},
		{"--version", with(func(o *options) { o.version = true })},
	} {
		got, err := parseOptions(strings.Fields(tt.args), nil)
		if err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v", tt.args, got, err)
		}
	}
}

func TestParseOptionsErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"--port 80", "flag provided but not defined: -port"},
		{"--workers", "flag needs an argument: -workers"},
		{"--workers two", `invalid value "two" for flag -workers: parse error`},
		{"--workers 0", "--workers must be between 1 and 512, not 0"},
		{"--workers 513", "--workers must be between 1 and 512, not 513"},
		{"--null", "flag needs an argument: -null"},
		{"--null much", `invalid value "much" for flag -null: parse error`},
		{"--null -1", "--null must be between 0 and 1048512, not -1"},
		{"--null 1048513", "--null must be between 0 and 1048512, not 1048513"},
		{"serve", `unexpected argument "serve"`},
		{"--workers 1 2", `unexpected argument "2"`},
		{"--addr 80", `--addr must be HOST:PORT, not "80"`},
		{"--addr :80", `--addr must be HOST:PORT, not ":80"`},
		{"--addr 127.0.0.1:http", `--addr must be HOST:PORT, not "127.0.0.1:http"`},
		{"--admin-addr 127.0.0.1:65536", `--admin-addr must be HOST:PORT, not "127.0.0.1:65536"`},
	} {
		_, err := parseOptions(strings.Fields(tt.args), nil)
		var usage usageError
		if !errors.As(err, &usage) || err.Error() != tt.want {
			t.Errorf("%q: %v", tt.args, err)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"--help", "-help", "-h"} {
		var out strings.Builder
		if _, err := parseOptions([]string{arg}, &out); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s: %v", arg, err)
		}
		if out.String() != usage {
			t.Errorf("%s printed %q", arg, out.String())
		}
	}
}
