package hold

import (
	"cmp"
	"context"
	"crypto/rand"
	"sync"
	"time"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/store"
)

const (
	defaultLife      = 10 * time.Minute
	defaultPerPerson = 16
	defaultTotal     = 1000

	// settle is how long a question waits for others that are asked beside it.
	// Those that come later are asked in the next round.
	settle = 10 * time.Millisecond
)

// Calls are the calls that wait for their clients. All they need is in the
// fields, which are not changed once the first call is done.
type Calls struct {
	Keys *store.Keyring
	Now  func() time.Time

	Life      time.Duration // for which a call waits for its client's answers; 0 is 10 minutes
	PerPerson int           // calls held at once; 0 is 16
	Total     int           // of all persons; 0 is 1,000

	mu     sync.Mutex // guards what changes in each held, too
	held   map[string]*held
	closed bool
}

// Call is one request on its way to a server that may ask in the middle of it.
type Call struct {
	Who     identity.Principal
	Server  string // who serves it
	Request *mcp.Request
	Peer    mcp.Peer

	// Run does the request. It gets the request as a client of an older
	// revision would have sent it, and a peer that can be asked. It must end
	// soon after its context.
	Run func(ctx context.Context, req *mcp.Request, peer mcp.Peer) (mcp.Result, error)
}

// Do does a call. Its result may be that the client has to answer first, and
// then to call again; for that the call goes on without this request. It ends
// with ctx if ctx ends before there is a result.
//
// Calls of clients that can be asked in the middle are run as they are, and so
// are those of clients that can be asked nothing at all.
func (c *Calls) Do(ctx context.Context, call Call) (mcp.Result, error) {
	client := call.Request.Client
	if client == nil || !client.Revision.Modern() {
		return call.Run(ctx, call.Request, call.Peer)
	}
	if !asking[call.Request.Method] {
		return call.Run(ctx, older(call.Request), call.Peer)
	}
	state := mcp.Member(call.Request.Params, "requestState")
	if state == nil && !client.CanBeAsked() {
		return call.Run(ctx, older(call.Request), deaf{call.Peer, client.Capabilities})
	}
	if state == nil {
		return c.attend(ctx, c.begin(ctx, call), call)
	}
	h, err := c.resume(call, state)
	if err != nil {
		return mcp.Result{}, err
	}
	return c.attend(ctx, h, call)
}

// Close ends the calls that are held, and keeps others from being held.
func (c *Calls) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, h := range c.held {
		c.drop(h, errClosing)
	}
}

// asking are the methods whose results may ask the client for input.
var asking = map[string]bool{
	mcp.MethodToolsCall:     true,
	mcp.MethodPromptsGet:    true,
	mcp.MethodResourcesRead: true,
}

var (
	errClosing = fault.New(fault.Unavailable, "The server is closing. Call again from the beginning.")
	errExpired = fault.New(fault.Unavailable, "The client did not answer in time.")
	errCrowded = fault.New(fault.TooMany, "Newer calls of this person wait for answers.")
	errFull    = fault.New(fault.TooMany, "Too many calls wait for answers. Try again later.")
)

// admit makes a call one of those that are held. Of a person who has too many,
// the one ends that has waited longest for its client. The caller holds the
// lock.
func (c *Calls) admit(h *held) error {
	if h.id != "" {
		return nil
	}
	if c.closed {
		return errClosing
	}
	var oldest *held
	own := 0
	for _, other := range c.held {
		if other.owner != h.owner {
			continue
		}
		own++
		if other.alone() && (oldest == nil || other.since.Before(oldest.since)) {
			oldest = other
		}
	}
	switch {
	case own < cmp.Or(c.PerPerson, defaultPerPerson):
		if len(c.held) >= cmp.Or(c.Total, defaultTotal) {
			return errFull
		}
	case oldest == nil:
		return errFull
	default:
		c.drop(oldest, errCrowded)
	}
	if c.held == nil {
		c.held = make(map[string]*held)
	}
	h.id = rand.Text()
	c.held[h.id] = h
	return nil
}

// drop lets go of a call, and ends it if it still runs. The caller holds the
// lock.
func (c *Calls) drop(h *held, cause error) {
	delete(c.held, h.id)
	if h.expiry != nil {
		h.expiry.Stop()
	}
	h.cancel(cause)
}

func (c *Calls) life() time.Duration { return cmp.Or(c.Life, defaultLife) }
