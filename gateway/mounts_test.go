package gateway

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/mcp"
)

func TestSetMounts(t *testing.T) {
	leaves := &script{offers: offer(oneTool("add"))}
	leaves.does = waits(30*time.Second, time.Hour)
	stays := &script{offers: offer(oneTool("sub"))}
	comes := &script{offers: offer(oneTool("mul"))}
	mounts := []Mount{{Name: "leaves", Backend: leaves}, {Name: "stays", Backend: stays}}
	inBubble(t, mounts, func(t *testing.T, g *Gateway) {
		h := new(hearing)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := g.Watch(ctx, alice, new(mcp.Client), mcp.Changes{Tools: true}, h.notify); err != nil {
			t.Fatal(err)
		}
		var inFlight sync.WaitGroup
		inFlight.Go(func() {
			if err := callWith(t.Context(), g, mute{}); err != nil {
				t.Errorf("the call in flight: %v", err)
			}
		})
		synctest.Wait()

		g.SetMounts([]Mount{{Name: "stays", Prefix: "s_", Backend: stays}, {Name: "comes", Backend: comes}})
		synctest.Wait()
		if got := slices.Compact(h.take()); !slices.Equal(got, []string{mcp.NoteToolsChanged}) {
			t.Errorf("the watcher heard %q", got)
		}
		if raw := list(t, g, "tools/list"); !strings.Contains(raw, `"mul"`) || !strings.Contains(raw, `"s_sub"`) || strings.Contains(raw, `"add"`) {
			t.Errorf("the list is %s", raw)
		}
		if n := stays.fetched.Load(); n < 2 {
			t.Errorf("the backend that stays was asked %d times", n)
		}
		if err := callWith(t.Context(), g, mute{}); err == nil || !strings.Contains(err.Error(), "Unknown tool") {
			t.Errorf("a call of the backend that is gone: %v", err)
		}
		synctest.Wait()
		if n := leaves.closed.Load(); n != 0 {
			t.Error("a backend was closed under its call")
		}
		inFlight.Wait()
		synctest.Wait()
		if n := leaves.closed.Load(); n != 1 {
			t.Errorf("the backend that is gone was closed %d times", n)
		}
		leaves.say(mcp.NoteToolsChanged, "")
		synctest.Wait()
		if got := h.take(); got != nil {
			t.Errorf("heard %q of one that is gone", got)
		}
		comes.say(mcp.NoteToolsChanged, "")
		synctest.Wait()
		if got := h.take(); len(got) != 1 {
			t.Errorf("heard %q of the one that came", got)
		}
		if len(comes.wanted) != 1 || len(stays.wanted) != 1 {
			t.Errorf("the new one is watched %d times, the other one %d times", len(comes.wanted), len(stays.wanted))
		}
		if stays.closed.Load() != 0 {
			t.Error("the backend that stays was closed")
		}
	})
	if stays.closed.Load() != 1 || comes.closed.Load() != 1 || leaves.closed.Load() != 1 {
		t.Error("the gateway did not close each backend once")
	}
}

func TestMountsChangeUnderCalls(t *testing.T) {
	inBubble(t, []Mount{{Name: "b", Backend: &script{offers: offer(oneTool("add"))}}}, func(t *testing.T, g *Gateway) {
		var all sync.WaitGroup
		stop := make(chan struct{})
		for range 8 {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
					}
					if err := callWith(t.Context(), g, mute{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var gone []*script
		for range 100 {
			s := &script{offers: offer(oneTool("add"))}
			s.does = func(context.Context, *mcp.Request, mcp.Peer) (mcp.Result, error) {
				if s.closed.Load() != 0 {
					t.Error("a backend was called after its end")
				}
				time.Sleep(3 * time.Millisecond)
				if s.closed.Load() != 0 {
					t.Error("a backend was closed under its call")
				}
				return mcp.Result{}, nil
			}
			gone = append(gone, s)
			g.SetMounts([]Mount{{Name: "b", Backend: s}})
			time.Sleep(7 * time.Millisecond)
		}
		close(stop)
		all.Wait()
		g.SetMounts(nil)
		synctest.Wait()
		for i, s := range gone {
			if n := s.closed.Load(); n != 1 {
				t.Errorf("backend %d was closed %d times", i, n)
			}
		}
	})
}

func TestEndReachesEachBackend(t *testing.T) {
	a, b := &script{offers: offer(oneTool("a"))}, &script{offers: dead}
	g, _ := newGateway(Mount{Name: "a", Backend: a}, Mount{Name: "b", Backend: b})
	g.End("s1")
	if !slices.Equal(a.ended, []string{"s1"}) || !slices.Equal(b.ended, []string{"s1"}) {
		t.Errorf("ended %q and %q", a.ended, b.ended)
	}
}

func TestMountsOfAClosedGatewayAreClosed(t *testing.T) {
	g, _ := newGateway()
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	late := &script{offers: offer(oneTool("add"))}
	g.SetMounts([]Mount{{Name: "late", Backend: late}})
	if late.closed.Load() != 1 {
		t.Error("a backend that came too late is open")
	}
}
