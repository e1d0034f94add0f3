package legacy

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// questions are the requests that the client has not answered yet. An answer
// reaches only questions of the session that it came in.
type questions struct {
	last int64
	open map[mcp.ID]chan outcome
}

type outcome struct {
	result jsontext.Value
	err    error
}

// process tells the questions of this process from those of the one before,
// whose answers can come late.
var process = rand.Text()[:8]

// ask sends the client a request and waits for its answer, while ctx and the
// call that asks both go on.
func (c *conn) ask(ctx, call context.Context, method string, params jsontext.Value, send func([]byte) error) (jsontext.Value, error) {
	id, answer := c.open()
	defer c.close(id)
	if err := send(mcp.AppendRequest(nil, id, method, params)); err != nil {
		return nil, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: "The client has no stream open to be asked on", Err: err}
	}
	select {
	case a := <-answer:
		return a.result, a.err
	case <-ctx.Done():
	case <-call.Done():
		ctx = call
	}
	send(mcp.AppendRequest(nil, "", mcp.NoteCancelled, jsontext.Value(`{"requestId":`+string(id)+`}`)))
	return nil, context.Cause(ctx)
}

func (c *conn) open() (mcp.ID, chan outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.questions.last++
	id := mcp.ID(`"` + process + "-" + strconv.FormatInt(c.questions.last, 10) + `"`)
	answer := make(chan outcome, 1)
	if c.questions.open == nil {
		c.questions.open = make(map[mcp.ID]chan outcome)
	}
	c.questions.open[id] = answer
	return id, answer
}

func (c *conn) close(id mcp.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.questions.open, id)
}

// answered takes the client's answer to a question. One that nobody waits for
// is dropped.
func (c *conn) answered(m *mcp.Message) {
	c.mu.Lock()
	answer := c.questions.open[m.ID]
	delete(c.questions.open, m.ID)
	c.mu.Unlock()
	if answer == nil {
		return
	}
	if m.Error != nil {
		answer <- outcome{err: &mcp.Error{Code: m.Error.Code, Message: m.Error.Message, Data: slices.Clone(m.Error.Data)}}
		return
	}
	answer <- outcome{result: slices.Clone(m.Result)}
}
