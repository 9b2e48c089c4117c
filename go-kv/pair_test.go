package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSplitPair(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body, key, value string
		ok               bool
	}{
		{"k=v", "k", "v", true},
		{"k=", "k", "", true},
		{"k=a=b", "k", "a=b", true},
		{"k==", "k", "=", true},
		{"\x00\xff=\x00\xff", "\x00\xff", "\x00\xff", true},
		{" k = v ", " k ", " v ", true},
		{"a%20b=%3D", "a%20b", "%3D", true},
		{"", "", "", false},
		{"k", "", "", false},
		{"=", "", "", false},
		{"=v", "", "", false},
	} {
		key, value, ok := splitPair([]byte(tt.body))
		if key != tt.key || string(value) != tt.value || ok != tt.ok {
			t.Errorf("splitPair(%q) = %q, %q, %v", tt.body, key, value, ok)
		}
	}
}

// What a stored value keeps alive is what its buffer can hold.
func TestSplitPairMemory(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct {
		name   string
		body   []byte
		shares bool
	}{
		{"short key", []byte("key=" + long), true},
		{"both short", []byte("key=value"), true},
		{"long key", []byte(long + "=v"), false},
		{"spare room", append(make([]byte, 0, maxBody), "key="+long...), false},
	} {
		key, value, _ := splitPair(tt.body)
		tt.body[len(tt.body)-1]++
		shares := value[len(value)-1] == tt.body[len(tt.body)-1]
		if shares != tt.shares {
			t.Errorf("%s: value shares the body's buffer: %v, want %v", tt.name, shares, tt.shares)
		}
		if waste := cap(value) - len(value); waste > max(maxWaste, len(value)/8) {
			t.Errorf("%s: value has room for %d more bytes", tt.name, waste)
		}
		tt.body[0]++
		if key[0] == tt.body[0] {
			t.Errorf("%s: key shares the body's buffer", tt.name)
		}
	}
}

func FuzzSplitPair(f *testing.F) {
	for _, seed := range []string{"", "=", "k", "k=v", "k=a=b", "\x00=\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		key, value, ok := splitPair(body)
		if !ok {
			if bytes.IndexByte(body, '=') > 0 {
				t.Errorf("%q refused", body)
			}
			return
		}
		if key == "" || strings.Contains(key, "=") || key+"="+string(value) != string(body) {
			t.Errorf("%q split into %q and %q", body, key, value)
		}
	})
}
