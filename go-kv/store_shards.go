package main

import "hash/maphash"

// shardCount is as many as rust-kv has: far more than CPUs, so that two workers
// rarely want the same.
const shardCount = 64

// shardSeed keeps clients from choosing keys that all fall into one shard.
var shardSeed = maphash.MakeSeed()

// shardedStore is many small maps, each behind a lock of its own; a key's hash says
// in which it is.
type shardedStore struct {
	shards [shardCount]struct {
		mutexStore
		// A cache line of its own: the users of its neighbours must not slow its own.
		_ [64]byte
	}
}

func (s *shardedStore) of(key string) *mutexStore {
	return &s.shards[maphash.String(shardSeed, key)%shardCount].mutexStore
}

// get returns the value of key.
func (s *shardedStore) get(key string) ([]byte, bool) { return s.of(key).get(key) }

// put sets the value of key.
func (s *shardedStore) put(key string, value []byte) { s.of(key).put(key, value) }

// keys returns how many keys the store holds.
func (s *shardedStore) keys() int64 {
	var sum int64
	for i := range s.shards {
		sum += s.shards[i].keys()
	}
	return sum
}
