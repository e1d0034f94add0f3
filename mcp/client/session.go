package client

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/mcp"
	"gatehouse/mcp/client/offer"
	"gatehouse/mcp/client/wire"
)

// session is one client, as the server knows it. A modern server knows none:
// there, all share one.
type session struct {
	server  *Server
	channel wire.Channel
	of      owner
	shared  bool // its calls are those of several persons
	modern  bool
	lined   bool        // its messages share one line
	client  *mcp.Client // whom the server was told it serves
	about   offer.About
	way     found // by which it was opened

	last  atomic.Int64 // number of the last request
	turns sync.Mutex   // held while the log level is set

	replies atomic.Int64 // on their way, to questions that nobody was asked
	doubts  sync.Once    // done when the operator was told of a question for nobody

	mu         sync.Mutex
	level      string               // of log messages, as the server was told
	running    []*call              // the newest is last
	abandoned  []abandoned          // calls of a shared session that may go on
	questions  map[mcp.ID]*question // of the server, not answered yet
	deferred   []mcp.Message        // questions that wait for a call
	clearing   map[mcp.ID]struct{}  // questions that wait until it is clear whose they are
	coming     *call                // has its turn to ask, and is about to run
	moved      sync.Cond            // a call is over, or waits for the answers to all that it asks
	sinks      map[*sink][]string   // resources that each wants to hear of
	subscribed map[string]int       // resources, and how many want to hear of each
	ear        *ear                 // nil while no stream was wanted

	ctx    context.Context // ends when nothing comes of the session any more
	cancel context.CancelFunc

	// What follows is guarded by sessions.mu.
	opened  chan struct{} // closed when the session stands, or err does
	err     error
	busy    int
	used    time.Time
	retired bool // nobody else gets it
}

func newSession(s *Server, of owner, client *mcp.Client) *session {
	kept := *client // what it points into may not last
	kept.Info, kept.Capabilities = slices.Clone(client.Info), slices.Clone(client.Capabilities)
	ss := &session{server: s, of: of, client: &kept, shared: of.shared(), opened: make(chan struct{})}
	ss.moved.L = &ss.mu
	ss.ctx, ss.cancel = context.WithCancel(s.ctx)
	return ss
}

// env is what a channel of the session needs.
func (ss *session) env() wire.Env {
	return wire.Env{Session: ss, Context: ss.ctx, Work: &ss.server.work, Log: ss.server.log}
}

// alone reports whether every call has a stream of its own, and nothing is
// said of it elsewhere.
func (ss *session) alone() bool { return ss.modern && !ss.lined }

// end says that nothing comes of the session any more.
func (ss *session) end() { ss.cancel() }

// close ends the session, once it has stopped being opened.
func (ss *session) close() {
	ss.end()
	<-ss.opened
	if ss.channel != nil {
		ss.channel.Close()
	}
}
