// Package fault names the kinds of failure that every package shares, and
// separates the words that are safe to show to a stranger from those that
// belong in the operator's log.
//
// Inside, a failure is tested with [errors.Is] against a kind. At an edge the
// kind becomes a status code, and only [Error.Public] leaves the process.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of failure.
var (
	NotFound    = errors.New("not found")
	Conflict    = errors.New("conflict")         // somebody else changed it first
	Invalid     = errors.New("invalid")          // the request cannot be understood
	Denied      = errors.New("denied")           // the caller may not
	TooLarge    = errors.New("too large")        // over a configured limit in size
	TooMany     = errors.New("too many")         // over a configured limit in number or rate
	Unavailable = errors.New("unavailable")      // try again later
	Internal    = errors.New("internal failure") // ours, and a defect
)

// Error is a failure with words that are safe to show to a stranger.
// Only Public leaves the process; Err is for the operator's log.
type Error struct {
	Kind   error
	Public string
	Err    error
}

// New returns a failure of the given kind with public words.
func New(kind error, format string, args ...any) *Error {
	return &Error{Kind: kind, Public: fmt.Sprintf(format, args...)}
}

// Wrap returns a failure of the given kind with public words and a cause that
// stays inside.
func Wrap(err, kind error, public string) *Error {
	return &Error{Kind: kind, Public: public, Err: err}
}

// Error is for the log: the public words, and the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Public, ".") + ": " + e.Err.Error()
	}
	return e.Public
}

// Unwrap yields the kind and the cause, so that errors.Is finds both.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Public returns the words of err that a stranger may read: those of the
// outermost [Error] in its chain, or a sentence that says nothing.
func Public(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Public
	}
	return "The server could not answer this request. Try again; if it persists, give the operator the request id."
}
