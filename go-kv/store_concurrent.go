package main

import (
	"sync"
	"sync/atomic"
)

// concurrentStore is a sync.Map, whose readers take no lock.
type concurrentStore struct {
	entries sync.Map // string → []byte
	count   atomic.Int64
}

// get returns the value of key. It does not allocate: the interface value that
// sync.Map wants for a key stays on the stack, since Load does not keep it.
func (s *concurrentStore) get(key string) ([]byte, bool) {
	value, ok := s.entries.Load(key)
	if !ok {
		return nil, false
	}
	return value.([]byte), true
}

// put sets the value of key. Here the map keeps the interface values of both, so
// they allocate. put counts as it goes, because sync.Map knows its size only by
// walking all entries, and Swap costs no more than Store.
func (s *concurrentStore) put(key string, value []byte) {
	if _, replaced := s.entries.Swap(key, value); !replaced {
		s.count.Add(1)
	}
}

// keys returns how many keys the store holds.
func (s *concurrentStore) keys() int64 { return s.count.Load() }
