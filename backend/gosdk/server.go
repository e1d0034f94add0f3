package gosdk

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/gateway"
	"gatehouse/identity"
	"gatehouse/internal/running"
	"gatehouse/mcp"
)

// Server is a backend that hosts a server of the official Go SDK in this
// process. [New] makes it.
//
// Calls that do the work (tools/call, prompts/get, resources/read) go to the
// SDK's own chain of handlers without a wire in between. All else goes over a
// [wire], which passes messages as values.
type Server struct {
	name     string
	server   *sdk.Server
	next     sdk.MethodHandler // the SDK's chain, as it was when the server was mounted
	sessions *sessions
	offer    *offer
}

var _ gateway.Backend = (*Server)(nil)

// NewServer hosts s and takes it over: nobody else may connect it, and its
// receiving middleware is complete.
func New(name string, s *sdk.Server) (*Server, error) {
	if s == nil {
		return nil, fmt.Errorf("backend %q: no server", name)
	}
	b := &Server{name: name, server: s, sessions: newSessions(s), offer: newOffer()}
	s.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		b.next = next
		return correlate(next)
	})
	return b, nil
}

// Catalog implements [gateway.Backend].
func (b *Server) Catalog(ctx context.Context) (*gateway.Catalog, error) {
	return b.offer.catalog(ctx, b.server)
}

// Call implements [gateway.Backend]. A handler that does not heed its context
// is left behind when ctx ends.
func (b *Server) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	client := req.Client
	if client == nil {
		client = self
	}
	s, err := b.sessions.get(ctx, who, client)
	if err != nil {
		return mcp.Result{}, err
	}
	defer b.sessions.put(s)
	c := &running.Call{Backend: b.name, Who: who, Client: client, Meta: mcp.Member(req.Params, "_meta"), Peer: peer}
	s.wire.enter(c)
	defer s.wire.leave(c)

	raw, err := b.serve(ctx, s, req, c)
	return mcp.Result{Raw: raw}, err
}

func (b *Server) serve(ctx context.Context, s *session, req *mcp.Request, c *running.Call) (jsontext.Value, error) {
	if mcp.IsNotificationMethod(req.Method) {
		return jsontext.Value("{}"), s.wire.notify(req.Method, req.Params)
	}
	makeRequest := direct[req.Method]
	if makeRequest == nil {
		return s.wire.call(ctx, req.Method, req.Params, wireExtra(c))
	}
	r, err := makeRequest(s.sdk, req.Params, extraOf(c))
	if err != nil {
		return nil, err
	}
	return b.run(c.In(ctx), req.Method, r)
}

// direct makes the SDK's requests of those methods that need no wire.
var direct = map[string]func(*sdk.ServerSession, jsontext.Value, *sdk.RequestExtra) (sdk.Request, error){
	mcp.MethodToolsCall:     request[sdk.CallToolParamsRaw],
	mcp.MethodPromptsGet:    request[sdk.GetPromptParams],
	mcp.MethodResourcesRead: request[sdk.ReadResourceParams],
}

func request[T any, P interface {
	*T
	sdk.Params
}](s *sdk.ServerSession, params jsontext.Value, extra *sdk.RequestExtra) (sdk.Request, error) {
	p := P(new(T))
	if err := json.Unmarshal(params, p); err != nil {
		return nil, &mcp.Error{Code: mcp.CodeInvalidParams, Message: "Invalid params", Err: err}
	}
	return &sdk.ServerRequest[P]{Session: s, Params: p, Extra: extra}, nil
}

// outcome is what a handler came to.
type outcome struct {
	raw jsontext.Value
	err error
}

// run calls the SDK's chain on a goroutine of its own, so that a handler that
// hangs holds nobody up.
func (b *Server) run(ctx context.Context, method string, r sdk.Request) (jsontext.Value, error) {
	done := make(chan outcome, 1)
	go func() {
		raw, err := b.handle(ctx, method, r)
		done <- outcome{raw, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return o.raw, o.err
	}
}

// errHandlerPanic is all that a client learns of a panic.
var errHandlerPanic = &mcp.Error{Code: mcp.CodeInternal, Message: "The server failed. The operator's log says why."}

func (b *Server) handle(ctx context.Context, method string, r sdk.Request) (raw jsontext.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "handler panicked", "backend", b.name, "method", method, "panic", p, "stack", string(debug.Stack()))
			raw, err = nil, errHandlerPanic
		}
	}()
	result, err := b.next(ctx, method, r)
	if err != nil {
		return nil, fromSDK(err)
	}
	return encode(result)
}

// correlate gives a handler that was called over a wire the call that it
// serves.
func correlate(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		if extra := req.GetExtra(); extra != nil && extra.TokenInfo != nil && running.Of(ctx) == nil {
			if c, ok := extra.TokenInfo.Extra[callMember].(*running.Call); ok {
				ctx = c.In(ctx)
			}
		}
		return next(ctx, method, req)
	}
}

// extraOf tells handlers of the SDK who calls, in the SDK's own terms. The
// token itself is none of their business.
func extraOf(c *running.Call) *sdk.RequestExtra {
	return &sdk.RequestExtra{TokenInfo: &auth.TokenInfo{
		UserID:     c.Who.Subject,
		Scopes:     c.Who.Scopes,
		Expiration: c.Who.Expires,
	}}
}

// wireExtra is extraOf with the call itself in it, for [correlate].
func wireExtra(c *running.Call) *sdk.RequestExtra {
	extra := extraOf(c)
	extra.TokenInfo.Extra = map[string]any{callMember: c}
	return extra
}

// callMember of a TokenInfo's Extra is the *running.Call.
const callMember = "gatehouse.call"

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encode writes a result the way the SDK does.
func encode(result sdk.Result) (jsontext.Value, error) {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	e := stdjson.NewEncoder(buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(result); err != nil {
		return nil, &mcp.Error{Code: mcp.CodeInternal, Message: "The result cannot be written as JSON", Err: err}
	}
	return bytes.Clone(bytes.TrimRight(buf.Bytes(), "\n")), nil
}

// End implements [gateway.Backend].
func (b *Server) End(session string) { b.sessions.end(session) }

// Close implements [gateway.Backend].
func (b *Server) Close() error {
	return errors.Join(b.offer.close(), b.sessions.close())
}
