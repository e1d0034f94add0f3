package mcp

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Kinds of results that the host must know.
const (
	ResultComplete      = "complete"
	ResultInputRequired = "input_required"
)

// Outcome is a result on its way to a modern client: the object as the backend
// gave it, and what an edge reads of it.
type Outcome struct {
	Type          string         // resultType, or "complete" if it has none
	InputRequests jsontext.Value // nil if it has none

	raw        jsontext.Value
	open       int  // where the object's members begin
	empty      bool // it has none
	typed, ttl bool
	meta       span
	scope      span
}

// ReadOutcome reads the top level of a result once. That the result is valid
// JSON is known of whoever made it: an answer of another server was decoded.
func ReadOutcome(raw jsontext.Value) (Outcome, error) {
	o := Outcome{Type: ResultComplete, raw: raw, empty: true}
	twice := false
	if err := eachMember(raw, func(name, value jsontext.Value, at span) bool {
		o.empty = false
		twice = !o.read(name, value, at)
		return !twice
	}); err != nil || twice {
		return o, &Error{Code: CodeInternal, Message: "The server's result is not an object that can be read"}
	}
	o.open = skipSpace(raw, 0) + 1
	return o, nil
}

// read takes a member. It is false if that stood before.
func (o *Outcome) read(name, value jsontext.Value, at span) bool {
	switch string(name) {
	case `"resultType"`:
		if o.typed {
			return false
		}
		o.typed = true
		if string(value) != `"`+ResultComplete+`"` {
			o.Type, _ = unquote(value)
		}
	case `"inputRequests"`:
		if o.InputRequests != nil {
			return false
		}
		o.InputRequests = value
	case `"_meta"`:
		if o.meta.end != 0 {
			return false
		}
		o.meta = at
	case `"ttlMs"`:
		o.ttl = true
	case `"cacheScope"`:
		if o.scope.end != 0 {
			return false
		}
		o.scope = at
	}
	return true
}

// Finish is what a modern edge adds to a result.
type Finish struct {
	Info jsontext.Value // who answers: an Implementation object, or nil

	// Cacheable says that a client may keep the result, for TTL unless the
	// result itself says how long, and for nobody else: what a host behind a
	// login answers depends on who asks.
	Cacheable bool
	TTL       time.Duration
}

// Append appends the result with what it lacks: a resultType, the server's
// info in _meta and, if it is cacheable, ttlMs and cacheScope "private". All
// else stays as it is, byte for byte.
func (o *Outcome) Append(b []byte, f Finish) []byte {
	b = append(b, '{')
	start := len(b)
	if !o.typed {
		b = append(b, `"resultType":"`+ResultComplete+`",`...)
	}
	if f.Cacheable && !o.ttl {
		b = append(b, `"ttlMs":`...)
		b = append(strconv.AppendInt(b, f.TTL.Milliseconds(), 10), ',')
	}
	if f.Cacheable && o.scope.end == 0 {
		b = append(b, `"cacheScope":"private",`...)
	}
	if f.Info != nil && o.meta.end == 0 {
		b = append(b, `"_meta":{"`+MetaServerInfo+`":`...)
		b = append(append(b, f.Info...), `},`...)
	}
	if o.empty && len(b) > start {
		b = b[:len(b)-1] // the comma
	}
	return o.appendRest(b, f)
}

// AppendOutcome appends the JSON of a successful response with such a result.
func AppendOutcome(b []byte, id ID, o *Outcome, f Finish) []byte {
	b = slices.Grow(b, len(o.raw)+len(f.Info)+256)
	b = append(appendResponse(b, id), `,"result":`...)
	return append(o.Append(b, f), '}')
}

// appendRest appends what stands in the object, with its _meta and cacheScope
// as they must be.
func (o *Outcome) appendRest(b []byte, f Finish) []byte {
	type edit struct {
		span
		text jsontext.Value
	}
	edits := make([]edit, 0, 2)
	if o.meta.end != 0 && f.Info != nil {
		if meta := o.raw[o.meta.start:o.meta.end]; meta.Kind() == '{' && Member(meta, MetaServerInfo) == nil {
			edits = append(edits, edit{o.meta, WithMember(meta, MetaServerInfo, f.Info)})
		}
	}
	if o.scope.end != 0 && f.Cacheable {
		edits = append(edits, edit{o.scope, jsontext.Value(`"private"`)})
	}
	if len(edits) == 2 && edits[0].start > edits[1].start {
		edits[0], edits[1] = edits[1], edits[0]
	}
	at := o.open
	for _, e := range edits {
		b = append(append(b, o.raw[at:e.start]...), e.text...)
		at = e.end
	}
	return append(b, o.raw[at:]...)
}
