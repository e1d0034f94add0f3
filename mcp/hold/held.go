package hold

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// held is one call. It runs on a goroutine of its own, while requests of its
// client come and go.
type held struct {
	owner  string          // subject of the person
	token  jsontext.Value  // for progress, as the server knows it
	ctx    context.Context // of the call
	cancel context.CancelCauseFunc

	asked  chan struct{} // holds one if there may be questions to ask
	done   chan struct{} // closed when the call is over
	result mcp.Result    // these two stand once done is closed
	err    error

	// What follows is guarded by Calls.mu.

	id           string         // empty until it has asked
	attended     *Call          // the request that waits for the call; nil between rounds
	capabilities jsontext.Value // of the client, as it last declared them
	round        int            // how often the client was asked
	since        time.Time      // when it was asked last
	expiry       *time.Timer    // of the round
	questions    []*question    // that have no answer yet
	last         int            // number of the last question
	over         bool
}

// alone reports whether no request waits for the call.
func (h *held) alone() bool { return h.attended == nil }

// meet has a request wait for the call.
func (h *held) meet(call *Call) {
	h.attended = call
	h.capabilities = call.Request.Client.Capabilities
}

// begin starts a call. It does not end with the request that brought it.
func (c *Calls) begin(ctx context.Context, call Call) *held {
	detached, _ := httpx.Detach(ctx)
	h := &held{
		owner: call.Who.Subject,
		token: progressToken(call.Request),
		asked: make(chan struct{}, 1),
		done:  make(chan struct{}),
	}
	h.meet(&call)
	h.ctx, h.cancel = context.WithCancelCause(detached)
	go c.run(h, call)
	return h
}

func (c *Calls) run(h *held, call Call) {
	defer h.cancel(nil)
	h.result, h.err = guarded(h.ctx, call, &peer{calls: c, of: h})
	if h.err != nil && h.ctx.Err() != nil {
		h.err = context.Cause(h.ctx)
	}
	c.mu.Lock()
	h.over, h.questions = true, nil
	c.mu.Unlock()
	close(h.done)
}

// guarded runs a call. One that panics has failed, and the process lives.
func guarded(ctx context.Context, call Call, p mcp.Peer) (res mcp.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", fault.Internal, r, debug.Stack())
		}
	}()
	return call.Run(ctx, older(call.Request), p)
}

// attend waits for the call on behalf of a request, until there is something
// to answer the request with.
func (c *Calls) attend(ctx context.Context, h *held, call Call) (mcp.Result, error) {
	for {
		select {
		case <-h.done:
			return c.finish(h)
		case <-ctx.Done():
			return c.abandon(ctx, h)
		case <-h.asked:
		}
		select {
		case <-h.done:
		case <-ctx.Done():
		case <-time.After(settle):
			if questions, at := c.park(h); questions != nil {
				return c.inputRequired(call, questions, at)
			}
		}
	}
}

// finish takes the call's result.
func (c *Calls) finish(h *held) (mcp.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(h, nil)
	return h.result, h.err
}

// abandon ends a call whose client is gone.
func (c *Calls) abandon(ctx context.Context, h *held) (mcp.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(h, context.Cause(ctx))
	return mcp.Result{}, context.Cause(ctx)
}

// park leaves the call alone with its questions, until the client has answered
// them or its time is over. It does nothing if there is no question.
func (c *Calls) park(h *held) ([]*question, state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(h.questions) == 0 {
		return nil, state{}
	}
	h.round++
	round := h.round
	h.attended, h.since = nil, c.Now()
	h.expiry = time.AfterFunc(c.life(), func() { c.expire(h, round) })
	return slices.Clone(h.questions), state{Call: h.id, Round: round, Expires: h.since.Add(c.life()).Unix()}
}

func (c *Calls) expire(h *held, round int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.alone() && h.round == round {
		c.drop(h, errExpired)
	}
}

// resume finds the call that a request goes on with, and gives it the answers
// that the request brings. Only one request can go on from a round.
func (c *Calls) resume(call Call, sealed jsontext.Value) (*held, error) {
	at, err := c.open(call, sealed)
	if err != nil {
		return nil, err
	}
	answers, err := readAnswers(call.Request.Params)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.held[at.Call]
	if h == nil {
		return nil, errGone
	}
	if !h.alone() || h.round != at.Round {
		return nil, errUsed
	}
	h.expiry.Stop()
	h.meet(&call)
	h.answer(answers)
	return h, nil
}

func progressToken(req *mcp.Request) jsontext.Value {
	return mcp.Member(mcp.Member(req.Params, "_meta"), mcp.MetaProgressToken)
}
