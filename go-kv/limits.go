package main

import "time"

// What a client is granted: fair only if it is the same in both languages, so
// rust-kv/src/limits.rs has the same names and values, and a test compares the
// two.
const (
	// maxWorkers is as many workers as the other server can have.
	maxWorkers = 512

	// maxHead is the longest head of a request that is accepted, in bytes.
	maxHead = 128 << 10

	// maxBody is the longest body that is accepted, in bytes.
	maxBody = 1 << 20

	// maxDrop is how much of an unwanted body is read before the answer is
	// written. Closing a socket that holds unread data resets it, and then a client
	// that is still sending might never see the answer.
	maxDrop = 2 << 20

	// maxNull is the longest body that the null server answers with, in bytes: what
	// a POST can bring, less some room for the key.
	maxNull = maxBody - 64

	// maxNullHead is the longest head that the null server accepts, in bytes.
	maxNullHead = 64 << 10

	// idle ends a connection on which the client lets the server wait: for the
	// next request, for the rest of a header or of a body, or for room to write an
	// answer into.
	idle = 75 * time.Second

	// drain is how long requests under way have to finish when the server is told
	// to end.
	drain = 3 * time.Second

	// linger is how long a client that is still sending has to read the answer
	// that ends its connection. net/http grants as much.
	linger = 500 * time.Millisecond
)
