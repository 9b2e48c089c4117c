package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
)

// aStore is what all of them have; the server itself uses no interface.
type aStore interface {
	get(key string) ([]byte, bool)
	put(key string, value []byte)
	keys() int64
}

// stores are all of them that need no module, whichever this test was built with; one
// that does adds itself where it is built.
var stores = map[string]func() aStore{
	"concurrent": func() aStore { return &concurrentStore{} },
	"mutex":      func() aStore { return &mutexStore{} },
	"rwmutex":    func() aStore { return &rwMutexStore{} },
	"shards":     func() aStore { return &shardedStore{} },
}

func eachStore(t *testing.T, test func(*testing.T, aStore)) {
	for name, create := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, create())
		})
	}
}

func TestLastValueStands(t *testing.T) {
	eachStore(t, func(t *testing.T, s aStore) {
		if value, ok := s.get("k"); ok || s.keys() != 0 {
			t.Fatalf("an empty store has %q", value)
		}
		s.put("k", []byte("1"))
		s.put("k", []byte("2"))
		if value, ok := s.get("k"); !ok || string(value) != "2" || s.keys() != 1 {
			t.Fatalf("%q, %d keys", value, s.keys())
		}
	})
}

func TestKeysStandApart(t *testing.T) {
	eachStore(t, func(t *testing.T, s aStore) {
		keys := []string{"", "\x00", "\xff"}
		for i := range 500 {
			keys = append(keys, fmt.Sprint("key-", i))
		}
		for _, key := range keys {
			s.put(key, []byte(key))
		}
		for _, key := range keys {
			if value, ok := s.get(key); !ok || string(value) != key {
				t.Errorf("%q under %q", value, key)
			}
		}
		if s.keys() != int64(len(keys)) {
			t.Errorf("%d keys", s.keys())
		}
	})
}

// Whoever reads sees a value that somebody has written whole, and never an older one
// after a newer.
func TestReadersAndWriters(t *testing.T) {
	const writes = 2000
	eachStore(t, func(t *testing.T, s aStore) {
		var wg sync.WaitGroup
		for writer := range uint32(2) {
			wg.Add(2)
			go func() {
				defer wg.Done()
				own := fmt.Sprint("own-", writer)
				for n := uint32(1); n <= writes; n++ {
					value := valueOf(writer, n)
					s.put("shared", value)
					s.put(own, value)
					if read, ok := s.get(own); !ok || !bytes.Equal(read, value) {
						t.Errorf("what was just written is %q", read)
					}
				}
			}()
			go func() {
				defer wg.Done()
				var newest uint32
				for range writes {
					if value, ok := s.get(fmt.Sprint("own-", writer)); ok {
						from, n := partsOf(t, value)
						if from != writer || n < newest {
							t.Errorf("write %d of %d after %d", n, from, newest)
						}
						newest = n
					}
					if value, ok := s.get("shared"); ok {
						partsOf(t, value)
					}
				}
			}()
		}
		wg.Wait()
		if s.keys() != 3 {
			t.Errorf("%d keys", s.keys())
		}
	})
}

// valueOf is long enough to be torn, if anything could tear it.
func valueOf(writer, n uint32) []byte {
	one := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, writer), n)
	return bytes.Repeat(one, 32)
}

func partsOf(t *testing.T, value []byte) (writer, n uint32) {
	if one := value[:8]; !bytes.Equal(value, bytes.Repeat(one, 32)) {
		t.Errorf("a value of two writes: %q", value)
	}
	return binary.BigEndian.Uint32(value), binary.BigEndian.Uint32(value[4:])
}
