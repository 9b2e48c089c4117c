//go:build stack_fasthttp && !kvinject

package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"

	"github.com/valyala/fasthttp"
)

// fastHandler is the data port on fasthttp, which has nothing of net/http. Its path is
// cleaned and decoded leniently, so keys are made of the bytes that came.
type fastHandler struct{ service }

var headTooLong = newMessage(http.StatusRequestHeaderFieldsTooLarge, "Head too long").thatCloses()

// newDataServer returns the data port. There is nothing to inject into it: it is not
// built with kvinject.
func newDataServer(s service) (server, error) {
	h := fastHandler{s}
	return fastServer{&fasthttp.Server{
		Handler:       h.serve,
		ErrorHandler:  h.fail,
		ExpectHandler: h.expect,

		ReadTimeout:        idle,
		WriteTimeout:       idle,
		IdleTimeout:        idle,
		ReadBufferSize:     maxHead,
		MaxRequestBodySize: maxDrop, // what is over maxBody is read, and then refused

		DisablePreParseMultipartForm: true,
		NoDefaultContentType:         true,
		NoDefaultServerHeader:        true,
		CloseOnShutdown:              true,
		Logger:                       log.New(io.Discard, "", 0),
	}}, nil
}

func (h fastHandler) serve(ctx *fasthttp.RequestCtx) {
	key, ok := targetKey(ctx.Request.Header.RequestURI())
	switch {
	case !ok:
		h.send(ctx, badRequest) // not counted, as where net/http refuses it
	case ctx.IsGet() || ctx.IsHead():
		h.send(ctx, h.get(key))
	case ctx.IsPost() && key == "":
		h.servePost(ctx)
	default:
		h.send(ctx, h.other(key))
	}
}

func (h fastHandler) servePost(ctx *fasthttp.RequestCtx) {
	body := ctx.PostBody()
	if len(body) > maxBody {
		h.send(ctx, h.refuse(bodyTooLarge))
		return
	}
	// fasthttp uses its buffer again.
	own := make([]byte, len(body))
	copy(own, body)
	h.send(ctx, h.post(own))
}

// expect says what a client is told that waits to hear whether to send its body. That
// an answer is made here already is not foreseen by fasthttp, which would send its
// status alone.
func (h fastHandler) expect(ctx *fasthttp.RequestCtx) int {
	if ctx.Request.Header.ContentLength() <= maxBody {
		return fasthttp.StatusContinue
	}
	h.send(ctx, h.refuse(bodyTooLarge))
	return bodyTooLarge.status
}

// fail answers what fasthttp cannot read.
func (h fastHandler) fail(ctx *fasthttp.RequestCtx, err error) {
	var tooLong *fasthttp.ErrSmallBuffer
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		_, _ = io.CopyN(io.Discard, ctx.Conn(), maxDrop)
		h.send(ctx, h.refuse(bodyTooLarge))
	case errors.As(err, &tooLong):
		h.send(ctx, h.refuse(headTooLong))
	default:
		h.send(ctx, h.refuse(badRequest))
	}
}

func (h fastHandler) send(ctx *fasthttp.RequestCtx, m message) {
	if m.close || !ctx.Request.Header.IsHTTP11() {
		ctx.SetConnectionClose()
	}
	header := &ctx.Response.Header
	if m.allow != nil {
		header.Set("Allow", m.allow[0])
	}
	header.SetContentType(plainText[0])
	header.SetContentLength(len(m.text)) // left out for HEAD of an empty value
	header.SetStatusCode(m.status)
	ctx.Response.SetBodyRaw(m.text)
}

// fastServer is a fasthttp.Server in the shape of an http.Server.
type fastServer struct{ *fasthttp.Server }

func (s fastServer) Shutdown(ctx context.Context) error { return s.ShutdownWithContext(ctx) }

// Close leaves connections to the end of the process: fasthttp cannot hang up on them.
func (s fastServer) Close() error { return nil }
