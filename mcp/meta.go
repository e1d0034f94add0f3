package mcp

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Meta is what the _meta of a modern request says of the client and of what it
// wants to hear while the request runs.
type Meta struct {
	Client        Client
	ProgressToken jsontext.Value // nil if the client wants no progress
}

// ReadMeta reads the _meta of a modern request. A member that every request
// must have, or one of a wrong kind, makes it fail with CodeInvalidParams.
// Whether the revision is one that is served is for the caller to check.
func ReadMeta(meta jsontext.Value) (Meta, error) {
	var m Meta
	var revision, level jsontext.Value
	err := eachMember(meta, func(name, value jsontext.Value, _ span) bool {
		switch string(name) {
		case `"` + MetaRevision + `"`:
			revision = value
		case `"` + MetaClientInfo + `"`:
			m.Client.Info = value
		case `"` + MetaCapabilities + `"`:
			m.Client.Capabilities = value
		case `"` + MetaLogLevel + `"`:
			level = value
		case `"` + MetaProgressToken + `"`:
			m.ProgressToken = value
		}
		return true
	})
	if err != nil {
		return Meta{}, InvalidParams("Invalid params: _meta is required")
	}
	s, err := unquote(revision)
	if err != nil {
		return Meta{}, InvalidParams("Invalid params: _meta has no " + MetaRevision)
	}
	m.Client.Revision = Revision(s)
	if m.Client.Capabilities.Kind() != '{' {
		return Meta{}, InvalidParams("Invalid params: _meta has no " + MetaCapabilities)
	}
	if m.Client.Info != nil && m.Client.Info.Kind() != '{' {
		return Meta{}, InvalidParams("Invalid params: " + MetaClientInfo + " must be an object")
	}
	if level != nil {
		if m.Client.LogLevel, err = unquote(level); err != nil || !KnownLevel(m.Client.LogLevel) {
			return Meta{}, InvalidParams("Invalid params: unknown " + MetaLogLevel)
		}
	}
	if k := m.ProgressToken.Kind(); m.ProgressToken != nil && k != '"' && k != '0' {
		return Meta{}, InvalidParams("Invalid params: progressToken must be a string or a number")
	}
	return m, nil
}

// ownOfModern are the members of _meta that came with the modern revision. A
// server of an older one that sees them might take the request for modern.
var ownOfModern = []string{MetaRevision, MetaClientInfo, MetaCapabilities, MetaLogLevel}

// Older returns params as a client of an older revision sends them. What the
// host does not know stays as it is.
func Older(params jsontext.Value) jsontext.Value {
	if !bytes.Contains(params, []byte(MetaPrefix)) {
		return params // as all of older clients
	}
	meta := Member(params, "_meta")
	if meta == nil {
		return params
	}
	return WithMember(params, "_meta", WithoutMembers(meta, ownOfModern...))
}

// SameToken reports whether two progress tokens are the same string or the
// same number, however they are written.
func SameToken(a, b jsontext.Value) bool {
	if len(a) == 0 || len(b) == 0 || a.Kind() != b.Kind() {
		return false
	}
	if a.Kind() == '0' {
		x, err := strconv.ParseFloat(string(a), 64)
		y, err2 := strconv.ParseFloat(string(b), 64)
		return err == nil && err2 == nil && x == y
	}
	x, err := unquote(a)
	y, err2 := unquote(b)
	return err == nil && err2 == nil && x == y
}

// WithMeta returns an object whose _meta has a member set to value. All else
// stays as it is.
func WithMeta(object jsontext.Value, name string, value jsontext.Value) jsontext.Value {
	return WithMember(object, "_meta", WithMember(Member(object, "_meta"), name, value))
}

// levels are those of RFC 5424, section 6.2.1, from the least.
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// KnownLevel reports whether level is the name of a log level.
func KnownLevel(level string) bool { return slices.Contains(levels, level) }

// LevelReaches reports whether a log message of that level is to be shown to
// one who wants messages from floor up. An empty floor wants none.
func LevelReaches(level, floor string) bool {
	at := slices.Index(levels, floor)
	return at >= 0 && slices.Index(levels, level) >= at
}
