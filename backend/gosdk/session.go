package gosdk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/identity"
	"gatehouse/mcp"
)

const (
	maxSessions = 4096            // kept at once, beside those in use
	idleSession = 5 * time.Minute // after which one is closed
	closeGrace  = 5 * time.Second // for handlers that do not heed their context
)

// session is the SDK's end of one client. A legacy client has one for each of
// its sessions. A modern client has no session; for the SDK to know whom it
// serves, all calls of one person through one kind of client share one.
type session struct {
	key  string
	wire *wire
	sdk  *sdk.ServerSession

	level atomic.Pointer[string] // of log messages, as the server was told

	busy int // calls that run; this and used are guarded by sessions.mu
	used time.Time
}

// sessions makes SDK sessions when they are needed, from what the host knows
// of the client, and closes them when they are not. So a restart or an
// eviction is seen by nobody.
type sessions struct {
	server *sdk.Server
	limit  int

	mu     sync.Mutex
	open   map[string]*session
	sweep  *time.Timer
	closed bool
}

func newSessions(server *sdk.Server) *sessions {
	return &sessions{server: server, limit: maxSessions, open: make(map[string]*session)}
}

// get returns the session of a client, which knows the log level that the
// client wants now. It is not closed before it is put back.
func (ss *sessions) get(ctx context.Context, who identity.Principal, client *mcp.Client) (*session, error) {
	s, err := ss.take(who, client)
	if err != nil {
		return nil, err
	}
	if *s.level.Load() != client.LogLevel {
		s.level.Store(new(client.LogLevel))
		params := member("level", client.LogLevel)
		if _, err := s.wire.call(ctx, mcp.MethodSetLevel, params, nil); err != nil {
			ss.put(s)
			return nil, err
		}
	}
	return s, nil
}

func (ss *sessions) take(who identity.Principal, client *mcp.Client) (*session, error) {
	var space [512]byte
	key := appendKey(space[:0], who, client)

	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return nil, errClosed
	}
	s := ss.open[string(key)]
	if s == nil {
		var err error
		if s, err = connect(ss.server, client); err != nil {
			return nil, err
		}
		s.key = string(key)
		ss.evict()
		ss.open[s.key] = s
		if ss.sweep == nil {
			ss.sweep = time.AfterFunc(idleSession, ss.closeIdle)
		}
	}
	s.busy++
	s.used = time.Now()
	return s, nil
}

// put says that a call is over.
func (ss *sessions) put(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s.busy--
	s.used = time.Now()
}

// appendKey appends what tells sessions apart.
func appendKey(b []byte, who identity.Principal, client *mcp.Client) []byte {
	if client.Session != "" {
		return append(append(b, 's'), client.Session...)
	}
	b = append(append(b, 'c'), client.Revision...)
	b = append(append(b, 0), who.Subject...)
	b = append(append(b, 0), client.LogLevel...)
	b = append(append(b, 0), client.Info...)
	return append(append(b, 0), client.Capabilities...)
}

// connect makes a session as if the client had initialized it.
func connect(server *sdk.Server, client *mcp.Client) (*session, error) {
	params, err := initializeParams(client)
	if err != nil {
		return nil, err
	}
	s := &session{wire: newWire(client.Session)}
	s.level.Store(new(client.LogLevel))
	state := &sdk.ServerSessionState{
		InitializeParams:          params,
		NegotiatedProtocolVersion: string(client.Revision),
		LogLevel:                  sdk.LoggingLevel(client.LogLevel), //nolint:staticcheck // legacy clients have levels
	}
	if s.sdk, err = server.Connect(context.Background(), s.wire, &sdk.ServerSessionOptions{State: state}); err != nil {
		return nil, err
	}
	if client.Revision.Modern() {
		return s, nil
	}
	return s, s.wire.notify(mcp.NoteInitialized, nil)
}

func initializeParams(client *mcp.Client) (*sdk.InitializeParams, error) {
	params := &sdk.InitializeParams{
		ProtocolVersion: string(client.Revision),
		Capabilities:    new(sdk.ClientCapabilities),
		ClientInfo:      new(sdk.Implementation),
	}
	if len(client.Capabilities) > 0 {
		if err := json.Unmarshal(client.Capabilities, params.Capabilities); err != nil {
			return nil, &mcp.Error{Code: mcp.CodeInvalidParams, Message: "The client's capabilities cannot be read", Err: err}
		}
		if mcp.Member(client.Capabilities, "roots") != nil {
			//nolint:staticcheck // legacy clients have roots
			params.Capabilities.RootsV2 = &sdk.RootCapabilities{ListChanged: params.Capabilities.Roots.ListChanged}
		}
	}
	if len(client.Info) > 0 {
		if err := json.Unmarshal(client.Info, params.ClientInfo); err != nil {
			return nil, &mcp.Error{Code: mcp.CodeInvalidParams, Message: "The client's info cannot be read", Err: err}
		}
	}
	return params, nil
}

// evict makes room for one more, at the cost of who was idle longest.
func (ss *sessions) evict() {
	if len(ss.open) < ss.limit {
		return
	}
	var oldest *session
	for _, s := range ss.open {
		if s.busy == 0 && (oldest == nil || s.used.Before(oldest.used)) {
			oldest = s
		}
	}
	if oldest != nil {
		delete(ss.open, oldest.key)
		go oldest.close()
	}
}

func (ss *sessions) closeIdle() {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for key, s := range ss.open {
		if s.busy == 0 && time.Since(s.used) >= idleSession {
			delete(ss.open, key)
			go s.close()
		}
	}
	ss.sweep = nil
	if len(ss.open) > 0 && !ss.closed {
		ss.sweep = time.AfterFunc(idleSession, ss.closeIdle)
	}
}

// end closes a legacy session.
func (ss *sessions) end(id string) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	key := "s" + id
	if s := ss.open[key]; s != nil {
		delete(ss.open, key)
		go s.close()
	}
}

func (ss *sessions) close() error {
	ss.mu.Lock()
	ss.closed = true
	open := ss.open
	ss.open = nil
	if ss.sweep != nil {
		ss.sweep.Stop()
	}
	ss.mu.Unlock()

	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, s := range open {
		all.Go(func() {
			if err := s.close(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// close ends the session and the calls that run over its wire. A handler that
// does not end with them is not waited for.
func (s *session) close() error {
	s.wire.shut()
	done := make(chan error, 1)
	go func() { done <- s.sdk.Close() }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeGrace):
		return errors.New("a handler did not end with its session")
	}
}
