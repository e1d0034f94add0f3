package client

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// changing is a child that tells of changed lists.
type changing struct{ *child }

func (c changing) Send(ctx context.Context, message []byte) error {
	if m, err := mcp.Decode(message); err == nil && m.Method == mcp.MethodInitialize {
		c.say(mcp.AppendResult(nil, m.ID, []byte(`{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"child","version":"1"}}`)))
		return nil
	}
	return c.child.Send(ctx, message)
}

// changingFamily dials such children.
type changingFamily struct{ *family }

func (f changingFamily) Dial(ctx context.Context, person string) (wire.Conn, error) {
	conn, err := f.family.Dial(ctx, person)
	return changing{conn.(*child)}, err
}

func TestAProcessIsNotStartedToHearOfItsLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := changingFamily{&family{call: fine}}
		s := newServer(t, Config{Dialer: f, Revision: mcp.R20250618})
		defer s.Close()
		var heard atomic.Int64
		honoured, err := s.Watch(t.Context(), alice, today, mcp.Changes{Tools: true}, func(string, jsontext.Value) { heard.Add(1) })
		if err != nil || !honoured.Tools {
			t.Fatalf("Watch = %+v, %v", honoured, err)
		}
		f.born[0].end()
		time.Sleep(time.Hour)
		if f.alive() != 0 || len(f.born) != 1 {
			t.Fatalf("%d of %d children live, and nobody has called", f.alive(), len(f.born))
		}

		// With the next call it is listened to again.
		if _, err := s.tool(t, today, `{"name":"x"}`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		before := heard.Load()
		f.born[1].say(mcp.AppendRequest(nil, "", mcp.NoteToolsChanged, nil))
		time.Sleep(time.Minute)
		if heard.Load() <= before || f.alive() != 1 || len(f.born) != 2 {
			t.Errorf("%d news, %d of %d children live", heard.Load()-before, f.alive(), len(f.born))
		}
	})
}
