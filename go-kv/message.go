package main

import (
	"net/http"
	"strconv"
)

// Header values that every answer can share, so that none of them allocates:
// net/http only reads them.
var (
	plainText       = []string{"text/plain; charset=utf-8"}
	closeConnection = []string{"close"}
)

// message is an answer, whichever stack sends it: small enough to be handed on in
// registers.
type message struct {
	status int
	text   []byte
	*headers
}

// headers are what an answer says besides, where that is the same every time.
type headers struct {
	length []string // of text
	allow  []string // methods, where another was asked for
	close  bool     // where the next request would start is unknown or too far away
}

// ofValue are the headers of what the store holds, whose length is its own.
var ofValue = &headers{}

func newMessage(status int, text string) message {
	return message{status, []byte(text), &headers{length: []string{strconv.Itoa(len(text))}}}
}

// thatCloses makes m an answer after which the connection ends.
func (m message) thatCloses() message {
	m.close = true
	return m
}

func notAllowed(methods string) message {
	m := newMessage(http.StatusMethodNotAllowed, "Method not allowed")
	m.allow = []string{methods}
	return m
}

// What the contract has requests answered with that get no value.
var (
	keyInserted      = newMessage(http.StatusOK, "Key inserted")
	badRequest       = newMessage(http.StatusBadRequest, "400 Bad Request").thatCloses()
	emptyKey         = newMessage(http.StatusBadRequest, "Key cannot be empty")
	invalidFormat    = newMessage(http.StatusBadRequest, "Invalid format: expected key=value")
	keyNotFound      = newMessage(http.StatusNotFound, "Key not found")
	notAllowedOnRoot = notAllowed("GET, HEAD, POST")
	notAllowedOnKey  = notAllowed("GET, HEAD")
	bodyTooLarge     = newMessage(http.StatusRequestEntityTooLarge, "Body too large").thatCloses()
)
