package hold

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// state is what a requestState says to us: where to go on.
type state struct {
	Call    string `json:"call"`
	Round   int    `json:"round"`
	Expires int64  `json:"expires"` // in seconds of Unix
}

// purpose of the seal.
const purpose = "request state"

var (
	errForeign = mcp.InvalidParams("The requestState was altered, or belongs to another call. Call again from the beginning, without requestState and inputResponses.")
	errLate    = mcp.InvalidParams("The requestState has expired. Call again from the beginning, without requestState and inputResponses.")
	errGone    = mcp.InvalidParams("The server no longer knows this call: it took too long, or the server was restarted. Call again from the beginning, without requestState and inputResponses.")
	errUsed    = mcp.InvalidParams("This requestState was used before. Call again from the beginning, without requestState and inputResponses.")
)

// seal writes a state for the client to bring back. It opens for the same call
// only.
func (c *Calls) seal(call Call, s state) (string, error) {
	name, err := binding(call)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(c.Keys.Seal(purpose, name, plain)), nil
}

// open reads the requestState that a client brought.
func (c *Calls) open(call Call, value jsontext.Value) (s state, err error) {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return s, mcp.InvalidParams("The requestState must be a string")
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return s, errForeign
	}
	name, err := binding(call)
	if err != nil {
		return s, err
	}
	plain, err := c.Keys.Open(purpose, name, sealed)
	if err != nil {
		return s, errForeign
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return s, err
	}
	if c.Now().Unix() >= s.Expires {
		return s, errLate
	}
	return s, nil
}

// ownOfRound are the params that differ from round to round. _meta holds what
// belongs to one request: its progress token, its trace.
var ownOfRound = []string{"inputResponses", "requestState", "_meta"}

// binding is what a state is bound to: who calls, and what. However the client
// writes the same params, they are the same (RFC 8785).
func binding(call Call) (string, error) {
	params := mcp.WithoutMembers(call.Request.Params, ownOfRound...)
	if err := params.Canonicalize(); err != nil {
		return "", mcp.InvalidParams("The params cannot be compared")
	}
	return fmt.Sprintf("%q %q %q %s %x", call.Who.Subject, call.Who.Grant, call.Server, call.Request.Method, sha256.Sum256(params)), nil
}
