//go:build js && wasm

package worker

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall/js"

	"gatehouse/internal/jsrt"
)

// readRequest makes an http.Request as a server has it of a Request. Its body
// is read while it arrives.
func readRequest(ctx context.Context, request js.Value) (*http.Request, error) {
	u, err := url.Parse(request.Get("url").String())
	if err != nil {
		return nil, err
	}
	header := jsrt.ReadHeaders(request.Get("headers"))
	r := &http.Request{
		Method:     request.Get("method").String(),
		Host:       u.Host,
		URL:        &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, ForceQuery: u.ForceQuery},
		RequestURI: u.RequestURI(),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
		Body:       http.NoBody,
		RemoteAddr: net.JoinHostPort(header.Get("Cf-Connecting-Ip"), "0"),
	}
	header.Del("Host")
	if body := request.Get("body"); body.Type() == js.TypeObject {
		r.Body = jsrt.NewReader(ctx, body)
		r.ContentLength = contentLength(header)
	}
	return r.WithContext(ctx), nil
}

// contentLength is -1 if it is not known.
func contentLength(h http.Header) int64 {
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
