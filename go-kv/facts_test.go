package main

import (
	"encoding/json"
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"
)

// The runtime ignores names that it does not know, and so would a test that only
// looked at values.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	kinds := map[string]metrics.ValueKind{}
	for _, d := range metrics.All() {
		kinds[d.Name] = d.Kind
	}
	for _, s := range (&goFacts{}).sources() {
		_, isHistogram := s.fact.(*histogram)
		if kind := kinds[s.metric]; kind == metrics.KindBad || isHistogram != (kind == metrics.KindFloat64Histogram) {
			t.Errorf("%s is of kind %d", s.metric, kind)
		}
	}
}

func TestUnknownMetric(t *testing.T) {
	t.Parallel()
	samples := []metrics.Sample{{Name: "/no/such/metric:bytes"}}
	metrics.Read(samples)
	n, h := number(0), histogram(nil)
	n.set(samples[0].Value)
	h.set(samples[0].Value)
	if got, err := json.Marshal([]any{n, h}); err != nil || string(got) != "[0,[]]" {
		t.Errorf("%s, %v", got, err)
	}
}

// touch keeps allocations from being optimised away.
var touch []byte

func TestGoFacts(t *testing.T) {
	t.Parallel()
	before := readGoFacts()
	const allocated = 1 << 20
	touch = make([]byte, allocated)
	runtime.GC()
	// Goroutines that wait their turn; the runtime looks at some of them only.
	for range 100 {
		done := make(chan struct{})
		go close(done)
		<-done
	}
	after := readGoFacts()

	total := func(h histogram) (n int64) {
		for _, bucket := range h {
			n += bucket[1]
		}
		return n
	}
	for _, tt := range []struct {
		name          string
		before, after int64
		least         int64
	}{
		{"gcCycles", int64(before.GCCycles), int64(after.GCCycles), 1},
		{"gcPauses", total(before.GCPauses), total(after.GCPauses), 1},
		{"gcCpuNs", int64(before.GCCPUNs), int64(after.GCCPUNs), 1},
		{"markAssistCpuNs", int64(before.MarkAssistCPUNs), int64(after.MarkAssistCPUNs), 0},
		{"schedLatencies", total(before.SchedLatencies), total(after.SchedLatencies), 1},
		{"heapLiveBytes", 0, int64(after.HeapLiveBytes), allocated},
		{"heapObjectsBytes", 0, int64(after.HeapObjectsBytes), allocated},
		{"heapGoalBytes", 0, int64(after.HeapGoalBytes), allocated},
		{"allocatedBytes", int64(before.AllocatedBytes), int64(after.AllocatedBytes), allocated},
		{"allocatedObjects", int64(before.AllocatedObjects), int64(after.AllocatedObjects), 1},
		{"goroutines", 0, int64(after.Goroutines), 1},
	} {
		if tt.after-tt.before < tt.least {
			t.Errorf("%s went from %d to %d", tt.name, tt.before, tt.after)
		}
	}
	for _, h := range []histogram{after.GCPauses, after.SchedLatencies} {
		for _, bucket := range h {
			if bucket[0] < 0 || bucket[0] > int64(time.Hour) || bucket[1] < 1 {
				t.Errorf("bucket %v", bucket)
			}
		}
	}
}

func TestNanoseconds(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, 64, 192, 15360, 123145302310912} {
		if got := nanoseconds(d.Seconds()); got != int64(d) {
			t.Errorf("%d ns became %d", d, got)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	got := histogram{}
	got.add(&metrics.Float64Histogram{
		Counts:  []uint64{1, 0, 2, 3},
		Buckets: []float64{math.Inf(-1), 0, 64e-9, 128e-9, math.Inf(1)},
	})
	if want := (histogram{{0, 1}, {128, 2}, {128, 3}}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// What a reader of GET /runtime relies upon.
func TestRuntimeShape(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(runtimeInfo{
		"n", "v", 1, 2, 3, 4, counts{1, 2, 3, 4, 5},
		goFacts{1, histogram{{64, 2}, {128, 3}}, pauses{{5, 6}}, 3, 4, histogram{}, 6, 7, 8, 9, 10, 11, 12},
	})
	const want = `{"name":"n","version":"v","pid":1,"workers":2,"uptimeMs":3,"keys":4,` +
		`"counters":{"connections":1,"gets":2,"misses":3,"posts":4,"others":5},` +
		`"go":{"gcCycles":1,"gcPauses":[[64,2],[128,3]],"recentPauses":[[5,6]],"gcCpuNs":3,"markAssistCpuNs":4,"schedLatencies":[],` +
		`"heapLiveBytes":6,"heapObjectsBytes":7,"heapGoalBytes":8,"allocatedBytes":9,"allocatedObjects":10,"goroutines":11,"stackBytes":12}}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func TestRecentPauses(t *testing.T) {
	from := time.Now().UnixMicro()
	runtime.GC()
	until := time.Now().UnixMicro()
	got := readPauses()
	if len(got) == 0 {
		t.Fatal("none after a collection")
	}
	// Others may collect too, and later.
	for _, pause := range got {
		if pause[0] >= from && pause[0] <= until && pause[1] > 0 {
			return
		}
	}
	t.Errorf("none between %d and %d in %v", from, until, got)
}
