package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// both is a child that serves both eras, each in a process of its own.
func both(c *child, m mcp.Message) bool {
	if m.Method != mcp.MethodDiscover {
		return false
	}
	c.say(mcp.AppendResult(nil, m.ID, []byte(`{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{"tools":{}}}`)))
	return true
}

func TestEachEraHasItsLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		older func(*child, mcp.Message) // answers initialize; nil does
		lines int
	}{
		{"a server of both eras", nil, 2},
		{"one that says so and is not", func(c *child, m mcp.Message) { c.say(mcp.AppendError(nil, m.ID, mcp.MethodNotFound(m.Method))) }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &family{call: fine, first: func(c *child, m mcp.Message) bool {
				if m.Method == mcp.MethodInitialize && tt.older != nil {
					tt.older(c, m)
					return true
				}
				return both(c, m)
			}}
			s := newServer(t, Config{Dialer: f})
			s.shown(t)
			for range 2 {
				for _, client := range []*mcp.Client{today, yesterday} {
					if _, err := s.tool(t, client, `{"name":"x"}`); err != nil {
						t.Fatalf("%s: %v", client.Revision, err)
					}
				}
			}
			for until := time.Now().Add(time.Second); f.alive() != tt.lines && time.Now().Before(until); {
				time.Sleep(time.Millisecond) // one that is of no use ends in its own time
			}
			if got := f.alive(); got != tt.lines {
				t.Errorf("%d lines, want %d", got, tt.lines)
			}
		})
	}
}

// A person who does not answer holds up no other call of that person, whose
// questions are its own.
func TestACallThatWaitsForItsPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &family{call: func(c *child, m mcp.Message) {
			c.say(mcp.AppendRequest(nil, "7"+m.ID, mcp.MethodElicit, []byte(`{"of":"`+mcp.StringMember(m.Params, "name")+`"}`)))
		}}
		s := newServer(t, Config{Dialer: f, PerPerson: true, Revision: mcp.R20251125})
		defer s.Close()
		call := func(tool string, p mcp.Peer) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, _ = s.Call(ctx, alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"` + tool + `"}`), Client: today}, p)
		}
		for _, tool := range []string{"first", "second", "second", "first"} {
			p := waiting{make(chan string, 1)}
			go call(tool, p)
			time.Sleep(time.Second)
			synctest.Wait()
			select {
			case got := <-p.asked:
				if got != tool {
					t.Errorf("%s was asked what %s asks", tool, got)
				}
			default:
				t.Errorf("%s was not asked", tool)
			}
		}
	})
}

// Calls that begin at once are asked one after the other, each what it asks,
// though nobody answers.
func TestCallsThatAskTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &family{call: func(c *child, m mcp.Message) {
			question := mcp.AppendRequest(nil, "7"+m.ID, mcp.MethodElicit, []byte(`{"of":"`+mcp.StringMember(m.Params, "name")+`"}`))
			time.AfterFunc(goBy/2, func() { c.say(question) })
		}}
		s := newServer(t, Config{Dialer: f, PerPerson: true, Revision: mcp.R20251125})
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		peers := map[string]waiting{}
		for i := range 8 {
			tool := fmt.Sprint("tool ", i)
			s.askers.Store(mcp.MethodToolsCall+" "+tool, true)
			p := waiting{make(chan string, 1)}
			peers[tool] = p
			go func() {
				_, _ = s.Call(ctx, alice, &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(`{"name":"` + tool + `"}`), Client: today}, p)
			}()
		}
		time.Sleep(time.Duration(2*len(peers)) * goBy)
		synctest.Wait()
		for tool, p := range peers {
			select {
			case got := <-p.asked:
				if got != tool {
					t.Errorf("%s was asked what %s asks", tool, got)
				}
			default:
				t.Errorf("%s was not asked", tool)
			}
		}
		cancel()
		synctest.Wait()
	})
}

// waiting is a peer that says what it is asked, and does not answer.
type waiting struct{ asked chan string }

func (waiting) Notify(context.Context, string, jsontext.Value) error { return nil }

func (w waiting) Ask(ctx context.Context, _ string, params jsontext.Value) (jsontext.Value, error) {
	w.asked <- mcp.StringMember(params, "of")
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestUnknown(t *testing.T) {
	bare := &wire.Refusal{Status: 400}
	for _, tt := range []struct {
		name, method string
		err          error
		unknown      bool
	}{
		{"a bare refusal of a method that MCP does not have", "acme/run", bare, true},
		{"of one that it has", mcp.MethodToolsCall, bare, false},
		{"with words", "acme/run", &wire.Refusal{Status: 400, Message: mcp.InvalidParams("no")}, false},
		{"a server that failed", "acme/run", &wire.Refusal{Status: 500}, false},
		{"a server that is not there", "acme/run", &wire.Refusal{Status: 502}, false},
		{"a server that cannot", "acme/run", &wire.Refusal{Status: 501}, true},
		{"no refusal", "acme/run", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, is := errors.AsType[*mcp.Error](unknown(tt.method, tt.err))
			if is != tt.unknown || is && e.Code != mcp.CodeMethodNotFound {
				t.Errorf("unknown = %v", e)
			}
		})
	}
}
