// Package audit records who did what: typed events, apart from the log.
//
//	Record -> buffer -> a batch -> Sink (File | Discard)
//
// [Recorder.Record] only puts the event into a buffer, so a call costs no disk
// write of its own; one goroutine hands the buffer to the [Sink] now and then.
// What cannot be recorded is not done: while the sink fails, Record fails, and
// calls stop until the sink works again.
//
// An event holds names alone, never arguments, results or tokens.
package audit

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/identity"
	"gatehouse/internal/fault"
)

// Phase says which end of an action an event stands for.
type Phase string

// The phases. An action that takes no time has one event without a phase.
const (
	Started Phase = "started" // recorded before it is done
	Done    Phase = "done"    // recorded when it is over, with its outcome
)

// Outcome is how an action ended.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed"
	Denied Outcome = "denied"
)

// Event is one line of the record. Empty members are left out.
type Event struct {
	Time    time.Time // Record sets it if it is zero
	Phase   Phase
	Request string // id of the request, as in the log

	Subject  string // the person
	Name     string
	ClientID string // the client that acted for the person
	Grant    string // id of the grant, by which it can be revoked

	Action  string // what was done, such as "tools/call" or "login"
	Backend string // where
	Target  string // to what: the name of the tool, the id of the grant

	Outcome  Outcome
	Error    string // the kind of failure, see [ErrorKind]
	Duration time.Duration
}

// By returns an event of the caller.
func By(who identity.Principal) Event {
	return Event{Subject: who.Subject, Name: who.Name, ClientID: who.ClientID, Grant: who.Grant}
}

// Finish turns the event of a start, whose Time says when that was, into the
// event of the end.
func (e Event) Finish(now time.Time, err error) Event {
	e.Phase, e.Duration, e.Time = Done, now.Sub(e.Time), now
	e.Error = ErrorKind(err)
	switch e.Error {
	case "":
		e.Outcome = OK
	case fault.Denied.Error(), insufficientScope:
		e.Outcome = Denied
	default:
		e.Outcome = Failed
	}
	return e
}

// insufficientScope is the kind of an [identity.ScopeError].
const insufficientScope = "insufficient scope"

// kinds are the failures that have a name in the record.
var kinds = []error{
	fault.NotFound, fault.Conflict, fault.Invalid, fault.Denied,
	fault.TooLarge, fault.TooMany, fault.Unavailable, fault.Internal,
}

// ErrorKind names the kind of a failure and nothing more: its words may hold
// what was asked. It is empty for nil.
func ErrorKind(err error) string {
	if err == nil {
		return ""
	}
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	if _, ok := errors.AsType[*identity.ScopeError](err); ok {
		return insufficientScope
	}
	return "other"
}

// longest bounds each text of an event, in bytes.
const longest = 256

// bound cuts what is too long. The copy lets go of what it was cut from, which
// may be a whole request.
func (e *Event) bound() {
	for _, text := range [...]*string{
		(*string)(&e.Phase), &e.Request, &e.Subject, &e.Name, &e.ClientID, &e.Grant,
		&e.Action, &e.Backend, &e.Target, (*string)(&e.Outcome), &e.Error,
	} {
		if len(*text) > longest {
			*text = clip(*text)
		}
	}
}

func clip(s string) string {
	const ellipsis = "…"
	end := longest - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) + ellipsis
}
