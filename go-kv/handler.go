package main

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Header values that every answer can share, so that none of them allocates:
// net/http only reads them. The assignments below use canonical keys and go past
// Header.Set, which would wrap each string in a new slice.
var (
	plainText       = []string{"text/plain; charset=utf-8"}
	closeConnection = []string{"close"}
	allowOnRoot     = []string{"GET, HEAD, POST"}
	allowOnKey      = []string{"GET, HEAD"}
)

// message is an answer that is the same every time.
type message struct {
	status int
	text   []byte
	length []string
}

func newMessage(status int, text string) message {
	return message{status, []byte(text), []string{strconv.Itoa(len(text))}}
}

var (
	keyInserted      = newMessage(http.StatusOK, "Key inserted")
	badRequest       = newMessage(http.StatusBadRequest, "400 Bad Request")
	emptyKey         = newMessage(http.StatusBadRequest, "Key cannot be empty")
	invalidFormat    = newMessage(http.StatusBadRequest, "Invalid format: expected key=value")
	keyNotFound      = newMessage(http.StatusNotFound, "Key not found")
	methodNotAllowed = newMessage(http.StatusMethodNotAllowed, "Method not allowed")
	bodyTooLarge     = newMessage(http.StatusRequestEntityTooLarge, "Body too large")
)

// kvHandler is the data port. It takes every path as it is, where ServeMux would
// clean it and redirect `//` and `..`.
type kvHandler struct {
	store    *store
	counters *counters
}

func (h *kvHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) && r.Header["Connection"] != nil {
		// HTTP/1.0 is answered and closed, also when it asks for keep-alive.
		w.Header()["Connection"] = closeConnection
	}
	// net/http has decoded the path once, and refused malformed escapes. The path
	// is empty in `GET http://host HTTP/1.1`, which by RFC 9112 means `/`.
	key := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		dropBody(r)
		h.get(w, r, key)
	case r.Method == http.MethodPost && key == "":
		h.post(w, r)
	default:
		dropBody(r)
		w.Header()["Allow"] = allowOnKey
		if key == "" {
			w.Header()["Allow"] = allowOnRoot
		}
		h.refuse(w, r, methodNotAllowed)
	}
}

func (h *kvHandler) get(w http.ResponseWriter, r *http.Request, key string) {
	if key == "" {
		h.refuse(w, r, emptyKey)
		return
	}
	h.counters.gets.Add(1)
	value, ok := h.store.get(key)
	if !ok {
		h.counters.misses.Add(1)
		reply(w, r, keyNotFound)
		return
	}
	send(w, r, http.StatusOK, value, []string{strconv.Itoa(len(value))})
}

func (h *kvHandler) post(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		// Where the next request would start is unknown or too far away.
		w.Header()["Connection"] = closeConnection
		if errors.Is(err, errTooLarge) {
			h.refuse(w, r, bodyTooLarge)
		} else {
			h.refuse(w, r, badRequest)
		}
		return
	}
	key, value, ok := splitPair(body)
	if !ok {
		h.refuse(w, r, invalidFormat)
		return
	}
	h.store.put(key, value)
	h.counters.posts.Add(1)
	reply(w, r, keyInserted)
}

// refuse replies to a request that is none for the store.
func (h *kvHandler) refuse(w http.ResponseWriter, r *http.Request, m message) {
	h.counters.others.Add(1)
	reply(w, r, m)
}

func reply(w http.ResponseWriter, r *http.Request, m message) {
	send(w, r, m.status, m.text, m.length)
}

// send writes an answer. The length is always explicit: net/http would leave it
// out for HEAD and for long bodies, and would guess the content type.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte, length []string) {
	header := w.Header()
	header["Content-Type"] = plainText
	header["Content-Length"] = length
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// An error means that the client has gone, and there is nobody to tell.
		_, _ = w.Write(body)
	}
}
