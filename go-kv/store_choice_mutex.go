//go:build store_mutex

package main

type store = mutexStore
