package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"gatehouse/internal/events"
)

// openSSE opens a session with a server of 2024-11-05: a stream whose first
// event says where to POST ("HTTP with SSE").
func (s *Server) openSSE(ctx context.Context, ss *session) error {
	conn, err := s.dialSSE(ctx, ss)
	if err != nil {
		return err
	}
	ss.take(conn)
	return ss.initialize(ctx)
}

// sse is a line made of a stream and of POSTs.
type sse struct {
	to     *endpoint
	body   io.ReadCloser
	from   *events.Reader
	cancel context.CancelFunc
	once   sync.Once
}

func (s *Server) dialSSE(ctx context.Context, ss *session) (Conn, error) {
	streaming, cancel := context.WithCancel(ss.ctx)
	late := context.AfterFunc(ctx, cancel) // until it stands
	conn, err := s.beginSSE(streaming, cancel)
	if !late() && err == nil {
		conn.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return conn, nil
}

func (s *Server) beginSSE(ctx context.Context, cancel context.CancelFunc) (*sse, error) {
	header := s.http.headers(2)
	header["Accept"] = valueEvents
	r, err := s.http.do(ctx, http.MethodGet, header, nil) //nolint:bodyclose // the line does, at its end
	if err != nil {
		return nil, err
	}
	conn := &sse{body: r.Body, cancel: cancel, from: &events.Reader{From: r.Body, Most: s.MaxMessage}}
	if r.StatusCode != http.StatusOK || kindOf(r) != typeEvents {
		defer conn.Close()
		return nil, refusal(r)
	}
	ev, err := conn.from.Next()
	if err == nil {
		conn.to, err = s.where(ev)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// where reads the event that says where to POST. It must be at the same
// origin, for our credentials go there.
func (s *Server) where(ev events.Event) (*endpoint, error) {
	if ev.Name != "endpoint" {
		return nil, nonsense("a stream that does not begin with its endpoint")
	}
	rest, err := url.Parse(string(ev.Data))
	if err != nil {
		return nil, nonsense("the endpoint: %v", err)
	}
	at := s.http.url.ResolveReference(rest)
	if at.Scheme != s.http.url.Scheme || at.Host != s.http.url.Host {
		return nil, nonsense("the endpoint is of another origin")
	}
	return s.http.at(at), nil
}

// Send implements [Conn].
func (c *sse) Send(ctx context.Context, message []byte) error {
	r, err := c.to.post(ctx, c.to.headers(2), message)
	if err != nil {
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
			return err
		}
		return errors.Join(errUncertain, err)
	}
	defer r.Body.Close()
	if r.StatusCode >= http.StatusMultipleChoices {
		return refusal(r)
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxRefusal) // "Accepted", as some say
	return nil
}

// Receive implements [Conn].
func (c *sse) Receive() ([]byte, error) {
	for {
		ev, err := c.from.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", io.EOF, err)
		}
		if ev.Name == "" || ev.Name == "message" {
			return ev.Data, nil
		}
	}
}

// Close implements [Conn].
func (c *sse) Close() error {
	c.once.Do(func() {
		c.cancel()
		c.body.Close()
	})
	return nil
}
