//go:build stack_mux

package main

import (
	"net/http"
	"strings"
)

// newStack is net/http with its router, whose patterns know methods since Go 1.22.
func newStack(h *kvHandler) http.Handler {
	mux := http.NewServeMux()
	// HEAD too: that is net/http's.
	mux.HandleFunc("GET /{key...}", func(w http.ResponseWriter, r *http.Request) {
		h.serveGet(w, r, r.PathValue("key"))
	})
	mux.HandleFunc("POST /{$}", h.servePost)
	mux.Handle("/", h) // other methods

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isClean(r.URL.Path) {
			mux.ServeHTTP(w, r)
		} else {
			h.ServeHTTP(w, r)
		}
	})
}

// isClean is whether ServeMux takes a path as it is. It would redirect `//`, `.` and
// `..` to what it makes of them, where they are keys, and refuse `*` by itself.
func isClean(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}
