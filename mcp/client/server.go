package client

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// Transport is how the messages of a server travel.
type Transport string

// The transports over HTTP.
const (
	Auto       Transport = ""     // found by asking
	Streamable Transport = "http" // POST to one URL (2025-03-26 and later)
	SSE        Transport = "sse"  // a stream that is the session (2024-11-05)
)

// Config is what a [Server] is made of. It has either a URL or a Dialer.
type Config struct {
	Name string // of the server, in logs and in failures

	URL       string
	Transport Transport         // to URL
	Header    http.Header       // sent with each request, as credentials are
	HTTP      http.RoundTripper // carries the requests

	Dialer    Dialer
	PerPerson bool // a line belongs to one person; else all share one

	Revision mcp.Revision   // the only one to speak; empty finds it by asking
	Info     jsontext.Value // Implementation of the host, as it calls on its own behalf

	MaxMessage int           // bytes of one message of the server; 0 is 32 MiB
	Idle       time.Duration // after which a session or line that nobody uses ends; 0 is 10 minutes
	TTL        time.Duration // for which a list is good if the server does not say; 0 is a minute

	Log *slog.Logger // nil is the default
	Now func() time.Time
}

const (
	defaultMaxMessage = 32 << 20
	defaultIdle       = 10 * time.Minute
	defaultTTL        = time.Minute
)

// Server is one other server, as its client sees it. [New] makes it; its
// methods may be called concurrently.
type Server struct {
	Config

	http     *wire.Endpoint // nil if the server is reached by lines
	way      way
	asking   sync.Mutex // held while the way is asked for again
	sessions sessions
	offer    kept
	feed     feed
	askers   sync.Map // what was seen to ask over a line, by its target

	log    *slog.Logger    // that names the server
	ctx    context.Context // of all that outlives a call
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New returns the server that the configuration describes. It reaches out to
// nobody yet.
func New(c Config) (*Server, error) {
	if c.MaxMessage <= 0 {
		c.MaxMessage = defaultMaxMessage
	}
	if c.Idle <= 0 {
		c.Idle = defaultIdle
	}
	if c.TTL <= 0 {
		c.TTL = defaultTTL
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Info == nil {
		c.Info = jsontext.Value(`{"name":"gatehouse","version":"1"}`)
	}
	s := &Server{Config: c, log: c.Log.With("backend", c.Name)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if c.Dialer == nil {
		var err error
		if s.http, err = wire.NewEndpoint(c.URL, c.Header, c.HTTP, c.MaxMessage); err != nil {
			s.cancel()
			return nil, fmt.Errorf("backend %s: %w", c.Name, err)
		}
	}
	return s, nil
}

// Dialer opens lines to a server.
type Dialer interface {
	// Dial opens a line for person, a subject, or for everybody if person
	// is "". The line outlives ctx.
	Dial(ctx context.Context, person string) (wire.Conn, error)
}

// Call does one request for who. It returns when the call is over or ctx
// ends, which cancels it. A failure is an [*mcp.Error] if the server answered
// with one, else of the kind fault.Unavailable.
//
// The method of a notification is sent as one, and comes to an empty result.
func (s *Server) Call(ctx context.Context, who identity.Principal, req *mcp.Request, peer mcp.Peer) (mcp.Result, error) {
	client := req.Client
	if client == nil {
		client = s.self()
	}
	if mcp.IsNotificationMethod(req.Method) {
		return mcp.Result{Raw: jsontext.Value(`{}`)}, s.notify(ctx, who, client, req)
	}
	for again := true; ; again = false {
		ss, err := s.session(ctx, who, client)
		if err != nil {
			return mcp.Result{}, s.failure(ctx, err)
		}
		result, err := ss.call(ctx, who.Subject, client, req, peer)
		retry := err != nil && again && s.mend(ctx, ss, err)
		s.sessions.put(ss)
		if !retry {
			return mcp.Result{Raw: result}, s.failure(ctx, unknown(req.Method, err))
		}
	}
}

// notify sends a notification of the client to the session that it has. One
// that has none yet has nothing to tell.
func (s *Server) notify(ctx context.Context, who identity.Principal, client *mcp.Client, req *mcp.Request) error {
	switch req.Method {
	case mcp.NoteInitialized, mcp.NoteCancelled:
		return nil // of the client's own session with us
	}
	ss := s.sessions.find(s.owner(who, client))
	if ss == nil {
		return nil
	}
	defer s.sessions.put(ss)
	if ss.modern && req.Method == mcp.NoteRootsChanged {
		return nil // that revision has no such notification
	}
	params := ss.translate(client, req.Params)
	return s.failure(ctx, ss.channel.Send(ctx, mcp.AppendRequest(nil, "", req.Method, params)))
}

// Legacy reports whether the server, as it was last met, is of a revision with
// sessions. Such a server may ask the client in the middle of a call.
func (s *Server) Legacy() bool { return s.way.legacy() }

// End says that a legacy session of a client is over.
func (s *Server) End(session string) {
	if ss := s.sessions.remove(owner{kind: clientSession, id: session}); ss != nil {
		s.work.Go(ss.close)
	}
}

// Close ends all sessions and lines.
func (s *Server) Close() error {
	var all sync.WaitGroup
	for _, ss := range s.sessions.closeAll() {
		all.Go(ss.close)
	}
	all.Wait()
	s.cancel()
	s.work.Wait()
	if s.http != nil {
		s.http.CloseIdle()
	}
	return nil
}

// self is the host as a client, which can be asked all that its clients can.
func (s *Server) self() *mcp.Client {
	return &mcp.Client{Revision: mcp.R20260728, Info: s.Info, Capabilities: everything}
}

// everything are the capabilities of a client that stands for many.
var everything = jsontext.Value(`{"roots":{"listChanged":true},"sampling":{"context":{},"tools":{}},"elicitation":{"form":{},"url":{}}}`)

// failure is what a caller gets of an error.
func (s *Server) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return s.unavailable(err)
}
