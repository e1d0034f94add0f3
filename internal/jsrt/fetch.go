//go:build js && wasm

package jsrt

import (
	"io"
	"net/http"
	"strconv"
	"syscall/js"
)

// Fetch sends requests with fetch. It follows no redirects: those are the
// business of an http.Client.
type Fetch struct{}

// RoundTrip sends the request and returns as soon as the answer's header is
// there. The body of the request is read first: those the host sends are small.
func (Fetch) RoundTrip(req *http.Request) (*http.Response, error) {
	init, stop, err := fetchInit(req)
	if err != nil {
		return nil, err
	}
	promise, err := Try(func() js.Value { return js.Global().Call("fetch", req.URL.String(), init) })
	if err != nil {
		stop()
		return nil, err
	}
	answer, err := Await(req.Context(), promise)
	if err != nil {
		stop()
		return nil, err
	}
	return response(req, answer, stop), nil
}

// fetchInit is the second argument of fetch. Calling stop gives the exchange
// up, unless it is over.
func fetchInit(req *http.Request) (init js.Value, stop func(), err error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		if body, err = io.ReadAll(req.Body); err != nil {
			return js.Undefined(), nil, err
		}
	}
	control := js.Global().Get("AbortController").New()
	init = js.ValueOf(map[string]any{
		"method":   req.Method,
		"headers":  Headers(req.Header),
		"redirect": "manual",
		"signal":   control.Get("signal"),
	})
	if len(body) > 0 {
		init.Set("body", Bytes(body))
	}
	return init, func() { control.Call("abort") }, nil
}

// response is an answer of fetch. Its body lasts as long as the context of the
// request.
func response(req *http.Request, answer js.Value, stop func()) *http.Response {
	status := answer.Get("status").Int()
	res := &http.Response{
		Status:        strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        ReadHeaders(answer.Get("headers")),
		ContentLength: -1, // fetch has undone what compression there was
		Body:          http.NoBody,
		Request:       req,
	}
	if stream := answer.Get("body"); stream.Type() == js.TypeObject {
		res.Body = &fetched{ReadCloser: NewReader(req.Context(), stream), stop: stop}
	}
	return res
}

// fetched is the body of an answer. What is not read to its end is given up.
type fetched struct {
	io.ReadCloser
	stop  func()
	ended bool
}

func (f *fetched) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.ended = f.ended || err == io.EOF
	return n, err
}

func (f *fetched) Close() error {
	if f.ended {
		return nil
	}
	err := f.ReadCloser.Close()
	f.stop()
	return err
}

// Headers returns the header as Headers and Response take it: pairs of names
// and values.
func Headers(h http.Header) js.Value {
	pairs := make([]any, 0, len(h))
	for name, values := range h {
		for _, value := range values {
			pairs = append(pairs, []any{name, value})
		}
	}
	return js.ValueOf(pairs)
}

// ReadHeaders reads a Headers object.
func ReadHeaders(headers js.Value) http.Header {
	pairs := js.Global().Get("Array").Call("from", headers)
	h := make(http.Header, pairs.Length())
	for i := range pairs.Length() {
		pair := pairs.Index(i)
		h.Add(pair.Index(0).String(), pair.Index(1).String())
	}
	return h
}
