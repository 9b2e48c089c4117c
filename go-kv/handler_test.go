package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestGet(t *testing.T) {
	t.Parallel()
	c := connect(t,
		"k", "v", "/", "slash", "//", "two slashes", "..", "dots", "a/../b", "not cleaned",
		"a/b", "nested", "a//b", "not merged", "%2F", "literal escape", "a+b", "plus", "a b", "space",
		"\xff\x00", "bytes", "é", "utf-8", "a#b", "hash", "a?b", "question mark", "http://x/", "an address",
		"empty", "", "binary", "\x00\r\n=\xff", "<html>", "<html>", "long", strings.Repeat("x", 100_000),
	)
	for _, tt := range []struct{ target, value string }{
		{"/k", "v"},
		{"/%6b", "v"},
		{"/k?", "v"},
		{"/k?x=%zz", "v"},
		{"http://other/k", "v"},
		{"//", "slash"},
		{"/%2F", "slash"},
		{"/%2f", "slash"},
		{"///", "two slashes"},
		{"/..", "dots"},
		{"/%2e.", "dots"},
		{"/a/../b", "not cleaned"},
		{"/a/b", "nested"},
		{"/a%2Fb", "nested"},
		{"/a//b", "not merged"},
		{"/%252F", "literal escape"},
		{"/a+b", "plus"},
		{"/a%2Bb", "plus"},
		{"/a%20b", "space"},
		{"/%FF%00", "bytes"},
		{"/\xff%00", "bytes"},
		{"/é", "utf-8"},
		{"/%C3%A9", "utf-8"},
		{"/a%23b", "hash"},
		{"/a%3Fb", "question mark"},
		{"/http://x/", "an address"},
		{"/empty", ""},
		{"/binary", "\x00\r\n=\xff"},
		{"/%3Chtml%3E", "<html>"},
		{"/long", strings.Repeat("x", 100_000)},
	} {
		t.Run(tt.target, func(t *testing.T) {
			c.get(tt.target).is(t, 200, tt.value)
			c.send("HEAD " + tt.target + " HTTP/1.1\r\nHost: h\r\n\r\n")
			c.answer("HEAD").describes(t, 200, len(tt.value))
		})
	}
}

func TestGetWithoutValue(t *testing.T) {
	t.Parallel()
	c := connect(t, "a", "1")
	for _, tt := range []struct {
		target, body string
		status       int
	}{
		{"/absent", "Key not found", 404},
		{"//a", "Key not found", 404},
		{"/a/", "Key not found", 404},
		{"/x/../a", "Key not found", 404},
		{"/", "Key cannot be empty", 400},
		{"/?a", "Key cannot be empty", 400},
		{"http://h", "Key cannot be empty", 400},
		{"http://h/", "Key cannot be empty", 400},
	} {
		t.Run(tt.target, func(t *testing.T) {
			c.get(tt.target).is(t, tt.status, tt.body)
			c.send("HEAD " + tt.target + " HTTP/1.1\r\nHost: h\r\n\r\n")
			c.answer("HEAD").describes(t, tt.status, len(tt.body))
		})
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, tt := range []struct{ body, target, value string }{
		{"k=v", "/k", "v"},
		{"k=w", "/k", "w"},
		{"k=", "/k", ""},
		{"k=a=b==", "/k", "a=b=="},
		{"k==", "/k", "="},
		{"k=\x00\xff\r\n", "/k", "\x00\xff\r\n"},
		{"a%20b=1", "/a%2520b", "1"},
		{"a b=1", "/a%20b", "1"},
		{"a+b=1", "/a+b", "1"},
		{"/=1", "//", "1"},
		{"a&b=1&c=2", "/a&b", "1&c=2"},
		{"\xff\n=1", "/%FF%0A", "1"},
		{strings.Repeat("k", 5000) + "=1", "/" + strings.Repeat("k", 5000), "1"},
	} {
		t.Run(fmt.Sprintf("%.20q", tt.body), func(t *testing.T) {
			c.post(tt.body).is(t, 200, "Key inserted")
			c.get(tt.target).is(t, 200, tt.value)
		})
	}
	for _, body := range []string{"", "k", "=", "=v", "==", "k\x00v"} {
		t.Run(fmt.Sprintf("%q", body), func(t *testing.T) {
			c.post(body).is(t, 400, "Invalid format: expected key=value")
		})
	}
}

func TestPostTargetsAndTypes(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for i, head := range []string{
		"POST / HTTP/1.1\r\nHost: h\r\n",
		"POST /?query=ignored HTTP/1.1\r\nHost: h\r\n",
		"POST http://other HTTP/1.1\r\nHost: h\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data\r\n",
	} {
		c.send(fmt.Sprintf("%sContent-Length: 4\r\n\r\n%d=%%3", head, i))
		c.answer("POST").is(t, 200, "Key inserted")
		c.get(fmt.Sprintf("/%d", i)).is(t, 200, "%3")
	}
	c.send("POST / HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("POST").is(t, 400, "Invalid format: expected key=value")
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	c := connect(t)
	const root, key = "Allow: GET, HEAD, POST", "Allow: GET, HEAD"
	for _, tt := range []struct{ line, allow string }{
		{"PUT /", root},
		{"DELETE /?x", root},
		{"OPTIONS /", root},
		{"TRACE /", root},
		{"get /", root},
		{"POST /k", key},
		{"POST //", key},
		{"POST /%2F", key},
		{"PUT /k", key},
		{"PATCH /k", key},
		{"BREW /k", key},
		{"OPTIONS *", key},
	} {
		t.Run(tt.line, func(t *testing.T) {
			c.send(tt.line + " HTTP/1.1\r\nHost: h\r\n\r\n")
			c.answer("").is(t, 405, "Method not allowed", tt.allow)
		})
	}
}

// The bytes of this answer are net/http's own; others may have the headers that it
// leaves out.
func TestRefusedTargets(t *testing.T) {
	t.Parallel()
	optional := regexp.MustCompile(`Date: .*\r\n|Content-Length: 15\r\n`)
	addr := startStore(t, service{&store{}, &counters{}})
	for _, target := range []string{
		"/%zz", "/%4", "/%", "/a%", "/%%", "/%2", "/ok/%G0",
		"/\x01", "/\x7f", "/?\x01", "/a b", "k", "",
	} {
		t.Run(fmt.Sprintf("%q", target), func(t *testing.T) {
			t.Parallel()
			c := dial(t, addr)
			c.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
			const want = "HTTP/1.1 400 Bad Request\r\n" +
				"Content-Type: text/plain; charset=utf-8\r\n" +
				"Connection: close\r\n\r\n" +
				"400 Bad Request"
			if got := optional.ReplaceAllString(c.rest(), ""); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	s := &store{}
	addr := startStore(t, service{s, &counters{}})
	const writers, rounds, keys = 8, 50, 10
	var group sync.WaitGroup
	for w := range writers {
		c := dial(t, addr)
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range rounds {
				// Every writer shares some keys with all others and has one to itself.
				shared, own := i%keys, fmt.Sprintf("own-%d", w)
				for _, body := range []string{
					fmt.Sprintf("shared-%d=%d", shared, i),
					fmt.Sprintf("%s=%d", own, i),
				} {
					if _, err := fmt.Fprintf(c.conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s"+
						"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", len(body), body, own); err != nil {
						t.Error(err)
						return
					}
				}
			}
		}()
		group.Add(1)
		go func() {
			defer group.Done()
			r := responses{c.r}
			for i := range rounds {
				inserted, before := r.next(t), r.next(t)
				again, after := r.next(t), r.next(t)
				if inserted != "Key inserted" || again != "Key inserted" || after != fmt.Sprint(i) {
					t.Errorf("round %d: %q %q %q %q", i, inserted, before, again, after)
					return
				}
			}
		}()
	}
	group.Wait()
	if got := s.keys(); got != writers+keys {
		t.Errorf("%d keys, want %d", got, writers+keys)
	}
}
