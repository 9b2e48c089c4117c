//go:build kvprofile

package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestProfileIsWhereItIsAskedFor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "profile")
	t.Setenv("KV_PROFILE", name)
	p := serve(t)
	dial(t, p.Addr).post("k=v").is(t, 200, "Key inserted")
	p.signal(syscall.SIGTERM)
	p.exitsCleanly()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	// The names of its types stand in it whether or not anything was seen.
	if text, err := io.ReadAll(unzipped); err != nil || !bytes.Contains(text, []byte("nanoseconds")) {
		t.Errorf("%v, %q", err, text)
	}
}

func TestProfileErrors(t *testing.T) {
	for _, name := range []string{"", t.TempDir()} {
		t.Setenv("KV_PROFILE", name)
		p := start(t)
		if _, stderr, status := p.exit(); status != 1 || stderr == "" {
			t.Errorf("%q: exit %d, %q", name, status, stderr)
		}
	}
}
