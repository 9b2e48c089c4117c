//go:build store_xsync

package main

import (
	"sync"

	"github.com/puzpuzpuz/xsync/v4"
)

// xsyncStore is a map of xsync, whose readers take no lock, and whose keys and values
// have types of their own.
type xsyncStore struct {
	// A store is ready without a constructor, which such a map needs.
	once    sync.Once
	entries *xsync.Map[string, []byte]
}

func (s *xsyncStore) all() *xsync.Map[string, []byte] {
	s.once.Do(func() { s.entries = xsync.NewMap[string, []byte]() })
	return s.entries
}

// get returns the value of key.
func (s *xsyncStore) get(key string) ([]byte, bool) { return s.all().Load(key) }

// put sets the value of key.
func (s *xsyncStore) put(key string, value []byte) { s.all().Store(key, value) }

// keys returns how many keys the store holds.
func (s *xsyncStore) keys() int64 { return int64(s.all().Size()) }
