//go:build js && wasm

package worker

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// readRequest makes an http.Request as a server has it of a letter. A body that
// is a stream is read while it arrives.
func readRequest(ctx context.Context, l letter) (*http.Request, error) {
	method, address, header := readHead(l.head)
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method:     method,
		Host:       u.Host,
		URL:        &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, ForceQuery: u.ForceQuery},
		RequestURI: u.RequestURI(),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     header,
		Body:       l.open(ctx),
		RemoteAddr: net.JoinHostPort(header.Get("Cf-Connecting-Ip"), "0"),
	}
	header.Del("Host")
	if r.Body != http.NoBody {
		r.ContentLength = contentLength(header)
	}
	return r.WithContext(ctx), nil
}

// origin is that of the URL that was asked for.
func origin(l letter) string {
	_, address, _ := readHead(l.head)
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// contentLength is -1 if it is not known.
func contentLength(h http.Header) int64 {
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
