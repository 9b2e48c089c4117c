//go:build stack_fasthttp

package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
)

// FuzzTargetKey holds keys to what net/url makes of a target. What the contract leaves
// open is left out, and what fasthttp refuses before it asks for a key.
func FuzzTargetKey(f *testing.F) {
	for _, seed := range []string{
		"/", "/k", "//", "/..", "/%2F", "/%zz", "/%", "/a%4", "/?%zz", "/k?a?b/c", "/a+b", "/%252F", "/%ff%00",
		"*", "http://h", "http://h/", "http://h/k?x", "http://h//k", "http://h?/k", "/http://h/k",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, target []byte) {
		isURL := bytes.HasPrefix(target, []byte("http://h/")) || bytes.HasPrefix(target, []byte("http://h?"))
		if !isURL && !bytes.HasPrefix(target, []byte("/")) && string(target) != "*" {
			t.Skip()
		}
		for _, b := range target {
			if b < ' ' || b == 0x7f {
				t.Skip()
			}
		}
		u, err := url.ParseRequestURI(string(target))
		key, ok := targetKey(target)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, and net/url says %v", target, ok, err)
		}
		if ok && key != strings.TrimPrefix(u.Path, "/") {
			t.Errorf("%q: %q, want %q", target, key, u.Path)
		}
	})
}
