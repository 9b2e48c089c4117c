package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestParseHead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		head string
		want nullRequest
	}{
		{"GET / HTTP/1.1\r\n\r\n", nullRequest{method: methodGet}},
		{"GET /%zz?x HTTP/1.1\r\nHost: h\r\nX:\r\n\r\n", nullRequest{method: methodGet}},
		{"HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n", nullRequest{method: methodHead}},
		{"POST / HTTP/1.1\r\n\r\n", nullRequest{method: methodPost}},
		{"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", nullRequest{methodPost, true, 0, false}},
		{"POST / HTTP/1.1\r\ncontent-LENGTH:1048576\r\n\r\n", nullRequest{methodPost, true, maxBody, false}},
		{"GET / HTTP/1.1\r\nContent-Length: \t007 \r\n\r\n", nullRequest{methodGet, true, 7, false}},
		{"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n", nullRequest{method: methodGet}},
		{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", nullRequest{method: methodGet, close: true}},
		{"GET / HTTP/1.1\r\nCONNECTION:a,\t,Close ,b\r\n\r\n", nullRequest{method: methodGet, close: true}},
		{"GET / HTTP/1.1\r\nConnection: close\r\nConnection: a\r\n\r\n", nullRequest{method: methodGet, close: true}},
		{"GET / HTTP/1.1\r\nConnection: closed\r\n\r\n", nullRequest{method: methodGet}},
		{"GET / HTTP/1.1\r\nX: close\r\nX-Content-Length: 9\r\n\r\n", nullRequest{method: methodGet}},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", nullRequest{method: methodGet, close: true}},
		{longHead(maxNullHead), nullRequest{method: methodGet}},
	} {
		got, size, err := parseHead([]byte(tt.head + "GET"))
		if got != tt.want || size != len(tt.head) || err != nil {
			t.Errorf("%.80q: %+v, %d, %v", tt.head, got, size, err)
		}
		for i := range min(len(tt.head), 1000) {
			if _, size, err := parseHead([]byte(tt.head[:i])); size != 0 || err != nil {
				t.Fatalf("first %d bytes of %.80q: %d, %v", i, tt.head, size, err)
			}
		}
	}
}

func TestParseBadHead(t *testing.T) {
	t.Parallel()
	post := func(headers string) string { return "POST / HTTP/1.1\r\n" + headers + "\r\n\r\n" }
	for _, head := range []string{
		"\r\n\r\n",
		"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"PUT / HTTP/1.1\r\n\r\n",
		"get / HTTP/1.1\r\n\r\n",
		"GET\r\n\r\n",
		"GET HTTP/1.1\r\n\r\n",
		"GET  HTTP/1.1\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / \r\n\r\n",
		"GET / HTTP/2\r\n\r\n",
		"GET / HTTP/1.1 \r\n\r\n",
		"GET /a b HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\nHost: h\r\n\r\n",
		post("Host"),
		post(": h"),
		post("Host: h\nContent-Length: 1"),
		post("Content-Length : 1"),
		post(" Content-Length: 1"),
		post("Host: h\r\n\tfolded: 1"),
		post("Content-Length: 1\r\nContent-Length: 1"),
		post("Content-Length: 0\r\nContent-Length: 1"),
		post("Content-Length:"),
		post("Content-Length: -1"),
		post("Content-Length: +1"),
		post("Content-Length: 0x1"),
		post("Content-Length: 1, 1"),
		post("Content-Length: 1048577"),
		post("Content-Length: 99999999999999999999"),
		post("Transfer-Encoding: chunked"),
		post("transfer-encoding: identity"),
		post("Expect: 100-continue"),
		longHead(maxNullHead + 1),
		strings.Repeat("x", maxNullHead),
	} {
		if _, size, err := parseHead([]byte(head)); size != 0 || !errors.Is(err, errBadHead) {
			t.Errorf("%.80q: %d, %v", head, size, err)
		}
	}
}

// longHead returns a head of the given size.
func longHead(size int) string {
	const around = "GET / HTTP/1.1\r\n\r\n"
	return "GET /" + strings.Repeat("k", size-len(around)) + around[5:]
}

// FuzzParseHead compares with net/http, which is the stricter one of the two
// about anything but framing.
func FuzzParseHead(f *testing.F) {
	for _, header := range []string{
		"Host: h", "Content-Length: 5", "Content-Length: 5\r\nContent-Length: 6", "Connection: close",
		"Connection: a, close", "connection:CLOSE\r\nX: y", "Transfer-Encoding: chunked", "Content-Length : 1", "a: b\n c",
	} {
		f.Add("GET", header)
		f.Add("POST", header)
	}
	f.Fuzz(func(t *testing.T, method, headers string) {
		raw := fmt.Sprintf("%s / HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n", method, headers)
		got, size, err := parseHead([]byte(raw))
		theirs, theirErr := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil || size == 0 || theirErr != nil || theirs.ProtoMinor == 0 {
			return
		}
		name := [methods]string{methodGet: "GET", methodHead: "HEAD", methodPost: "POST"}[got.method]
		if name != theirs.Method || int64(got.length) != theirs.ContentLength || got.close != theirs.Close {
			t.Errorf("%q: %+v, but net/http says %s, %d, %v", raw, got, theirs.Method, theirs.ContentLength, theirs.Close)
		}
	})
}
