package gosdk

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json/jsontext"
)

func TestASlowListenerHearsEachChangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNews()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		slow := make(chan struct{})
		var heard []string
		go n.tell(ctx, nil, func(method string, params jsontext.Value) {
			<-slow
			heard = append(heard, method+string(params))
		})
		n.add(change{"first", ""})
		synctest.Wait() // it is busy with the first
		for range 3 {
			n.add(change{"tools", ""})
			n.add(change{"updated", "file:///r"})
		}
		close(slow)
		synctest.Wait()
		if want := []string{"first", "tools", `updated{"uri":"file:///r"}`}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}
