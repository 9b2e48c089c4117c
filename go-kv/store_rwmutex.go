package main

import "sync"

// rwMutexStore is one read-write lock around one map: readers side by side, a
// writer alone.
type rwMutexStore struct {
	mu      sync.RWMutex
	entries map[string][]byte
}

// get returns the value of key.
func (s *rwMutexStore) get(key string) ([]byte, bool) {
	s.mu.RLock()
	value, ok := s.entries[key]
	s.mu.RUnlock()
	return value, ok
}

// put sets the value of key.
func (s *rwMutexStore) put(key string, value []byte) {
	s.mu.Lock()
	if s.entries == nil {
		s.entries = map[string][]byte{}
	}
	s.entries[key] = value
	s.mu.Unlock()
}

// keys returns how many keys the store holds.
func (s *rwMutexStore) keys() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return int64(len(s.entries))
}
