package client

import (
	"errors"
	"io"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/mcp/client/wire"
)

func TestWhetherAServerWasReached(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"a request that it does not understand", &wire.Refusal{Status: 400}, true},
		{"credentials that it does not take", &wire.Refusal{Status: 401}, true},
		{"a failure of its own", &wire.Refusal{Status: 500}, true},
		{"a proxy that does not reach it", &wire.Refusal{Status: 502}, false},
		{"one that is overloaded", &wire.Refusal{Status: 503}, false},
		{"an answer that is none", wire.Nonsense("not JSON"), true},
		{"one that is too large", wire.ErrTooLarge, true},
		{"a line that broke", io.ErrUnexpectedEOF, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := (&Server{}).unavailable(tt.err)
			a, ok := errors.AsType[answered](err)
			if got := ok && a.Answered(); got != tt.want || !errors.Is(err, fault.Unavailable) || !errors.Is(err, tt.err) {
				t.Errorf("%v: answered %v, want %v", err, got, tt.want)
			}
		})
	}
}

func TestADialerHasWordsOfItsOwn(t *testing.T) {
	for _, kind := range []error{fault.Unavailable, fault.TooMany} {
		err := (&Server{}).unavailable(fault.New(kind, "Come back on Monday."))
		if !errors.Is(err, kind) || fault.Public(err) != "Come back on Monday." {
			t.Errorf("the caller reads %q, of the kind %v: %t", fault.Public(err), kind, errors.Is(err, kind))
		}
	}
}
