//go:build stack_chi

package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// newStack is net/http with chi's router, without middleware.
func newStack(h *kvHandler) http.Handler {
	get := func(w http.ResponseWriter, r *http.Request) {
		key := chi.URLParam(r, "*")
		if r.URL.RawPath != "" {
			// chi has routed by that, and has the key with its escapes.
			key = keyOf(r)
		}
		h.serveGet(w, r, key)
	}
	router := chi.NewRouter()
	router.Get("/*", get)
	router.Head("/*", get)
	router.Post("/", h.servePost)
	router.MethodNotAllowed(h.ServeHTTP)
	router.NotFound(h.ServeHTTP) // `*`, which is no path
	return router
}
