package doctor

import (
	"context"
	"net/http"
	"strings"
)

// knock asks as a client does that has no token yet.
func (w *walk) knock(ctx context.Context) bool {
	const step = "challenge"
	r, err := w.post(ctx, initialize(), nil)
	if err != nil {
		w.fail(step, "make the endpoint reachable at this URL.", "POST: %v", err)
		return false
	}
	switch {
	case r.status == http.StatusUnauthorized:
		return w.readChallenge(r)
	case r.status < 300:
		w.open = true
		w.skip(step, "POST answers %d: the endpoint asks for no token", r.status)
		return true
	case r.status < 400:
		w.fail(step, "give clients the URL that this one redirects to, for they do not follow with their token.",
			"POST answers %d, to %s", r.status, r.header.Get("Location"))
	case r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed:
		w.fail(step, "give clients the URL of the MCP endpoint itself (often its path is /mcp); it must answer POST.",
			"POST answers %d: no MCP endpoint here", r.status)
	case r.status >= 500:
		w.fail(step, "find out in the server's log why it fails before it asks for a token.",
			"POST answers %d", r.status)
	default:
		w.fail(step, "answer 401 with a challenge when there is no token; with any other status a client does not begin to log in.",
			"POST without a token answers %d instead of 401", r.status)
	}
	return false
}

// readChallenge looks at a 401. Without a usable challenge the walk goes on as
// clients do, by the well-known places.
func (w *walk) readChallenge(r *reply) bool {
	const step = "challenge"
	c, found := bearer(r.header)
	w.metadata, w.scope = c.params["resource_metadata"], c.params["scope"]
	switch {
	case !found:
		w.fail(step, `send "WWW-Authenticate: Bearer resource_metadata=…" with the 401 (RFC 9728, section 5.1).`,
			"401 without a Bearer challenge")
	case w.metadata == "":
		w.fail(step, "name the resource metadata in the challenge, as resource_metadata=… (RFC 9728, section 5.1).",
			"401 whose challenge has no resource_metadata")
	case c.params["error"] != "":
		w.stumble(step, "leave error out of the challenge when the request had no token (RFC 6750, section 3.1).",
			"401 with error=%s although there was no token", c.params["error"])
	default:
		w.fine(step, "401, resource_metadata=%s scope=%s", w.metadata, orNothing(w.scope))
	}
	return true
}

// knockWithGet asks as clients do that try for a stream first.
func (w *walk) knockWithGet(ctx context.Context) bool {
	const step = "challenge, GET"
	if w.open {
		return true
	}
	r, err := w.ask(ctx, http.MethodGet, w.URL, http.Header{"Accept": {"text/event-stream"}}, nil)
	switch {
	case err != nil:
		w.stumble(step, "answer a GET without a token at once, with 401.", "GET: %v", err)
	case r.status != http.StatusUnauthorized:
		w.stumble(step, "check the token before the method: some clients (mcp-remote) begin with a GET and log in only upon a 401.",
			"GET without a token answers %d instead of 401", r.status)
	default:
		w.fine(step, "401")
	}
	return true
}

// knockWithNonsense makes sure that not just any token opens the door.
func (w *walk) knockWithNonsense(ctx context.Context) bool {
	const step = "wrong token"
	if w.open {
		return true
	}
	r, err := w.post(ctx, initialize(), http.Header{"Authorization": {"Bearer not-a-token"}})
	if err != nil {
		w.stumble(step, "answer a token that nobody issued with 401.", "POST: %v", err)
		return true
	}
	c, _ := bearer(r.header)
	switch {
	case r.status < 300:
		w.fail(step, "check the token: this endpoint lets in whoever sends one, whatever it says.",
			"a token that nobody issued is let in (%d)", r.status)
	case r.status != http.StatusUnauthorized:
		w.fail(step, `answer a token that is not valid with 401 and error="invalid_token", or clients never log in again.`,
			"a token that nobody issued answers %d instead of 401", r.status)
	case c.params["error"] != "invalid_token":
		w.stumble(step, `say error="invalid_token" when the token is not valid (RFC 6750, section 3.1).`,
			"401 without error=invalid_token")
	default:
		w.fine(step, "401, error=invalid_token")
	}
	return true
}

// post sends a message to the endpoint.
func (w *walk) post(ctx context.Context, body []byte, more http.Header) (*reply, error) {
	header := http.Header{
		"Content-Type": {"application/json"},
		"Accept":       {"application/json, text/event-stream"},
	}
	for name, values := range more {
		header[name] = values
	}
	return w.ask(ctx, http.MethodPost, w.URL, header, body)
}

// words joins what a server lists, or says that it lists nothing.
func words(list []string) string { return orNothing(strings.Join(list, " ")) }
