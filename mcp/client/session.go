package client

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/offer"
	"gatehouse/mcp/client/wire"
)

// session is one client, as the server knows it. A modern server knows none:
// there, all share one.
type session struct {
	server  *Server
	channel wire.Channel
	key     string
	shared  bool // its calls are those of several persons
	modern  bool
	lined   bool        // its messages share one line
	client  *mcp.Client // whom the server was told it serves
	about   offer.About
	way     found // by which it was opened

	last  atomic.Int64  // number of the last request
	turns sync.Mutex    // held while the log level is set
	turn  chan struct{} // held by the call that may ask, on a line

	replies atomic.Int64 // on their way, to questions that nobody was asked
	doubts  sync.Once    // done when the operator was told of a question for nobody

	mu         sync.Mutex
	level      string               // of log messages, as the server was told
	running    []*call              // the newest is last
	abandoned  []abandoned          // calls of a shared session that may go on
	questions  map[mcp.ID]*question // of the server, not answered yet
	deferred   []mcp.Message        // questions that wait for a call
	clearing   map[mcp.ID]struct{}  // questions that wait until it is clear whose they are
	fewer      sync.Cond            // the server has done with a call
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

func newSession(s *Server, key string, client *mcp.Client) *session {
	kept := *client // what it points into may not last
	kept.Info, kept.Capabilities = slices.Clone(client.Info), slices.Clone(client.Capabilities)
	ss := &session{server: s, key: key, client: &kept, shared: isShared(key), opened: make(chan struct{}), turn: make(chan struct{}, 1)}
	ss.fewer.L = &ss.mu
	ss.ctx, ss.cancel = context.WithCancel(s.ctx)
	return ss
}

// call does one request of the client.
func (ss *session) call(ctx context.Context, person string, client *mcp.Client, req *mcp.Request, peer mcp.Peer) (jsontext.Value, error) {
	if ss.modern && mcp.EncodeHeader(req.Method) != req.Method {
		return nil, mcp.MethodNotFound(req.Method) // no header can say it
	}
	if ss.shared && req.Method == methodTasksList {
		return nil, mcp.MethodNotFound(req.Method) // it shows those of all
	}
	if err := ss.setLevel(ctx, client); err != nil {
		return nil, err
	}
	c := ss.newCall(ctx, req.Method)
	c.person, c.peer = person, peer
	c.params = ss.own(c, ss.translate(client, req.Params))
	switch {
	case ss.modern:
		c.Name, c.Args = ss.server.names(ctx, req)
	case ss.lined:
		done, err := ss.await(ctx, c)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	return ss.do(ctx, c)
}

// request does a request of the host itself.
func (ss *session) request(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	c := ss.newCall(ctx, method)
	c.params = params
	if ss.modern {
		c.params = ss.translate(ss.client, params)
	}
	return ss.do(ctx, c)
}

func (ss *session) do(ctx context.Context, c *call) (jsontext.Value, error) {
	c.Message = mcp.AppendRequest(make([]byte, 0, len(c.params)+len(c.Method)+64), c.ID, c.Method, c.params)
	ss.enter(c)
	defer ss.leave(c)
	if c.peer != nil && !c.alone {
		ss.askDeferred(c)
	}
	m, err := ss.channel.Do(ctx, &c.Request)
	if err != nil {
		if ctx.Err() != nil && ss.ctx.Err() == nil {
			ss.abandon(c)
		}
		return nil, err
	}
	return outcome(&m)
}

// own gives the progress token of a call a value that no other call of the
// session has. On a stream of its own the client's is good enough.
func (ss *session) own(c *call, params jsontext.Value) jsontext.Value {
	if c.alone = ss.alone(); c.alone {
		return params
	}
	c.token = mcp.Member(mcp.Member(params, "_meta"), mcp.MetaProgressToken)
	if c.token == nil {
		return params
	}
	c.own = jsontext.Value(c.ID)
	return mcp.WithMeta(params, mcp.MetaProgressToken, c.own)
}

// enter makes a call one that the server may speak of outside of its answer.
func (ss *session) enter(c *call) {
	if ss.alone() {
		return
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.running = append(ss.running, c)
}

// leave ends what goes on for a call that is over.
func (ss *session) leave(c *call) {
	if ss.alone() {
		return
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.running = slices.DeleteFunc(ss.running, func(other *call) bool { return other == c })
	ss.fewer.Broadcast()
	for _, q := range ss.questions {
		if q.of == c {
			q.cancel()
		}
	}
}

// alone reports whether every call has a stream of its own, and nothing is
// said of it elsewhere.
func (ss *session) alone() bool { return ss.modern && !ss.lined }

// Hear implements [wire.Session].
func (ss *session) Hear(m *mcp.Message) *wire.Request {
	if m.IsResponse() {
		ss.late(m)
		return nil
	}
	if c := ss.hear(nil, m); c != nil {
		return &c.Request
	}
	return nil
}

// hear takes a message of the server that is no answer. on is the call on whose
// stream it came, or nil. It returns the call that is to be told of it.
func (ss *session) hear(on *call, m *mcp.Message) (c *call) {
	switch m.Method {
	case mcp.NoteCancelled:
		ss.withdraw(mcp.ID(mcp.Member(m.Params, "requestId")))
		return nil
	case mcp.NoteToolsChanged, mcp.NotePromptsChanged, mcp.NoteResourcesChanged:
		ss.server.offer.invalidate()
		ss.changed(m)
		return nil
	case mcp.NoteResourceUpdated, mcp.NoteSubscriptionsAcked:
		ss.changed(m)
		return nil
	}
	c = on
	if c == nil && m.Method != mcp.MethodPing && !ss.keyOfAnother(m) {
		c = ss.callOf(m)
	}
	switch {
	case m.IsRequest():
		ss.question(c, m)
		return nil
	case c == nil && m.Method != mcp.NoteProgress && !ss.shared:
		// Of no call that still runs: those who listen may know what it is. On a
		// session of all, it is of nobody knows whom.
		ss.changed(m)
	}
	return c
}

// Missed implements [wire.Session].
func (ss *session) Missed() {
	for _, k := range ss.listeners() {
		k.missed()
	}
}

// Cancel implements [wire.Session].
func (ss *session) Cancel(id mcp.ID) {
	params := mcp.WithMember(nil, "requestId", jsontext.Value(id))
	ss.server.work.Go(func() { ss.reply(mcp.AppendRequest(nil, "", mcp.NoteCancelled, params)) })
}

// Ended implements [wire.Session].
func (ss *session) Ended() {
	ss.server.sessions.retire(ss)
	ss.end()
}

// env is what a channel of the session needs.
func (ss *session) env() wire.Env {
	return wire.Env{Session: ss, Context: ss.ctx, Work: &ss.server.work, Log: ss.server.log}
}

// setLevel tells a server of an older revision from which level up the client
// wants log messages. Where several share a session, the edges leave out what
// is too much for one of them.
func (ss *session) setLevel(ctx context.Context, client *mcp.Client) error {
	if ss.modern || client.LogLevel == "" || !ss.about.Can("logging") {
		return nil
	}
	if !ss.levelDiffers(client) {
		return nil
	}
	ss.turns.Lock()
	defer ss.turns.Unlock()
	if !ss.levelDiffers(client) {
		return nil
	}
	level, err := jsontext.AppendQuote(nil, client.LogLevel)
	if err != nil {
		return err
	}
	_, err = ss.request(ctx, mcp.MethodSetLevel, mcp.WithMember(nil, "level", level))
	if err != nil && !refused(err) {
		return err
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.level = client.LogLevel
	return nil
}

func (ss *session) levelDiffers(client *mcp.Client) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.key == sessionKey(client.Session) && client.Session != "" {
		return ss.level != client.LogLevel
	}
	return ss.level == "" || ss.level != client.LogLevel && mcp.LevelReaches(ss.level, client.LogLevel)
}

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
