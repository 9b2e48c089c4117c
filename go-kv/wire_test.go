package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// guard ends a test that hangs. It decides nothing else.
const guard = 60 * time.Second

// startStore serves s as the stack does on a free port and returns its address.
func startStore(t testing.TB, s service) string {
	t.Helper()
	dataServer, err := newDataServer(s)
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, dataServer)
}

// startServer serves handler on a free port and returns its address.
func startServer(t testing.TB, handler http.Handler) string {
	t.Helper()
	return listen(t, newServer(handler))
}

// listen runs a server on a free port and returns its address.
func listen(t testing.TB, s server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		_ = s.Close()
	})
	return listener.Addr().String()
}

// client speaks HTTP byte by byte, so that nothing is normalised on the way.
type client struct {
	t    testing.TB
	conn *net.TCPConn
	r    *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, guard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(guard)); err != nil {
		t.Fatal(err)
	}
	return &client{t, conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// connect starts a data port with the given keys and values and dials it.
func connect(t testing.TB, pairs ...string) *client {
	t.Helper()
	s := &store{}
	for i := 0; i < len(pairs); i += 2 {
		s.put(pairs[i], []byte(pairs[i+1]))
	}
	return dial(t, startStore(t, service{s, &counters{}}))
}

func (c *client) send(raw string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, raw); err != nil {
		c.t.Fatal(err)
	}
}

// get requests a target as it stands.
func (c *client) get(target string) answer {
	c.t.Helper()
	c.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
	return c.answer("GET")
}

// post sends a body with its length.
func (c *client) post(body string) answer {
	c.t.Helper()
	c.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	return c.answer("POST")
}

// runtime asks an admin port about the server.
func (c *client) runtime() runtimeInfo {
	c.t.Helper()
	var info runtimeInfo
	if err := json.Unmarshal([]byte(c.get("/runtime").body), &info); err != nil {
		c.t.Fatal(err)
	}
	return info
}

// answer is what came back for one request.
type answer struct {
	status  int
	headers []string // "Name: value", sorted, with a date replaced by "now"
	body    string
}

// answer reads one answer to a request with the given method.
func (c *client) answer(method string) answer {
	c.t.Helper()
	status := c.line()
	_, code, _ := strings.Cut(status, " ")
	if len(code) < 3 {
		c.t.Fatalf("status line %q", status)
	}
	number, err := strconv.Atoi(code[:3])
	if err != nil {
		c.t.Fatalf("status line %q", status)
	}
	a := answer{status: number}
	length := 0
	for {
		header := c.line()
		if header == "" {
			break
		}
		name, value, _ := strings.Cut(header, ": ")
		switch name {
		case "Content-Length":
			if length, err = strconv.Atoi(value); err != nil {
				c.t.Fatal(err)
			}
		case "Date":
			if _, err := time.Parse(http.TimeFormat, value); err != nil {
				c.t.Error(err)
			}
			header = "Date: now"
		}
		a.headers = append(a.headers, header)
	}
	slices.Sort(a.headers)
	if method != "HEAD" {
		body := make([]byte, length)
		if _, err := io.ReadFull(c.r, body); err != nil {
			c.t.Fatal(err)
		}
		a.body = string(body)
	}
	return a
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("read %q, then %v", line, err)
	}
	return strings.TrimSuffix(line, "\r\n")
}

// rest reads until the server closes the connection.
func (c *client) rest() string {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if err != nil {
		c.t.Fatalf("read %q, then %v", rest, err)
	}
	return string(rest)
}

// is checks an answer's status, body and complete set of headers.
func (a answer) is(t testing.TB, status int, body string, extra ...string) {
	t.Helper()
	a.describes(t, status, len(body), extra...)
	if a.body != body {
		t.Errorf("body %.80q, want %.80q", a.body, body)
	}
}

// describes checks an answer's status and complete set of headers.
func (a answer) describes(t testing.TB, status, length int, extra ...string) {
	t.Helper()
	want := append([]string{
		fmt.Sprintf("Content-Length: %d", length),
		"Content-Type: text/plain; charset=utf-8",
		"Date: now",
	}, extra...)
	slices.Sort(want)
	if a.status != status || !slices.Equal(a.headers, want) {
		t.Errorf("%d %q, want %d %q", a.status, a.headers, status, want)
	}
}

// chunked encodes body in chunks of at most size bytes.
func chunked(body string, size int) string {
	var b strings.Builder
	for len(body) > 0 {
		n := min(size, len(body))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}
