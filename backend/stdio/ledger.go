//go:build !js

package stdio

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// ledger is what keeps a process from being idle: the requests that it has not
// answered, and the resources that somebody wants to hear of. The keys are the
// JSON texts of ids, and of URIs behind a word.
type ledger map[string]struct{}

// sent takes note of what goes to the server.
func (l ledger) sent(message []byte) {
	params := func(name string) string {
		return string(mcp.Member(mcp.Member(message, "params"), name))
	}
	switch mcp.StringMember(message, "method") {
	case "": // our answer
	case mcp.MethodDiscover, mcp.MethodPing: // servers that do not know them may say nothing
	case mcp.NoteCancelled:
		delete(l, params("requestId"))
	case mcp.MethodListen:
		// Such a request stays open for ever. To hear of changed lists it is
		// not worth to keep a process: they are read anew with the next one.
		wanted := mcp.Member(mcp.Member(mcp.Member(message, "params"), "notifications"), "resourceSubscriptions")
		if len(wanted) > len("[]") {
			l.owe(message)
		}
	case mcp.MethodSubscribe:
		l["watch "+params("uri")] = struct{}{}
		l.owe(message)
	case mcp.MethodUnsubscribe:
		delete(l, "watch "+params("uri"))
		l.owe(message)
	default:
		l.owe(message)
	}
}

func (l ledger) owe(request []byte) {
	if id := mcp.Member(request, "id"); id != nil {
		l[string(id)] = struct{}{}
	}
}

// received takes note of what comes from the server.
func (l ledger) received(message []byte) {
	if message[0] != '[' {
		l.settle(message)
		return
	}
	for _, m := range elements(message) {
		l.settle(m)
	}
}

func (l ledger) settle(message []byte) {
	if len(l) > 0 && mcp.Member(message, "method") == nil {
		delete(l, string(mcp.Member(message, "id")))
	}
}

// elements returns the messages of a batch, as far as they can be read.
func elements(batch []byte) (all []jsontext.Value) {
	d := jsontext.NewDecoder(bytes.NewReader(batch))
	d.ReadToken()
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return all
		}
		all = append(all, v.Clone())
	}
	return all
}
