// Package httpx is what every HTTP endpoint of the host shares: handlers that
// return their failure, one place that logs it, ids of requests, and answers
// in JSON.
//
//	Observe -> route -> Serve(handler, renderer)
//
// [Observe] gives each request an id, outlives a panic and writes the one log
// line. A handler returns an error; the renderer of its edge (a page, OAuth
// JSON, JSON-RPC) turns it into an answer.
package httpx

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"gatehouse/internal/fault"
)

// Handler answers a request, or returns why it could not. One that has begun
// its answer may still return an error: it is then only logged.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Renderer answers a request that failed.
type Renderer func(w http.ResponseWriter, r *http.Request, err error)

// Serve makes an http.Handler of h. What h returns goes to the log line of the
// request and, unless the answer has begun, to render.
func Serve(h Handler, render Renderer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		ex := exchangeOf(r.Context())
		ex.err = err
		if !ex.begun() {
			render(w, r, err)
		}
	})
}

// exchange is what Observe keeps of one request. It is also the context of the
// request, in which it is found.
type exchange struct {
	http.ResponseWriter
	context.Context //nolint:containedctx // that of the server

	id     [1]string // as a header has it
	status int
	err    error
}

// Value implements [context.Context].
func (e *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return e
	}
	return e.Context.Value(key)
}

func (e *exchange) begun() bool { return e.status != 0 }

func (e *exchange) WriteHeader(status int) {
	if e.status == 0 && status >= 200 {
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(b []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	return e.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what lies below.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if ex, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return ex
	}
	return new(exchange)
}

// RequestID returns the id of the request, by which its log line is found.
func RequestID(ctx context.Context) string { return exchangeOf(ctx).id[0] }

// Note adds an error to the log line of the request without failing it.
func Note(ctx context.Context, err error) {
	if ex := exchangeOf(ctx); ex.err == nil {
		ex.err = err
	}
}

// Detach returns a context for work that outlives its request: it carries the
// id of the request, but neither its end nor its log line. What is noted goes
// to noted, for whoever logs the work; it is not to be called while it runs.
func Detach(ctx context.Context) (detached context.Context, noted func() error) {
	ex := &exchange{Context: context.Background(), id: [1]string{RequestID(ctx)}}
	return ex, func() error { return ex.err }
}

// Observe gives every request an id (also in the X-Request-Id of the answer),
// writes one log line when it ends, and turns a panic into a 500 of panicked.
// A request that went well is logged at debug level.
func Observe(log *slog.Logger, panicked Renderer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ex := &exchange{ResponseWriter: w, Context: r.Context(), id: [1]string{newRequestID()}}
		w.Header()["X-Request-Id"] = ex.id[:]
		r = r.WithContext(ex)
		began := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p) // net/http's own way to cut the connection
				}
				ex.err = fmt.Errorf("%w: panic: %v\n%s", fault.Internal, p, debug.Stack())
				if !ex.begun() {
					panicked(ex, r, ex.err)
				}
			}
			ex.log(log, r, time.Since(began))
		}()
		next.ServeHTTP(ex, r)
	})
}

// statusGone is what the log says of a client that went away before it was
// answered. It is no failure of ours, and there is nobody to read another.
const statusGone = 499

func (e *exchange) log(log *slog.Logger, r *http.Request, took time.Duration) {
	if r.Context().Err() != nil && errors.Is(e.err, context.Canceled) {
		e.status = statusGone
	}
	level := slog.LevelDebug
	switch {
	case e.status >= 500:
		level = slog.LevelError
	case e.status >= 400 || e.err != nil:
		level = slog.LevelInfo
	}
	if !log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", e.id[0]),
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path), // never the query: it can hold a code
		slog.Int("status", e.status),
		slog.Duration("took", took),
		slog.String("from", r.RemoteAddr),
	}
	if e.err != nil {
		attrs = append(attrs, slog.String("err", e.err.Error()))
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

func newRequestID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
