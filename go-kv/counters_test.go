package main

import (
	"strings"
	"testing"
	"unsafe"
)

func TestCounters(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := dial(t, p.AdminAddr)
	var want counts
	// All that a client has been answered is counted by then.
	counted := func(what string) {
		t.Helper()
		if got := admin.runtime().Counters; got != want {
			t.Errorf("after %s: %+v, want %+v", what, got, want)
		}
	}
	counted("nothing")

	c := dial(t, p.Addr)
	want.Connections++
	for _, tt := range []struct {
		request string
		counter *int64
		status  int
	}{
		{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nk=v", &want.Posts, 200},
		{"GET /k HTTP/1.1\r\nHost: h\r\n\r\n", &want.Gets, 200},
		{"GET /absent HTTP/1.1\r\nHost: h\r\n\r\n", &want.Misses, 404},
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", &want.Others, 400},
		{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nk", &want.Others, 400},
		{"PUT /k HTTP/1.1\r\nHost: h\r\n\r\n", &want.Others, 405},
		{"POST /k HTTP/1.1\r\nHost: h\r\n\r\n", &want.Others, 405},
	} {
		*tt.counter++
		if tt.status == 404 {
			want.Gets++
		}
		c.send(tt.request)
		if got := c.answer("").status; got != tt.status {
			t.Errorf("%q: %d, want %d", tt.request, got, tt.status)
		}
		counted(tt.request)
	}

	c.send("HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("HEAD").describes(t, 200, 1)
	c.send("HEAD /absent HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("HEAD").describes(t, 404, 13)
	want.Gets, want.Misses = want.Gets+2, want.Misses+1
	counted("HEAD")

	c.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n")
	c.answer("POST").is(t, 400, "400 Bad Request", "Connection: close")
	want.Others++
	counted("a malformed body")

	c = dial(t, p.Addr)
	c.post("k="+strings.Repeat("x", maxBody)).is(t, 413, "Body too large", "Connection: close")
	want.Connections, want.Others = want.Connections+1, want.Others+1
	counted("a body too large")

	// net/http answers this one without the handler, and others count it as little.
	c = dial(t, p.Addr)
	c.send("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n")
	c.rest()
	want.Connections++
	counted("a malformed escape")
}

func TestCountersShareNoCacheLine(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(counter{}); size != 64 {
		t.Errorf("a counter takes %d bytes", size)
	}
}
