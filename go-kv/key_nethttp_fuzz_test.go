//go:build !stack_fasthttp

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask hands a raw request to the handler as the server would read it; nil means
// that net/http refused it.
func ask(h http.Handler, raw string) *httptest.ResponseRecorder {
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return nil
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder
}

// FuzzKey stores any key and reads it back through its percent-encoded path.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{"k", "/", "//", "..", "a/../b", "%2F", "%zz", "+", " ", "\x00", "\xff\xfe", "é", "?", "#", "*"} {
		f.Add([]byte(seed), []byte("v="+seed))
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if len(key) == 0 || bytes.IndexByte(key, '=') >= 0 || len(key)+len(value) > maxBody/2 {
			t.Skip()
		}
		h := newStack(&kvHandler{service{&store{}, &counters{}}})
		post := ask(h, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s=%s",
			len(key)+1+len(value), key, value))
		if post == nil || post.Code != 200 {
			t.Fatalf("POST of %q: %v", key, post)
		}
		var path strings.Builder
		for _, b := range key {
			fmt.Fprintf(&path, "%%%02X", b)
		}
		get := ask(h, "GET /"+path.String()+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if get == nil || get.Code != 200 || !bytes.Equal(get.Body.Bytes(), value) {
			t.Fatalf("GET of %q: %v", key, get)
		}
	})
}

// FuzzTarget checks that whatever target gets through to the handler is answered
// in one of the ways that the contract knows.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/", "/k", "//", "/..", "/%2F", "/%zz", "/?", "*", "http://h", "http://h/k", "http:k", "/a b", "/\xff"} {
		f.Add("GET", seed)
		f.Add("POST", seed)
	}
	f.Fuzz(func(t *testing.T, method, target string) {
		answer := ask(newStack(&kvHandler{service{&store{}, &counters{}}}), method+" "+target+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if answer == nil {
			return
		}
		switch answer.Code {
		case 400, 404, 405:
		default:
			t.Errorf("%s %q: %d", method, target, answer.Code)
		}
		if got, want := answer.Header().Get("Content-Type"), plainText[0]; got != want {
			t.Errorf("%s %q: Content-Type %q", method, target, got)
		}
	})
}
