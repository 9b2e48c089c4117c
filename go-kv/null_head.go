package main

import (
	"bytes"
	"errors"
	"strconv"
)

// method is one that the null server answers.
type method int

const (
	methodGet method = iota
	methodHead
	methodPost
	methods // how many there are
)

// nullRequest is what the null server wants to know of a request.
type nullRequest struct {
	method method
	sized  bool // whether it has a Content-Length
	length int  // of the body, whatever the method
	close  bool // whether the connection ends with the answer
}

var errBadHead = errors.New("not a request that the null server answers")

// What a head is made of, as slices because that is what it is compared with.
var (
	endOfHead        = []byte("\r\n\r\n")
	newline          = []byte("\n")
	carriageReturn   = []byte("\r")
	space            = []byte(" ")
	comma            = []byte(",")
	contentLength    = []byte("Content-Length")
	connection       = []byte("Connection")
	transferEncoding = []byte("Transfer-Encoding")
	expect           = []byte("Expect")
	closeToken       = []byte("close")
)

// parseHead reads the head that data starts with and returns its size, 0 while
// its end has not arrived. Then it is called again with more and starts anew,
// which costs little: heads are short and nearly always arrive in one piece.
func parseHead(data []byte) (r nullRequest, size int, err error) {
	size = bytes.Index(data[:min(len(data), maxNullHead)], endOfHead) + len(endOfHead)
	if size < len(endOfHead) {
		if len(data) >= maxNullHead {
			return r, 0, errBadHead
		}
		return r, 0, nil
	}
	line, rest, ok := cutLine(data[:size-2])
	ok = ok && r.requestLine(line)
	for ok && len(rest) > 0 {
		line, rest, ok = cutLine(rest)
		ok = ok && r.header(line)
	}
	if !ok {
		return r, 0, errBadHead
	}
	return r, size, nil
}

// cutLine refuses a line that ends in anything but CR LF.
func cutLine(data []byte) (line, rest []byte, ok bool) {
	line, rest, _ = bytes.Cut(data, newline)
	line, ok = bytes.CutSuffix(line, carriageReturn)
	return line, rest, ok
}

// requestLine reads the method and the version. All targets are alike.
func (r *nullRequest) requestLine(line []byte) (ok bool) {
	name, rest, _ := bytes.Cut(line, space)
	target, version, _ := bytes.Cut(rest, space)
	switch string(name) {
	case "GET":
		r.method = methodGet
	case "HEAD":
		r.method = methodHead
	case "POST":
		r.method = methodPost
	default:
		return false
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		r.close = true
	default:
		return false
	}
	return len(target) > 0
}

// header reads a header line. It refuses what would frame the body in another
// way than one Content-Length does.
func (r *nullRequest) header(line []byte) (ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || !visible(line[:colon]) {
		return false
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	switch {
	case bytes.EqualFold(name, contentLength):
		length, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil || length > maxBody || r.sized {
			return false
		}
		r.sized, r.length = true, int(length)
	case bytes.EqualFold(name, connection):
		for len(value) > 0 && !r.close {
			var option []byte
			option, value, _ = bytes.Cut(value, comma)
			r.close = bytes.EqualFold(bytes.Trim(option, " \t"), closeToken)
		}
	case bytes.EqualFold(name, transferEncoding), bytes.EqualFold(name, expect):
		// Who expects something waits for it, and had better be told at once.
		return false
	}
	return true
}

// visible is true for the name of a header, and false for a folded line or one
// such as `Content-Length : 1`, which must not pass as just some header.
func visible(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
