package hold

import (
	"context"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

// question is what a call has asked its client.
type question struct {
	name   string // in inputRequests
	method string
	params jsontext.Value
	answer chan jsontext.Value // holds one
}

// peer is the client as a held call sees it: one that can be asked.
type peer struct {
	calls *Calls
	of    *held
}

var errOver = fault.New(fault.Unavailable, "The request is over.")

// Notify implements [mcp.Peer]. Between two rounds nobody listens.
func (p *peer) Notify(ctx context.Context, method string, params jsontext.Value) error {
	to, err := p.listener()
	if to == nil {
		return err
	}
	if method == mcp.NoteProgress && mcp.SameToken(mcp.Member(params, mcp.MetaProgressToken), p.of.token) {
		// Each request of the client has a token of its own.
		token := progressToken(to.Request)
		if token == nil {
			return nil
		}
		params = mcp.WithMember(params, mcp.MetaProgressToken, token)
	}
	return to.Peer.Notify(ctx, method, params)
}

func (p *peer) listener() (*Call, error) {
	p.calls.mu.Lock()
	defer p.calls.mu.Unlock()
	if p.of.over {
		return nil, errOver
	}
	return p.of.attended, nil
}

// Ask implements [mcp.Peer]. It waits until some request of the client brings
// the answer. What the client has not declared it cannot be asked.
func (p *peer) Ask(ctx context.Context, method string, params jsontext.Value) (jsontext.Value, error) {
	q, err := p.calls.ask(p.of, method, params)
	if err != nil {
		return nil, err
	}
	select {
	case a := <-q.answer:
		return a, nil
	case <-ctx.Done():
	case <-p.of.ctx.Done():
		ctx = p.of.ctx
	}
	p.calls.withdraw(p.of, q)
	return nil, context.Cause(ctx)
}

// ask puts a question among those that the client is to answer.
func (c *Calls) ask(h *held, method string, params jsontext.Value) (*question, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.over {
		return nil, errOver
	}
	if h.ctx.Err() != nil {
		return nil, context.Cause(h.ctx) // it was dropped, and must not come back
	}
	h.last++
	q := &question{
		name:   "question-" + strconv.Itoa(h.last),
		method: method,
		params: params,
		answer: make(chan jsontext.Value, 1),
	}
	if err := mcp.CheckInputRequests(appendQuestions(nil, q), h.capabilities); err != nil {
		return nil, err
	}
	if err := c.admit(h); err != nil {
		return nil, err
	}
	h.questions = append(h.questions, q)
	h.remind()
	return q, nil
}

// withdraw takes back a question that nobody waits for any more.
func (c *Calls) withdraw(h *held, q *question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.questions = slices.DeleteFunc(h.questions, func(open *question) bool { return open == q })
}

// remind tells whoever attends that there are questions.
func (h *held) remind() {
	select {
	case h.asked <- struct{}{}:
	default:
	}
}

// answer answers the questions that the client has an answer to. The others
// are asked again.
func (h *held) answer(answers map[string]jsontext.Value) {
	var open []*question
	for _, q := range h.questions {
		if a, ok := answers[q.name]; ok {
			q.answer <- a
		} else {
			open = append(open, q)
		}
	}
	h.questions = open
	if len(open) > 0 {
		h.remind()
	}
}
