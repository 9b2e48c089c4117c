//go:build !kvprofile

package main

// recorded serves: this is the server that is shipped. Another build writes down what
// it does meanwhile, to be compiled by that.
func recorded(serve func() error) error { return serve() }
