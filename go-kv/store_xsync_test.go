//go:build store_xsync

package main

func init() { stores["xsync"] = func() aStore { return &xsyncStore{} } }
