package wire

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

// DialEvents opens a line to a server of 2024-11-05: a stream whose first event
// says where to POST ("HTTP with SSE"). It lasts as long as the session; ctx
// bounds the opening.
func DialEvents(ctx context.Context, env Env, to *Endpoint) (Conn, error) {
	streaming, cancel := context.WithCancel(env.Context)
	late := context.AfterFunc(ctx, cancel) // until it stands
	conn, err := beginEvents(streaming, cancel, to)
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

// eventLine is a line made of a stream and of POSTs.
type eventLine struct {
	to     *Endpoint
	body   io.ReadCloser
	from   *events.Reader
	cancel context.CancelFunc
	once   sync.Once
}

func beginEvents(ctx context.Context, cancel context.CancelFunc, to *Endpoint) (*eventLine, error) {
	header := to.headers(2)
	header["Accept"] = valueEvents
	res, err := to.do(ctx, http.MethodGet, header, nil) //nolint:bodyclose // the line does, at its end
	if err != nil {
		return nil, err
	}
	conn := &eventLine{body: res.Body, cancel: cancel, from: &events.Reader{From: res.Body, Most: to.most}}
	if res.StatusCode != http.StatusOK || kindOf(res) != typeEvents {
		defer conn.Close()
		return nil, refusal(res)
	}
	ev, err := conn.from.Next()
	if err == nil {
		conn.to, err = to.where(ev)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// where reads the event that says where to POST. It must be at the same
// origin, for our credentials go there.
func (e *Endpoint) where(ev events.Event) (*Endpoint, error) {
	if ev.Name != "endpoint" {
		return nil, Nonsense("a stream that does not begin with its endpoint")
	}
	rest, err := url.Parse(string(ev.Data))
	if err != nil {
		return nil, Nonsense("the endpoint: %v", err)
	}
	at := e.url.ResolveReference(rest)
	if at.Scheme != e.url.Scheme || at.Host != e.url.Host {
		return nil, Nonsense("the endpoint is of another origin")
	}
	return e.at(at), nil
}

// Send implements [Conn].
func (c *eventLine) Send(ctx context.Context, message []byte) error {
	r, err := c.to.post(ctx, c.to.headers(2), new(content).of(message))
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
func (c *eventLine) Receive() ([]byte, error) {
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
func (c *eventLine) Close() error {
	c.once.Do(func() {
		c.cancel()
		c.body.Close()
	})
	return nil
}
