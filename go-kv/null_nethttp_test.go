//go:build !stack_fasthttp

package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The bytes are net/http's, but for the date.
func TestNullAnswers(t *testing.T) {
	t.Parallel()
	date := regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)
	for _, size := range []int{0, 1, 5000} {
		value := strings.Repeat("x", size)
		requests := []string{
			fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\nk=%s", size+2, value),
			"GET /k HTTP/1.1\r\nHost: h\r\n\r\n",
			"HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n",
		}
		for _, last := range requests {
			stream := strings.Join(requests, "") + strings.Replace(last, "Host: h", "Host: h\r\nConnection: close", 1)
			null, _ := connectNull(t, size)
			var answers []string
			for _, c := range []*client{connect(t), null} {
				c.send(stream)
				answers = append(answers, date.ReplaceAllString(c.rest(), "Date: now"))
			}
			if answers[0] != answers[1] {
				t.Errorf("%.80q, want %.80q", answers[1], answers[0])
			}
		}
	}
}
