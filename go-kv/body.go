package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// maxWaste is how many bytes a stored value may keep alive beyond its own
// without being copied: about what a copy would cost anyway.
const maxWaste = 256

var errTooLarge = errors.New("body too large")

// readBody returns the body of r in a buffer of its own, errTooLarge after
// having dropped what there is to drop, or the error met while reading.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		dropBody(r)
		return nil, errTooLarge
	}
	if r.ContentLength >= 0 {
		// The client's word for the length is good for a mebibyte at most, and the
		// pages of a large allocation cost nothing before they are written to.
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	// Chunked. One byte more tells a body at the limit from one over it.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrop-maxBody-1)
		return nil, errTooLarge
	}
	return body, nil
}

// dropBody reads and forgets up to maxDrop bytes of the body, so that a body
// that nobody asked for neither delays the next request nor becomes it.
func dropBody(r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	if r.ContentLength > maxBody && r.Header["Expect"] != nil {
		// The client waits to be told whether to send: reading would tell it to.
		return
	}
	// Whatever goes wrong here, net/http closes the connection after the answer.
	_, _ = io.CopyN(io.Discard, r.Body, maxDrop)
}

// splitPair cuts a body at its first `=`. The value may be a part of body, which
// the caller must no longer change; ok is false without `=` or with an empty key.
func splitPair(body []byte) (key string, value []byte, ok bool) {
	i := bytes.IndexByte(body, '=')
	if i <= 0 {
		return "", nil, false
	}
	value = body[i+1:]
	// A value that is part of body keeps all of it alive. That saves a copy and is
	// fine while the rest (the key, or spare room from growing) is small.
	if waste := cap(body) - len(value); waste > maxWaste && waste > len(value)/8 {
		value = bytes.Clone(value)
	}
	// The key is copied: when its value is replaced the map keeps the key it has,
	// which must not keep the old body alive.
	return string(body[:i]), value, true
}
