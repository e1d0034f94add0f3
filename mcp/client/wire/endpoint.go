package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/mcp"
)

const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream"
)

// maxRefusal is how much is read of an answer that refuses a request.
const maxRefusal = 64 << 10

// Endpoint is a URL that takes messages, and how requests to it look.
type Endpoint struct {
	carrier http.RoundTripper
	url     *url.URL
	header  http.Header // of every request
	most    int         // bytes of one message
}

// NewEndpoint returns the endpoint at an address, to which the carrier brings
// requests with that header. No message may be longer than most.
func NewEndpoint(address string, header http.Header, carrier http.RoundTripper, most int) (*Endpoint, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the URL is none") // what is wrong with it may be secret
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the URL must begin with http:// or https://")
	}
	if carrier == nil {
		return nil, errors.New("nothing carries its requests")
	}
	e := &Endpoint{carrier: carrier, url: u, most: most, header: make(http.Header)}
	if u.User != nil {
		e.url = new(*u)
		e.url.User = nil
		password, _ := u.User.Password()
		basic := http.Request{Header: e.header}
		basic.SetBasicAuth(u.User.Username(), password)
	}
	for name, values := range header {
		e.header[http.CanonicalHeaderKey(name)] = values
	}
	return e, nil
}

// at is the endpoint with another URL.
func (e *Endpoint) at(u *url.URL) *Endpoint {
	other := *e
	other.url = u
	return &other
}

// headers returns the headers of one request, for the caller to add to.
func (e *Endpoint) headers(more int) http.Header {
	h := make(http.Header, len(e.header)+more)
	maps.Copy(h, e.header)
	return h
}

// Values of headers, which requests share and nobody changes.
var (
	valueJSON   = []string{typeJSON}
	valueEvents = []string{typeEvents}
	valueBoth   = []string{typeJSON + ", " + typeEvents}
)

// post sends a message. The caller must close the body of the answer.
func (e *Endpoint) post(ctx context.Context, header http.Header, body *content) (*http.Response, error) {
	header["Content-Type"] = valueJSON
	header["Accept"] = valueBoth
	return e.do(ctx, http.MethodPost, header, body)
}

// blank is what all requests have in common.
var blank = http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// do sends a request. What the carrier says of a failure may name the address:
// it is for the operator. Redirects are answers like any other.
func (e *Endpoint) do(ctx context.Context, method string, header http.Header, body *content) (*http.Response, error) {
	r := blank.WithContext(ctx) // a copy
	r.Method, r.URL, r.Host, r.Header = method, e.url, e.url.Host, header
	if body != nil {
		r.ContentLength, r.Body, r.GetBody = body.Size(), body, body.again
	}
	return e.carrier.RoundTrip(r)
}

// content is a message as the body of a request.
type content struct {
	bytes.Reader
	message []byte
}

// of makes c that of a message.
func (c *content) of(message []byte) *content {
	c.message = message
	c.Reset(message)
	return c
}

// again is the GetBody of a request.
func (c *content) again() (io.ReadCloser, error) { return new(content).of(c.message), nil }

// Close implements [io.Closer].
func (*content) Close() error { return nil }

// CloseIdle ends the connections that carry nothing.
func (e *Endpoint) CloseIdle() {
	if c, ok := e.carrier.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// kindOf returns the media type of an answer, without its parameters.
func kindOf(r *http.Response) string {
	kind := r.Header.Get("Content-Type")
	if kind == typeJSON {
		return typeJSON
	}
	kind, _, _ = strings.Cut(kind, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// refusal reads an answer that is no success.
func refusal(r *http.Response) *Refusal {
	e := &Refusal{Status: r.StatusCode}
	if to, err := url.Parse(r.Header.Get("Location")); err == nil {
		e.other = to.Host // the rest may be of our URL, and secret
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRefusal))
	if err != nil {
		return e
	}
	if m, err := mcp.Decode(body); err == nil && m.Error != nil {
		e.Message = m.Error
	}
	return e
}

// readBody reads a whole answer of at most that many bytes.
func readBody(r *http.Response, most int) ([]byte, error) {
	if r.ContentLength > int64(most) {
		return nil, ErrTooLarge
	}
	if r.ContentLength > 0 {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(most)+1))
	if len(body) > most {
		return nil, ErrTooLarge
	}
	return body, err
}
