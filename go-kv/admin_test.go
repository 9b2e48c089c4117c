package main

import (
	"os"
	"reflect"
	"testing"
	"time"
)

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := &store{}
	s.put("a", nil)
	s.put("a", nil)
	s.put("b", nil)
	done := &counters{}
	done.posts.Add(3)
	c := dial(t, startServer(t, &adminHandler{s, done, 3, time.Now()}))

	c.get("/health").is(t, 200, "ok")
	for _, target := range []string{"/", "/a", "//health", "/health/", "/runtime/../health"} {
		c.get(target).is(t, 404, "Not found")
	}
	c.send("POST /health HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b")
	c.answer("POST").is(t, 404, "Not found")
	c.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
	c.answer("OPTIONS").is(t, 404, "Not found")

	got := c.runtime()
	if got.UptimeMs < 0 {
		t.Errorf("uptime of %d ms", got.UptimeMs)
	}
	if got.Go.Goroutines < 1 {
		t.Errorf("%+v", got.Go)
	}
	got.UptimeMs, got.Go = 0, goFacts{}
	want := runtimeInfo{name, version, os.Getpid(), 3, 0, 2, counts{Posts: 3}, goFacts{}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
