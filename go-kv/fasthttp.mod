// In the place of go.mod for the tag stack_fasthttp: the default needs no module, nor a newer Go.
module kvbench/go-kv

go 1.26.0

// The runtime behaves as with go.mod, whatever Go the module wants.
godebug default=go1.22

require github.com/valyala/fasthttp v1.78.0

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/molecule-man/go-brrr v1.3.1 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
)
