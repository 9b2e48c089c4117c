package main

import "sync"

// mutexStore is one lock around one map: what is written first.
type mutexStore struct {
	mu      sync.Mutex
	entries map[string][]byte
}

// get returns the value of key.
func (s *mutexStore) get(key string) ([]byte, bool) {
	s.mu.Lock()
	value, ok := s.entries[key]
	s.mu.Unlock()
	return value, ok
}

// put sets the value of key.
func (s *mutexStore) put(key string, value []byte) {
	s.mu.Lock()
	if s.entries == nil {
		s.entries = map[string][]byte{}
	}
	s.entries[key] = value
	s.mu.Unlock()
}

// keys returns how many keys the store holds.
func (s *mutexStore) keys() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.entries))
}
