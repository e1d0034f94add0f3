package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestError(t *testing.T) {
	cause := errors.New("dial: refused")
	err := fmt.Errorf("call: %w", Wrap(cause, Unavailable, "Try again later."))
	if got, want := err.Error(), "call: Try again later: dial: refused"; got != want {
		t.Errorf("the log says %q, want %q", got, want)
	}
	if got, want := Public(err), "Try again later."; got != want {
		t.Errorf("a stranger reads %q, want %q", got, want)
	}
	if !errors.Is(err, Unavailable) || !errors.Is(err, cause) {
		t.Errorf("%v has lost its kind or its cause", err)
	}
}
