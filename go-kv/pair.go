package main

import "bytes"

// maxWaste is how many bytes a stored value may keep alive beyond its own
// without being copied: about what a copy would cost anyway.
const maxWaste = 256

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
