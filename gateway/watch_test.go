package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// unwatched is a backend that cannot be watched, or takes for ever.
type unwatched struct {
	script
	forever bool
}

func (u *unwatched) Watch(ctx context.Context, _ identity.Principal, _ *mcp.Client, _ mcp.Changes, _ Notify) (mcp.Changes, error) {
	if u.forever {
		<-ctx.Done()
	}
	return mcp.Changes{}, errors.New("there is no stream")
}

func TestOneBackendThatCannotBeWatched(t *testing.T) {
	readers := &Catalog{Capabilities: jsontext.Value(`{"resources":{"subscribe":true}}`)}
	for _, tt := range []struct {
		name  string
		sick  *unwatched
		takes time.Duration
	}{
		{"fails", &unwatched{}, 0},
		{"is not waited for", &unwatched{forever: true}, defaultPatience},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.sick.offers = offer(readers)
			well := &script{offers: offer(readers)}
			inBubble(t, []Mount{{Name: "sick", Backend: tt.sick}, {Name: "well", Backend: well}}, func(t *testing.T, g *Gateway) {
				h := new(hearing)
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				got, err := g.Watch(ctx, alice, new(mcp.Client), mcp.Changes{Resources: true, URIs: []string{"x:1"}}, h.notify)
				if err != nil || !slices.Equal(got.URIs, []string{"x:1"}) || !got.Resources || got.Tools {
					t.Errorf("honoured %+v, %v", got, err)
				}
				if took := time.Since(began); took != tt.takes {
					t.Errorf("it took %v", took)
				}
				well.say(mcp.NoteResourceUpdated, `{"uri":"x:1"}`)
				synctest.Wait()
				if got := h.take(); !slices.Equal(got, []string{mcp.NoteResourceUpdated + `{"uri":"x:1"}`}) {
					t.Errorf("heard %q", got)
				}
				cancel()
				synctest.Wait()
				well.say(mcp.NoteResourceUpdated, `{"uri":"x:1"}`)
				synctest.Wait()
				if got := h.take(); got != nil {
					t.Errorf("heard %q after the end", got)
				}
			})
		})
	}
}

func TestAWatcherThatReadsSlowlyHoldsNobodyUp(t *testing.T) {
	s := &script{offers: offer(oneTool("add"))}
	inBubble(t, []Mount{{Name: "b", Backend: s}}, func(t *testing.T, g *Gateway) {
		slow, quick := new(hearing), new(hearing)
		wants := mcp.Changes{URIs: []string{"x:"}}
		s.offers = offer(&Catalog{Capabilities: jsontext.Value(`{"resources":{}}`)})
		for _, notify := range []Notify{
			func(method string, params jsontext.Value) { time.Sleep(time.Hour); slow.notify(method, params) },
			quick.notify,
		} {
			if _, err := g.Watch(t.Context(), alice, new(mcp.Client), wants, notify); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		for i := range 3 * mostNews {
			s.say(mcp.NoteResourceUpdated, `{"uri":"x:`+strings.Repeat("1", i%5)+`"}`)
			synctest.Wait()
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the backend was held up for %v", took)
		}
		if n := len(quick.take()); n != 3*mostNews {
			t.Errorf("the quick one heard %d", n)
		}
		time.Sleep(24 * time.Hour)
		if n := len(slow.take()); n != 6 {
			t.Errorf("the slow one heard %d, want the first and each once more", n)
		}
	})
}

// What a backend says to those who watch must not be taken for what another
// backend says.
func TestABackendSpeaksForItselfAlone(t *testing.T) {
	resources := offer(&Catalog{Capabilities: jsontext.Value(`{"resources":{}}`), Resources: []Entry{{Name: "a:secret", Raw: jsontext.Value(`{"uri":"a:secret"}`), Scopes: []string{"more"}}}})
	lying, other := &script{offers: resources}, &script{offers: offer(&Catalog{Capabilities: jsontext.Value(`{"resources":{}}`), Resources: raw("uri", `{"uri":"b:1"}`)})}
	inBubble(t, []Mount{{Name: "a", Backend: lying}, {Name: "b", Backend: other}}, func(t *testing.T, g *Gateway) {
		h := new(hearing)
		if _, err := g.Watch(t.Context(), alice, new(mcp.Client), mcp.Changes{URIs: []string{"a:secret", "a:1", "b:1"}}, h.notify); err != nil {
			t.Fatal(err)
		}
		for _, say := range []struct{ method, params string }{
			{mcp.NoteCancelled, `{"requestId":1}`},
			{mcp.NoteProgress, `{"progressToken":1,"progress":1}`},
			{mcp.NoteSubscriptionsAcked, `{}`},
			{mcp.NoteInitialized, `{}`},
			{mcp.NoteResourceUpdated, `{"uri":"b:1"}`},
			{mcp.NoteResourceUpdated, `{"uri":"a:2"}`},
			{mcp.NoteResourceUpdated, `{"uri":"a:secret"}`}, // whose scope the token lacks
			{mcp.NoteResourceUpdated, `{"uri":"a:1/part"}`},
			{"notifications/acme/moved", `{"to":1}`},
		} {
			lying.say(say.method, say.params)
		}
		synctest.Wait()
		if got, want := h.take(), []string{mcp.NoteResourceUpdated + `{"uri":"a:1/part"}`, `notifications/acme/moved{"to":1}`}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

func TestLargeNotesOfABackendAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n news
		heard := 0
		for i := range 100 {
			n.add(t.Context(), func(string, jsontext.Value) { time.Sleep(time.Hour); heard++ }, note{fmt.Sprint(i), make(jsontext.Value, 300<<10)})
			synctest.Wait() // the first is being read
		}
		time.Sleep(1000 * time.Hour)
		synctest.Wait()
		if heard > 5 {
			t.Errorf("%d notes waited", heard)
		}
	})
}
