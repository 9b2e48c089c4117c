//go:build stack_fasthttp

package main

import (
	"bytes"
	"net/url"
	"unsafe"
)

// targetKey returns the key that the target of a request names; ok is false where it
// has a malformed escape. Most keys are the bytes of target, and live as long.
func targetKey(target []byte) (key string, ok bool) {
	path, _, _ := bytes.Cut(target, []byte("?"))
	if rest, isPath := bytes.CutPrefix(path, []byte("/")); isPath {
		path = rest
	} else if _, rest, isURL := bytes.Cut(path, []byte("://")); isURL {
		_, path, _ = bytes.Cut(rest, []byte("/"))
	} // else it is `*`
	if bytes.IndexByte(path, '%') >= 0 {
		key, err := url.PathUnescape(string(path))
		return key, err == nil
	}
	return unsafe.String(unsafe.SliceData(path), len(path)), true
}
