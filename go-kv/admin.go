package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"time"
)

// adminHandler is the admin port. It is a port of its own so that asking about
// the server takes no path away from the keys.
type adminHandler struct {
	store    *store
	counters *counters
	workers  int
	started  time.Time
}

// runtimeInfo is the body of GET /runtime.
type runtimeInfo struct {
	Name     string  `json:"name"`
	Version  string  `json:"version"`
	PID      int     `json:"pid"`
	Workers  int     `json:"workers"`
	UptimeMs int64   `json:"uptimeMs"`
	Keys     int64   `json:"keys"`
	Counters counts  `json:"counters"`
	Go       goFacts `json:"go"`
}

var (
	healthy  = newMessage(http.StatusOK, "ok")
	notFound = newMessage(http.StatusNotFound, "Not found")
)

func (h *adminHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/health":
		send(w, r, healthy)
	case r.Method == http.MethodGet && r.URL.Path == "/runtime":
		h.runtime(w)
	default:
		send(w, r, notFound)
	}
}

func (h *adminHandler) runtime(w http.ResponseWriter) {
	// Strings and integers always marshal.
	body, _ := json.Marshal(runtimeInfo{
		name, version, os.Getpid(), h.workers,
		time.Since(h.started).Milliseconds(), h.store.keys(),
		h.counters.read(), readGoFacts(),
	})
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
