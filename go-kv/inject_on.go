//go:build kvinject && linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// injection is work that every request costs besides its own: what a careless
// change would do to the server, in a known amount.
type injection struct {
	cpu        time.Duration // of spinning, by the clock
	delay      time.Duration // without CPU, on a share of the requests
	delayShare float64
	allocate   int // bytes, garbage at once

	requests atomic.Uint64
	garbage  atomic.Pointer[[]byte]
}

// injected returns a handler that does the work that the environment asks for,
// KV_INJECT_CPU_NS, KV_INJECT_DELAY_NS, KV_INJECT_DELAY_SHARE and
// KV_INJECT_ALLOC_BYTES, before it lets handler answer. Every KV_INJECT_GC_MS all
// garbage is collected beside that.
func injected(handler http.Handler) (http.Handler, error) {
	cpu, err := injectionOf("KV_INJECT_CPU_NS", 0, 1e9)
	if err != nil {
		return nil, err
	}
	delay, err := injectionOf("KV_INJECT_DELAY_NS", 0, 1e10)
	if err != nil {
		return nil, err
	}
	share, err := injectionOf("KV_INJECT_DELAY_SHARE", 0.02, 1)
	if err != nil {
		return nil, err
	}
	allocate, err := injectionOf("KV_INJECT_ALLOC_BYTES", 0, 1<<26)
	if err != nil {
		return nil, err
	}
	everyMs, err := injectionOf("KV_INJECT_GC_MS", 0, 1e6)
	if err != nil {
		return nil, err
	}
	if everyMs > 0 {
		go collectEvery(time.Duration(everyMs * float64(time.Millisecond)))
	}
	in := &injection{
		cpu:        time.Duration(cpu),
		delay:      time.Duration(delay),
		delayShare: share,
		allocate:   int(allocate),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.work()
		handler.ServeHTTP(w, r)
	}), nil
}

func collectEvery(pause time.Duration) {
	for range time.Tick(pause) {
		runtime.GC()
	}
}

func injectionOf(name string, absent, most float64) (float64, error) {
	text, ok := os.LookupEnv(name)
	if !ok {
		return absent, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0 && value <= most) {
		return 0, fmt.Errorf("%s must be a number from 0 to %v, not %q", name, most, text)
	}
	return value, nil
}

func (in *injection) work() {
	if in.allocate > 0 {
		bytes := make([]byte, in.allocate)
		in.garbage.Store(&bytes)
	}
	for start := time.Now(); time.Since(start) < in.cpu; {
	}
	if in.delay > 0 && in.delayed(in.requests.Add(1)) {
		// time.Sleep would round up to a millisecond where the process is idle.
		wait := syscall.NsecToTimespec(int64(in.delay))
		_ = syscall.Nanosleep(&wait, nil)
	}
}

// delayed chooses requests by their number, scattered (SplitMix64: Steele, Lea
// and Flood, 2014), so that they stand in no rhythm with anything else.
func (in *injection) delayed(n uint64) bool {
	z := n * 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	z ^= z >> 31
	return float64(z>>11)/(1<<53) < in.delayShare
}
