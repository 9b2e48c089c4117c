//go:build !stack_fasthttp

package main

import (
	"errors"
	"io"
	"net/http"
)

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
