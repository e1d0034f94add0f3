package client

import (
	"testing"

	"gatehouse/mcp"
)

func TestNobodysRootsBecomeThoseOfAll(t *testing.T) {
	f := &family{call: func(c *child, m mcp.Message) {
		c.say(mcp.AppendRequest(nil, `"q"`, mcp.MethodRootsList, nil))
		if got := <-c.results; got != `"q" {"roots":[]}` {
			t.Errorf("a server that all share heard %s", got)
		}
		fine(c, m)
	}}
	s := newServer(t, Config{Dialer: f, Revision: mcp.R20251125})
	p := &peer{answer: []byte(`{"roots":[{"uri":"file:///home/alice"}]}`)}
	if _, err := s.Call(t.Context(), alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: []byte(`{"name":"x"}`), Client: today}, p); err != nil {
		t.Fatal(err)
	}
}
