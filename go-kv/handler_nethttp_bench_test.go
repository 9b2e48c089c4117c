//go:build !stack_fasthttp

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// blackHole is an answer that nobody reads. It keeps its header, so that what is
// counted is what the handler allocates.
type blackHole struct{ header http.Header }

func (b *blackHole) Header() http.Header         { return b.header }
func (b *blackHole) WriteHeader(int)             {}
func (b *blackHole) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkGetHit(b *testing.B) {
	for _, size := range []int{16, 1024, 65536} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			s := service{&store{}, &counters{}}
			s.store.put("key-000001", make([]byte, size))
			h := newStack(&kvHandler{s})
			r := &http.Request{Method: "GET", ProtoMajor: 1, ProtoMinor: 1, URL: &url.URL{Path: "/key-000001"}, Body: http.NoBody}
			w := &blackHole{http.Header{}}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkPost(b *testing.B) {
	for _, size := range []int{16, 1024, 65536} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			h := newStack(&kvHandler{service{&store{}, &counters{}}})
			body := strings.NewReader("key-000001=" + strings.Repeat("x", size))
			r := &http.Request{
				Method: "POST", ProtoMajor: 1, ProtoMinor: 1, URL: &url.URL{Path: "/"},
				Body: io.NopCloser(body), ContentLength: body.Size(),
			}
			w := &blackHole{http.Header{}}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				_, _ = body.Seek(0, io.SeekStart)
				h.ServeHTTP(w, r)
			}
		})
	}
}
