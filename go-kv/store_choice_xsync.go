//go:build store_xsync

package main

type store = xsyncStore
