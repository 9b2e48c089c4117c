package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// connectNull starts a null server with values of size bytes and dials it.
func connectNull(t testing.TB, size int) (*client, *counters) {
	t.Helper()
	done := &counters{}
	return dial(t, listen(t, newNullServer(size, done))), done
}

// converse hands an exchange what a connection brings, read by read, and returns
// what it is answered.
func converse(s *nullServer, reads ...string) string {
	e := exchange{server: s}
	var answers strings.Builder
	var data []byte
	for _, read := range reads {
		if data = append(data, read...); !e.over {
			data = data[e.take(data):]
			_ = e.send(&answers)
		}
	}
	return answers.String()
}

const nullStream = "GET /k HTTP/1.1\r\nHost: h\r\n\r\n" +
	"POST / HTTP/1.1\r\nContent-Length: 27\r\nHost: h\r\n\r\nk=GET / HTTP/1.1\r\n\r\n=v\x00\xff=v\r" +
	"POST / HTTP/1.1\r\n\r\n" +
	"HEAD /k HTTP/1.1\r\n\r\n" +
	"GET /k HTTP/1.1\r\nContent-Length: 3\r\n\r\n\r\n\r"

// How a stream is cut into reads makes no difference to the answers.
func TestNullPieces(t *testing.T) {
	t.Parallel()
	s := newNullServer(5, &counters{})
	get, head, post := string(s.open[methodGet]), string(s.open[methodHead]), string(s.open[methodPost])
	for _, tt := range []struct{ name, end, want string }{
		{"open", "", ""},
		{"half a head", "GET /k HTTP/1.1\r\n\r", ""},
		{"half a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk=", ""},
		{"close", "GET /k HTTP/1.1\r\nConnection: close\r\n\r\nGET /k HTTP/1.1\r\n\r\n", string(s.last[methodGet])},
		{"bad", "PUT /k HTTP/1.1\r\n\r\nGET /k HTTP/1.1\r\n\r\n", string(s.refusal)},
	} {
		stream := nullStream + tt.end
		want := get + post + post + head + get + tt.want
		for i := range len(stream) + 1 {
			if got := converse(s, stream[:i], stream[i:]); got != want {
				t.Errorf("%s, cut at %d: %q, want %q", tt.name, i, got, want)
			}
		}
		if got := converse(s, strings.Split(stream, "")...); got != want {
			t.Errorf("%s, byte by byte: %q, want %q", tt.name, got, want)
		}
	}
}

func FuzzNullPieces(f *testing.F) {
	f.Add([]byte(nullStream), uint(10), uint(50))
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n\r\n"), uint(3), uint(3))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n=PUT"), uint(17), uint(40))
	s := newNullServer(5, &counters{})
	f.Fuzz(func(t *testing.T, stream []byte, a, b uint) {
		all := string(stream)
		i := a % uint(len(all)+1)
		j := i + b%uint(len(all)+1-int(i))
		if got, want := converse(s, all[:i], all[i:j], all[j:]), converse(s, all); got != want {
			t.Errorf("%q cut at %d and %d: %q, want %q", all, i, j, got, want)
		}
	})
}

func TestNullConnection(t *testing.T) {
	t.Parallel()
	c, done := connectNull(t, 3)
	c.get("/").is(t, 200, "xxx")
	c.send("HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("HEAD").describes(t, 200, 3)
	c.post("k="+strings.Repeat("v", maxBody-2)).is(t, 200, "Key inserted")

	// Every piece is on its way, and mostly read, before the next is sent.
	for _, piece := range strings.Split("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk=v", "") {
		c.send(piece)
	}
	c.answer("POST").is(t, 200, "Key inserted")

	go func() { _, _ = io.WriteString(c.conn, strings.Repeat("GET /k HTTP/1.1\r\nHost: h\r\n\r\n", 10_000)) }()
	for range 10_000 {
		c.answer("GET").is(t, 200, "xxx")
	}

	c.send("GET /k HTTP/1.1\r\nConnection: close\r\n\r\nGET /k HTTP/1.1\r\n\r\n")
	c.answer("GET").is(t, 200, "xxx", "Connection: close")
	if rest := c.rest(); rest != "" {
		t.Errorf("%q after the last answer", rest)
	}
	if got, want := done.read(), (counts{Gets: 10_003, Posts: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestNullRefusal(t *testing.T) {
	t.Parallel()
	for _, request := range []string{
		"PUT / HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		// Nothing is read before all is written, as a simple client would do.
		fmt.Sprintf("POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", 2*maxBody, strings.Repeat("x", 2*maxBody)),
		longHead(maxNullHead + 1),
	} {
		c, done := connectNull(t, 3)
		c.send(request)
		c.answer("").is(t, 400, "400 Bad Request", "Connection: close")
		if rest := c.rest(); rest != "" {
			t.Errorf("%q after the answer", rest)
		}
		if got, want := done.read(), (counts{Others: 1}); got != want {
			t.Errorf("%.80q: %+v, want %+v", request, got, want)
		}
	}
}

// Clients that go away in the middle of something are forgotten.
func TestNullClientGone(t *testing.T) {
	t.Parallel()
	s := newNullServer(maxNull, &counters{})
	addr := listen(t, s)
	for _, request := range []string{
		"",
		"GET /k HT",
		"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk=",
		strings.Repeat("GET /k HTTP/1.1\r\n\r\n", 100),
	} {
		c := dial(t, addr)
		c.get("/k").is(t, 200, strings.Repeat("x", maxNull))
		c.send(request)
		_ = c.conn.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil || len(s.conns) != 0 {
		t.Errorf("%v, %d connections are left", err, len(s.conns))
	}
}

// Not parallel, since what other tests allocate would count.
func TestNullAllocations(t *testing.T) {
	e := exchange{server: newNullServer(100, &counters{})}
	request := []byte("GET /k HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" +
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nk=v")
	if n := testing.AllocsPerRun(1000, func() {
		e.take(request)
		_ = e.send(io.Discard)
	}); n != 0 {
		t.Errorf("%v allocations for two requests", n)
	}
}

func BenchmarkNull(b *testing.B) {
	client, err := net.Dial("tcp", listen(b, newNullServer(100, &counters{})))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	request := []byte("GET /key-000001 HTTP/1.1\r\nHost: 127.0.0.1:12345\r\nConnection: keep-alive\r\n\r\n")
	answer := make([]byte, 4096)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := client.Write(request); err != nil {
			b.Fatal(err)
		}
		// A small answer comes in one piece.
		if _, err := client.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
}
