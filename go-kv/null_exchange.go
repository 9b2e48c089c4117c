package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
)

// nullAnswers are the answers of the null server, ready to be sent.
type nullAnswers [methods][]byte

func newNullAnswers(value message, headers string) nullAnswers {
	get := value.raw(headers)
	return nullAnswers{
		methodGet:  get,
		methodHead: get[:len(get)-len(value.text)],
		methodPost: keyInserted.raw(headers),
	}
}

// raw returns m as net/http sends it, with more headers at the end.
func (m message) raw(headers string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Length: %s\r\nContent-Type: %s\r\n%s\r\n%s",
		m.status, http.StatusText(m.status), m.length[0], plainText[0], headers, m.text)
}

// exchange is one connection of the null server, apart from the socket: bytes
// are taken from the client and answers become ready, without allocating.
type exchange struct {
	server   *nullServer
	request  nullRequest // its length counts down as its body arrives
	underway bool        // whether the body of request has not all arrived
	over     bool        // whether the last answer ends the connection
	answers  net.Buffers // ready, but not sent
}

// take reads as many requests as data holds and returns how many bytes it is
// done with. The rest begins a head, and must be there again when more has come.
func (e *exchange) take(data []byte) (used int) {
	for !e.over {
		if !e.underway {
			request, size, err := parseHead(data[used:])
			if err != nil {
				e.refuse()
				break
			}
			if size == 0 {
				break
			}
			e.request, e.underway = request, true
			used += size
		}
		skipped := min(e.request.length, len(data)-used)
		e.request.length -= skipped
		used += skipped
		if e.request.length > 0 {
			break
		}
		e.underway = false
		e.answer()
	}
	return used
}

func (e *exchange) answer() {
	answers := &e.server.open
	if e.request.close || e.server.draining.Load() {
		answers, e.over = &e.server.last, true
	}
	e.answers = append(e.answers, answers[e.request.method])
	if e.request.method == methodPost {
		e.server.counters.posts.Add(1)
	} else {
		e.server.counters.gets.Add(1)
	}
}

func (e *exchange) refuse() {
	e.over = true
	e.answers = append(e.answers, e.server.refusal)
	e.server.counters.others.Add(1)
}

// send writes the answers that are ready, all at once.
func (e *exchange) send(w io.Writer) (err error) {
	ready := e.answers
	switch len(ready) {
	case 0:
	case 1:
		// The usual case: write costs a little less than writev.
		_, err = w.Write(ready[0])
	default:
		// WriteTo eats e.answers up from its front, so that its room would be lost.
		_, err = e.answers.WriteTo(w)
	}
	e.answers = ready[:0]
	return err
}
