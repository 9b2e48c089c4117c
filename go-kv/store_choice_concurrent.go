//go:build !store_mutex && !store_rwmutex && !store_shards && !store_xsync

package main

type store = concurrentStore
