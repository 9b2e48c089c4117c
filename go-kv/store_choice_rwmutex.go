//go:build store_rwmutex

package main

type store = rwMutexStore
