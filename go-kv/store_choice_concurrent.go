//go:build !store_mutex && !store_rwmutex && !store_shards

package main

type store = concurrentStore
