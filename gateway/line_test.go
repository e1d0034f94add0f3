package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

func TestAListIsNotHeldUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		sick func(context.Context) (*Catalog, error)
		wait time.Duration // at most, of the first list
	}{
		{"by a backend that is dead", dead, 0},
		{"by one that hangs, for longer than the first time", hung, defaultPatience},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sick, well := &script{offers: tt.sick}, &script{offers: offer(oneTool("add"))}
			inBubble(t, []Mount{{Name: "sick", Prefix: "sick_", Backend: sick}, {Name: "well", Backend: well}}, func(t *testing.T, g *Gateway) {
				began := time.Now()
				raw := list(t, g, "tools/list")
				if took := time.Since(began); took > tt.wait {
					t.Errorf("the first list took %v", took)
				}
				if !strings.Contains(raw, `"name":"add"`) {
					t.Errorf("the well backend is not listed: %s", raw)
				}
				if tt.sick != nil && !strings.Contains(raw, `"_meta":{"gatehouse/backends":{"sick":{"state":"unreachable"`) {
					t.Errorf("the list does not say that it lacks something: %s", raw)
				}
				time.Sleep(fetchTime) // the first try is over now
				synctest.Wait()
				began = time.Now()
				list(t, g, "tools/list")
				_, err := call(t, g, alice, "tools/call", `{"name":"sick_add"}`)
				if took := time.Since(began); took != 0 {
					t.Errorf("what came later took %v", took)
				}
				if !errors.Is(err, fault.Unavailable) || fault.Public(err) != `The backend "sick" has not answered yet. Try again later.` {
					t.Errorf("a call of it: %v, public %q", err, fault.Public(err))
				}
				if _, err := call(t, g, alice, "tools/call", `{"name":"add"}`); err != nil {
					t.Errorf("a call of the other: %v", err)
				}
			})
		})
	}
}

func TestTheFirstCallWaitsForItsOwnBackend(t *testing.T) {
	slow := &script{}
	slow.offers = func(context.Context) (*Catalog, error) {
		if slow.fetched.Load() == 1 {
			time.Sleep(2 * time.Second)
		}
		return oneTool("add"), nil
	}
	inBubble(t, []Mount{{Name: "hung", Prefix: "hung_", Backend: &script{offers: hung}}, {Name: "slow", Backend: slow}}, func(t *testing.T, g *Gateway) {
		began := time.Now()
		if err := callWith(t.Context(), g, mute{}); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestALastGoodCatalogIsServed(t *testing.T) {
	var broken atomic.Bool
	s := &script{}
	good := oneTool("add")
	s.offers = func(ctx context.Context) (*Catalog, error) {
		if broken.Load() {
			return dead(ctx)
		}
		return good, nil
	}
	inBubble(t, []Mount{{Name: "notes", Backend: s}}, func(t *testing.T, g *Gateway) {
		if raw := list(t, g, "tools/list"); strings.Contains(raw, "_meta") {
			t.Errorf("a fresh list says %s", raw)
		}
		broken.Store(true)
		time.Sleep(time.Hour)
		list(t, g, "tools/list")
		raw := list(t, g, "tools/list")
		if !strings.Contains(raw, `"name":"add"`) || !strings.Contains(raw, `"notes":{"state":"stale","since":"2000-01-01T01:00:00Z"}`) {
			t.Errorf("the list is %s", raw)
		}
		if strings.Contains(raw, "10.0.0.7") {
			t.Errorf("the list tells strangers of the network: %s", raw)
		}
		broken.Store(false)
		list(t, g, "tools/list")
		if raw := list(t, g, "tools/list"); strings.Contains(raw, "_meta") {
			t.Errorf("the list says still %s", raw)
		}
	})
}

func TestABackendThatComesBackIsHeardOf(t *testing.T) {
	var up atomic.Bool
	s := &script{offers: func(ctx context.Context) (*Catalog, error) {
		if up.Load() {
			return oneTool("add"), nil
		}
		return dead(ctx)
	}}
	inBubble(t, []Mount{{Name: "notes", Backend: s}}, func(t *testing.T, g *Gateway) {
		h := new(hearing)
		if got, err := g.Watch(t.Context(), alice, new(mcp.Client), mcp.Changes{Tools: true}, h.notify); err != nil || !got.Tools {
			t.Fatalf("Watch = %+v, %v", got, err)
		}
		time.Sleep(5 * time.Minute)
		if n := s.fetched.Load(); n < 5 || n > 20 {
			t.Errorf("it was asked %d times in five minutes", n)
		}
		up.Store(true)
		time.Sleep(longestPause)
		synctest.Wait()
		if got := h.take(); !slices.Equal(got, []string{mcp.NoteToolsChanged}) {
			t.Errorf("heard %q", got)
		}
		if !strings.Contains(list(t, g, "tools/list"), `"add"`) {
			t.Error("its tool is not listed")
		}
		if len(s.wanted) != 1 {
			t.Errorf("it is watched %d times", len(s.wanted))
		}
	})
}

func TestNobodyAsksADeadBackendForNobody(t *testing.T) {
	s := &script{offers: dead}
	inBubble(t, []Mount{{Name: "notes", Backend: s}}, func(t *testing.T, g *Gateway) {
		list(t, g, "tools/list")
		time.Sleep(time.Hour)
		if n := s.fetched.Load(); n != 1 {
			t.Errorf("it was asked %d times", n)
		}
		list(t, g, "tools/list")
		synctest.Wait()
		if n := s.fetched.Load(); n != 2 {
			t.Errorf("it was asked %d times after another list", n)
		}
	})
}

func TestAnAnnouncedChangeIsHeardOnce(t *testing.T) {
	a := &announcing{}
	var now atomic.Pointer[Catalog]
	now.Store(oneTool("old"))
	a.offers = func(context.Context) (*Catalog, error) { return now.Load(), nil }
	inBubble(t, []Mount{{Name: "notes", Backend: a}}, func(t *testing.T, g *Gateway) {
		first, second := new(hearing), new(hearing)
		for _, h := range []*hearing{first, second} {
			if _, err := g.Watch(t.Context(), alice, new(mcp.Client), mcp.Changes{Tools: true, Prompts: true}, h.notify); err != nil {
				t.Fatal(err)
			}
		}
		a.say(mcp.NoteToolsChanged, ``) // the server says so before the new list is there
		now.Store(oneTool("new"))
		a.changed()
		a.changed()
		synctest.Wait()
		for _, h := range []*hearing{first, second} {
			if got := h.take(); !slices.Equal(got, []string{mcp.NoteToolsChanged}) {
				t.Errorf("heard %q", got)
			}
		}
		if raw := list(t, g, "tools/list"); !strings.Contains(raw, `"new"`) || strings.Contains(raw, `"old"`) {
			t.Errorf("the list is %s", raw)
		}
	})
}

func TestANoteOfABackendIsHeardOnce(t *testing.T) {
	var now atomic.Pointer[Catalog]
	offers := func(tool string) {
		c := oneTool(tool)
		c.Capabilities = jsontext.Value(`{"tools":{},"resources":{}}`)
		now.Store(c)
	}
	offers("old")
	s := &script{offers: func(context.Context) (*Catalog, error) { return now.Load(), nil }}
	inBubble(t, []Mount{{Name: "notes", Backend: s}}, func(t *testing.T, g *Gateway) {
		first, second := new(hearing), new(hearing)
		for _, h := range []*hearing{first, second} {
			if _, err := g.Watch(t.Context(), alice, new(mcp.Client), mcp.Changes{Tools: true, URIs: []string{"note://1"}}, h.notify); err != nil {
				t.Fatal(err)
			}
		}
		both := func(why string, want ...string) {
			t.Helper()
			synctest.Wait()
			for _, h := range []*hearing{first, second} {
				if got := h.take(); !slices.Equal(got, want) {
					t.Errorf("%s: heard %q, want %q", why, got, want)
				}
			}
		}
		offers("new")
		s.say(mcp.NoteToolsChanged, ``)
		both("a change, told by the backend to each of two", mcp.NoteToolsChanged)
		time.Sleep(time.Minute)
		s.say(mcp.NoteToolsChanged, ``)
		both("the same list again", mcp.NoteToolsChanged)
		s.say(mcp.NoteResourceUpdated, `{"uri":"note://1"}`)
		both("a resource", mcp.NoteResourceUpdated+`{"uri":"note://1"}`)
		offers("newer")
		list(t, g, "tools/list")
		both("a change that somebody else came upon", mcp.NoteToolsChanged)
	})
}

func TestAChangeThatNobodyTellsOfIsHeard(t *testing.T) {
	var now atomic.Pointer[Catalog]
	now.Store(oneTool("old"))
	s := &script{offers: func(context.Context) (*Catalog, error) { return now.Load(), nil }}
	inBubble(t, []Mount{{Name: "notes", Backend: s}}, func(t *testing.T, g *Gateway) {
		h := new(hearing)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := g.Watch(ctx, alice, new(mcp.Client), mcp.Changes{Tools: true}, h.notify); err != nil {
			t.Fatal(err)
		}
		now.Store(oneTool("new"))
		time.Sleep(roundEvery)
		synctest.Wait()
		if got := h.take(); !slices.Equal(got, []string{mcp.NoteToolsChanged}) {
			t.Errorf("heard %q", got)
		}
		cancel()
		time.Sleep(roundEvery + time.Second)
		before := s.fetched.Load()
		time.Sleep(time.Hour)
		if n := s.fetched.Load() - before; n != 0 {
			t.Errorf("it is looked at %d times an hour for nobody", n)
		}
	})
}
