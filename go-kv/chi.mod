// In the place of go.mod for the tag stack_chi: the default needs no module, nor a newer Go.
module kvbench/go-kv

go 1.24

// The runtime behaves as with go.mod, whatever Go the module wants.
godebug default=go1.22

require github.com/go-chi/chi/v5 v5.5.0
