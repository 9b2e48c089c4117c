//go:build kvinject && linux

package main

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// askInjected sends n requests through what the environment injects.
func askInjected(t *testing.T, n int) {
	t.Helper()
	handler, err := injected(&kvHandler{service{&store{}, &counters{}}})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/k", nil))
		if w.Code != http.StatusNotFound {
			t.Fatalf("status %d", w.Code)
		}
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A spin ends by the clock and no sooner, so these bounds hold on any machine.
func TestInjectedCPU(t *testing.T) {
	t.Setenv("KV_INJECT_CPU_NS", "2000000")
	begin := time.Now()
	askInjected(t, 10)
	if took := time.Since(begin); took < 20*time.Millisecond {
		t.Errorf("10 requests took %v", took)
	}
}

func TestInjectedDelay(t *testing.T) {
	t.Setenv("KV_INJECT_DELAY_NS", "20000000")
	t.Setenv("KV_INJECT_DELAY_SHARE", "1")
	begin, cpu := time.Now(), cpuTime(t)
	askInjected(t, 10)
	took := time.Since(begin)
	if took < 200*time.Millisecond {
		t.Errorf("10 requests took %v", took)
	}
	if used := cpuTime(t) - cpu; used > took/2 {
		t.Errorf("a delay of %v used %v of CPU", took, used)
	}
}

func TestInjectedDelayHitsItsShare(t *testing.T) {
	for _, share := range []float64{0, 0.02, 0.5, 1} {
		in := &injection{delayShare: share}
		hit := 0.0
		for n := uint64(1); n <= 100_000; n++ {
			if in.delayed(n) {
				hit++
			}
		}
		if got := hit / 100_000; got < share-0.01 || got > share+0.01 {
			t.Errorf("%v of the requests, not %v", got, share)
		}
	}
}

func TestInjectedAllocation(t *testing.T) {
	t.Setenv("KV_INJECT_ALLOC_BYTES", "1000000")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	askInjected(t, 20)
	runtime.ReadMemStats(&after)
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes < 20e6 {
		t.Errorf("20 requests allocated %d bytes", bytes)
	}
}

func TestInjectedCollections(t *testing.T) {
	t.Setenv("KV_INJECT_GC_MS", "50")
	before := readGoFacts().GCCycles
	askInjected(t, 1)
	for readGoFacts().GCCycles < before+3 {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestInjectionErrors(t *testing.T) {
	for _, tt := range [][2]string{
		{"KV_INJECT_CPU_NS", "much"},
		{"KV_INJECT_CPU_NS", "-1"},
		{"KV_INJECT_DELAY_NS", "NaN"},
		{"KV_INJECT_DELAY_SHARE", "1.1"},
		{"KV_INJECT_ALLOC_BYTES", ""},
		{"KV_INJECT_GC_MS", "often"},
	} {
		t.Run(tt[0]+"="+tt[1], func(t *testing.T) {
			t.Setenv(tt[0], tt[1])
			if _, err := injected(&kvHandler{}); err == nil || !strings.Contains(err.Error(), tt[0]) {
				t.Error(err)
			}
		})
	}
}

func TestInjectedServerStartsAndSaysWhatIsWrong(t *testing.T) {
	t.Setenv("KV_INJECT_CPU_NS", "much")
	p := start(t)
	if _, stderr, status := p.exit(); status != 1 || !strings.Contains(stderr, "KV_INJECT_CPU_NS") {
		t.Errorf("exit %d, %q", status, stderr)
	}
}
