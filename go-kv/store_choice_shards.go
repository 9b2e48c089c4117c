//go:build store_shards

package main

type store = shardedStore
