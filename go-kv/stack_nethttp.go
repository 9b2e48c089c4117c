//go:build !stack_mux && !stack_chi && !stack_gin && !stack_fasthttp && !stack_pool

package main

import "net/http"

// newStack is net/http as it comes: one handler, which is asked for everything.
func newStack(h *kvHandler) http.Handler { return h }
