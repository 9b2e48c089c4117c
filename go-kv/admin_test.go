package main

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := &store{}
	s.put("a", nil)
	s.put("a", nil)
	s.put("b", nil)
	c := dial(t, startServer(t, &adminHandler{store: s, workers: 3, started: time.Now()}))

	c.get("/health").is(t, 200, "ok")
	for _, target := range []string{"/", "/a", "//health", "/health/", "/runtime/../health"} {
		c.get(target).is(t, 404, "Not found")
	}
	c.send("POST /health HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b")
	c.answer("POST").is(t, 404, "Not found")
	c.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("OPTIONS").is(t, 404, "Not found")

	var got runtimeInfo
	if err := json.Unmarshal([]byte(c.get("/runtime").body), &got); err != nil {
		t.Fatal(err)
	}
	if got.UptimeMs < 0 {
		t.Errorf("uptime of %d ms", got.UptimeMs)
	}
	got.UptimeMs = 0
	if want := (runtimeInfo{name, version, os.Getpid(), 3, 0, 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
