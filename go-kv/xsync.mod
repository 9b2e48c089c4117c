// In the place of go.mod for the tag store_xsync: the default needs no module, nor a newer Go.
module kvbench/go-kv

go 1.24

// The runtime behaves as with go.mod, whatever Go the module wants.
godebug default=go1.22

require github.com/puzpuzpuz/xsync/v4 v4.5.0
