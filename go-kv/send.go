package main

import (
	"net/http"
	"strconv"
)

// send writes an answer to net/http. The length is always explicit: net/http would
// leave it out for HEAD and for long bodies, and would guess the content type. The
// assignments use canonical keys and go past Header.Set, which would wrap each string
// in a new slice.
func send(w http.ResponseWriter, r *http.Request, m message) {
	header := w.Header()
	if m.close || (!r.ProtoAtLeast(1, 1) && r.Header["Connection"] != nil) {
		// HTTP/1.0 is answered and closed, also when it asks for keep-alive.
		header["Connection"] = closeConnection
	}
	if m.allow != nil {
		header["Allow"] = m.allow
	}
	length := m.length
	if length == nil {
		length = []string{strconv.Itoa(len(m.text))}
	}
	header["Content-Type"] = plainText
	header["Content-Length"] = length
	w.WriteHeader(m.status)
	if r.Method != http.MethodHead {
		// An error means that the client has gone, and there is nobody to tell.
		_, _ = w.Write(m.text)
	}
}
