//go:build stack_pool

package main

import "net/http"

// poolSize is how many requests are worked on at a time, fixed as articles have it.
// It is more than the connections of most loads, so what a pool costs is handing
// over, and seldom waiting. A client that lets a worker wait for its body has that
// worker meanwhile: so many of them are enough to let all others wait.
const poolSize = 64

// job is a request that waits for a worker.
type job struct {
	w    http.ResponseWriter
	r    *http.Request
	done chan<- struct{}
}

// newStack is net/http before a pool of workers: the goroutine that net/http has for
// a connection only reads heads, and waits.
func newStack(h *kvHandler) http.Handler {
	jobs := make(chan job)
	for range poolSize {
		go func() {
			for j := range jobs {
				h.ServeHTTP(j.w, j.r)
				close(j.done)
			}
		}()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done := make(chan struct{})
		jobs <- job{w, r, done}
		<-done
	})
}
