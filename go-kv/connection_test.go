package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// responses reads answers where t.Fatal may not be called.
type responses struct{ r *bufio.Reader }

// next returns the body of the next answer, or what went wrong.
func (r responses) next(t *testing.T) string {
	response, err := http.ReadResponse(r.r, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

func TestPipelining(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var requests strings.Builder
	for i := range 100 {
		fmt.Fprintf(&requests, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nk=%03d", i)
		requests.WriteString("GET /k HTTP/1.1\r\nHost: h\r\n\r\nHEAD /k HTTP/1.1\r\nHost: h\r\n\r\n")
	}
	// Written by another goroutine: 100 answers need not fit into any buffer.
	go func() { _, _ = io.WriteString(c.conn, requests.String()) }()
	for i := range 100 {
		c.answer("POST").is(t, 200, "Key inserted")
		c.answer("GET").is(t, 200, fmt.Sprintf("%03d", i))
		c.answer("HEAD").describes(t, 200, 3)
	}
}

func TestExpectContinue(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, framing := range []struct{ header, body string }{
		{"Content-Length: 3", "k=v"},
		{"Transfer-Encoding: chunked", chunked("k=v", 2)},
	} {
		c.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + framing.header + "\r\n\r\n")
		if line := c.line(); line != "HTTP/1.1 100 Continue" {
			t.Fatalf("%q before the body", line)
		}
		if line := c.line(); line != "" {
			t.Fatalf("%q after 100 Continue", line)
		}
		c.send(framing.body)
		c.answer("POST").is(t, 200, "Key inserted")
	}
	c.get("/k").is(t, 200, "v")
}

func TestExpectContinueTooLarge(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", maxBody+1))
	// The body is never sent, so that an answer means that nobody waited for it.
	c.answer("POST").is(t, 413, "Body too large", "Connection: close")
	if rest := c.rest(); rest != "" {
		t.Errorf("%q after the answer", rest)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	atLimit := "k=" + strings.Repeat("x", maxBody-2)
	framings := map[string]func(body string) string{
		"length": func(body string) string {
			return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
		},
		"chunked": func(body string) string {
			return "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 60_000)
		},
	}
	for name, framing := range framings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			c.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing(atLimit))
			c.answer("POST").is(t, 200, "Key inserted")
			c.get("/k").is(t, 200, atLimit[2:])

			c.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing(atLimit+"x"))
			c.answer("POST").is(t, 413, "Body too large", "Connection: close")
			if rest := c.rest(); rest != "" {
				t.Errorf("%q after the answer", rest)
			}
		})
		t.Run(name+", still sending", func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			// Nothing is read before all is written, as a simple client would do.
			c.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing(atLimit+atLimit))
			c.answer("POST").is(t, 413, "Body too large", "Connection: close")
			if rest := c.rest(); rest != "" {
				t.Errorf("%q after the answer", rest)
			}
		})
	}
}

// An endless body must be answered, although it never ends.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Content-Length: 9000000000000000000", "Transfer-Encoding: chunked"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			c.send("POST / HTTP/1.1\r\nHost: h\r\n" + header + "\r\n\r\n")
			chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
			go func() {
				for {
					if _, err := io.WriteString(c.conn, chunk); err != nil {
						return
					}
				}
			}()
			c.answer("POST").is(t, 413, "Body too large", "Connection: close")
		})
	}
}

func TestMalformedBody(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n")
	c.answer("POST").is(t, 400, "400 Bad Request", "Connection: close")
}

func TestTruncatedBody(t *testing.T) {
	t.Parallel()
	s := &store{}
	c := dial(t, startStore(t, service{s, &counters{}}))
	c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nk=v")
	if err := c.conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.answer("POST").is(t, 400, "400 Bad Request", "Connection: close")
	if got := s.keys(); got != 0 {
		t.Errorf("%d keys from half a body", got)
	}
}

// A body is never taken for the next request, also where nobody wants it.
func TestUnwantedBody(t *testing.T) {
	t.Parallel()
	smuggled := "GET /secret HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, tt := range []struct{ name, body string }{
		{"short", smuggled},
		{"long", strings.Repeat(smuggled, 1_500_000/len(smuggled))},
	} {
		for _, framing := range []string{"length", "chunked"} {
			t.Run(tt.name+" "+framing, func(t *testing.T) {
				t.Parallel()
				c := connect(t, "k", "v", "secret", "!")
				rest := fmt.Sprintf("Host: h\r\nContent-Length: %d\r\n\r\n%s", len(tt.body), tt.body)
				if framing == "chunked" {
					rest = "Host: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(tt.body, 60_000)
				}
				c.send("GET /k HTTP/1.1\r\n" + rest)
				c.answer("GET").is(t, 200, "v")
				c.send("PUT /k HTTP/1.1\r\n" + rest + "GET /k HTTP/1.1\r\nHost: h\r\n\r\n")
				c.answer("PUT").is(t, 405, "Method not allowed", "Allow: GET, HEAD")
				c.answer("GET").is(t, 200, "v")
			})
		}
	}
}

func TestHTTP10(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, header string }{
		{"plain", ""},
		{"keep-alive", "Connection: keep-alive\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, "k", "v")
			c.send("GET /k HTTP/1.0\r\n" + tt.header + "\r\n")
			answer := c.answer("GET")
			if tt.header == "" && !slices.Contains(answer.headers, "Connection: close") {
				// Whoever has not asked for keep-alive need not be told.
				answer.headers = append(answer.headers, "Connection: close")
				slices.Sort(answer.headers)
			}
			answer.is(t, 200, "v", "Connection: close")
			if rest := c.rest(); rest != "" {
				t.Errorf("%q after the answer", rest)
			}
		})
	}
}

func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.get("/"+strings.Repeat("k", maxHead/2)).is(t, 404, "Key not found")
	// Sent from another goroutine: the server stops reading somewhere in it.
	go func() {
		_, _ = io.WriteString(c.conn, "GET /"+strings.Repeat("k", 2*maxHead)+" HTTP/1.1\r\nHost: h\r\n\r\n")
	}()
	if line := c.line(); line != "HTTP/1.1 431 Request Header Fields Too Large" {
		t.Errorf("%q", line)
	}
}
