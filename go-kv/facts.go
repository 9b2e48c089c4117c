package main

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
)

// goFacts is what the Go runtime tells of itself: cumulative since the start,
// but for the heap's present state and the number of goroutines.
type goFacts struct {
	GCCycles number    `json:"gcCycles"`
	GCPauses histogram `json:"gcPauses"`

	// RecentPauses are the newest 256 cycles.
	RecentPauses pauses `json:"recentPauses"`

	// The runtime estimates these two, and brings them up to date at the end of a
	// GC cycle only.
	GCCPUNs         number `json:"gcCpuNs"`
	MarkAssistCPUNs number `json:"markAssistCpuNs"`

	// SchedLatencies is how long goroutines were ready to run before they ran. The
	// runtime looks at one in eight of these waits.
	SchedLatencies histogram `json:"schedLatencies"`

	HeapLiveBytes    number `json:"heapLiveBytes"`
	HeapObjectsBytes number `json:"heapObjectsBytes"`
	HeapGoalBytes    number `json:"heapGoalBytes"`
	AllocatedBytes   number `json:"allocatedBytes"`
	AllocatedObjects number `json:"allocatedObjects"`
	Goroutines       number `json:"goroutines"`
	StackBytes       number `json:"stackBytes"`
}

// source is a metric of the runtime and the fact that it becomes.
type source struct {
	metric string
	fact   interface{ set(metrics.Value) }
}

func (f *goFacts) sources() []source {
	return []source{
		{"/gc/cycles/total:gc-cycles", &f.GCCycles},
		{"/sched/pauses/total/gc:seconds", &f.GCPauses},
		{"/cpu/classes/gc/total:cpu-seconds", &f.GCCPUNs},
		{"/cpu/classes/gc/mark/assist:cpu-seconds", &f.MarkAssistCPUNs},
		{"/sched/latencies:seconds", &f.SchedLatencies},
		{"/gc/heap/live:bytes", &f.HeapLiveBytes},
		{"/memory/classes/heap/objects:bytes", &f.HeapObjectsBytes},
		{"/gc/heap/goal:bytes", &f.HeapGoalBytes},
		{"/gc/heap/allocs:bytes", &f.AllocatedBytes},
		{"/gc/heap/allocs:objects", &f.AllocatedObjects},
		{"/sched/goroutines:goroutines", &f.Goroutines},
		{"/memory/classes/heap/stacks:bytes", &f.StackBytes},
	}
}

// readGoFacts asks the runtime, which does not stop the world for it, as
// runtime.ReadMemStats would.
func readGoFacts() goFacts {
	var f goFacts
	sources := f.sources()
	samples := make([]metrics.Sample, len(sources))
	for i, s := range sources {
		samples[i].Name = s.metric
	}
	metrics.Read(samples)
	for i, s := range sources {
		s.fact.set(samples[i].Value)
	}
	f.RecentPauses = readPauses()
	return f
}

// number is a metric of one value: as it is, or in nanoseconds where the runtime
// says seconds. It is 0 where the runtime does not know the metric.
type number int64

func (n *number) set(v metrics.Value) {
	switch v.Kind() {
	case metrics.KindUint64:
		*n = number(v.Uint64())
	case metrics.KindFloat64:
		*n = number(nanoseconds(v.Float64()))
	}
}

// histogram holds the buckets that are not empty, each as its upper bound in
// nanoseconds (its lower bound where there is no upper one) and its count. It is
// empty where the runtime does not know the metric.
type histogram [][2]int64

func (h *histogram) set(v metrics.Value) {
	*h = histogram{} // not nil, which would be null in JSON
	if v.Kind() == metrics.KindFloat64Histogram {
		h.add(v.Float64Histogram())
	}
}

func (h *histogram) add(full *metrics.Float64Histogram) {
	for i, count := range full.Counts {
		if count == 0 {
			continue
		}
		bound := full.Buckets[i+1]
		if math.IsInf(bound, 1) {
			bound = full.Buckets[i]
		}
		*h = append(*h, [2]int64{nanoseconds(bound), int64(count)})
	}
}

func nanoseconds(seconds float64) int64 { return int64(math.Round(seconds * 1e9)) }

// pauses holds, newest first, the end of each cycle of the collector in
// microseconds since the epoch, and how long its stops of the world were
// together in nanoseconds.
type pauses [][2]int64

// readPauses copies what the runtime keeps anyway; nothing is stopped for it.
func readPauses() pauses {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	p := make(pauses, 0, len(stats.Pause))
	for i, pause := range stats.Pause {
		p = append(p, [2]int64{stats.PauseEnd[i].UnixMicro(), pause.Nanoseconds()})
	}
	return p
}
