//go:build !stack_fasthttp

package main

import (
	"errors"
	"net/http"
	"strings"
)

// kvHandler is the data port on net/http: all that the contract knows of, by itself.
// A stack with a router has it route what it can, and leaves the rest to this.
type kvHandler struct{ service }

// newDataServer returns the data port as the stack has it.
func newDataServer(s service) (server, error) {
	handler, err := injected(newStack(&kvHandler{s}))
	if err != nil {
		return nil, err
	}
	return newServer(handler), nil
}

// ServeHTTP takes every path as it is.
func (h *kvHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := keyOf(r)
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		h.serveGet(w, r, key)
	case r.Method == http.MethodPost && key == "":
		h.servePost(w, r)
	default:
		dropBody(r)
		send(w, r, h.other(key))
	}
}

// keyOf returns the key that a path names. net/http has decoded it once, and refused
// malformed escapes. The path is empty in `GET http://host HTTP/1.1`, which by RFC
// 9112 means `/`.
func keyOf(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") }

func (h *kvHandler) serveGet(w http.ResponseWriter, r *http.Request, key string) {
	dropBody(r)
	send(w, r, h.get(key))
}

func (h *kvHandler) servePost(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	switch {
	case err == nil:
		send(w, r, h.post(body))
	case errors.Is(err, errTooLarge):
		send(w, r, h.refuse(bodyTooLarge))
	default:
		send(w, r, h.refuse(badRequest))
	}
}
