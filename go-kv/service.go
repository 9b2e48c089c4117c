package main

import "net/http"

// service is the data port without a connection, and what all stacks share: it is
// told what was asked, and says what to answer. Which stack reads requests and sends
// answers is chosen by a tag as this is built: a file that implements newDataServer,
// or newStack where it does so with net/http.
type service struct {
	store    *store
	counters *counters
}

// get answers GET and HEAD of a key.
func (s service) get(key string) message {
	if key == "" {
		return s.refuse(emptyKey)
	}
	s.counters.gets.Add(1)
	value, ok := s.store.get(key)
	if !ok {
		s.counters.misses.Add(1)
		return keyNotFound
	}
	return message{http.StatusOK, value, ofValue}
}

// post answers POST of `/` with that body, which becomes the store's.
func (s service) post(body []byte) message {
	key, value, ok := splitPair(body)
	if !ok {
		return s.refuse(invalidFormat)
	}
	s.store.put(key, value)
	s.counters.posts.Add(1)
	return keyInserted
}

// other answers a method that there is none of for a key, or for none.
func (s service) other(key string) message {
	if key == "" {
		return s.refuse(notAllowedOnRoot)
	}
	return s.refuse(notAllowedOnKey)
}

// refuse answers with m a request that is none for the store.
func (s service) refuse(m message) message {
	s.counters.others.Add(1)
	return m
}
