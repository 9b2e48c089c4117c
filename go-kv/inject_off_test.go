//go:build !(kvinject && linux) && !stack_fasthttp

package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestNothingIsInjected(t *testing.T) {
	t.Setenv("KV_INJECT_CPU_NS", "nonsense")
	var handler http.Handler = &kvHandler{}
	got, err := injected(handler)
	if err != nil || got != handler {
		t.Errorf("%v, %v", got, err)
	}
}

// The test binary is the server and its tests, so what it lacks the server lacks.
func TestTheServerDoesNotKnowInjection(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"INJECT", "DELAY", "NS"}, {"INJECT", "ALLOC", "BYTES"}} {
		// Put together here, lest this test find itself.
		name := strings.Join(words, "_")
		if bytes.Contains(program, []byte(name)) {
			t.Errorf("it holds %s", name)
		}
	}
}
