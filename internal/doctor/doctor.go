// Package doctor walks the road that an MCP client walks before it can call a
// tool, against any server, and says what to fix first.
//
//	knock      a request without a token: 401 and a challenge
//	resource   what the endpoint says of itself (RFC 9728)
//	server     what its authorization server says of itself (RFC 8414)
//	register   a client of our own (RFC 7591)
//	authorize  the page that a person would see
//	login      that page in a browser, and the code for a token
//	talk       server/discover or initialize, then tools/list
//
// Every step prints one line with what it saw. A step that finds something
// broken goes on as a forgiving client would, if there is any way to go on.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// ErrBroken is what [Run] fails with when clients cannot get through. The
// report has said why.
var ErrBroken = errors.New("clients cannot use this server")

// Options say where to walk, and how far.
type Options struct {
	URL   string // of the MCP endpoint
	Token string // an access token to go on with; registration and login are then skipped
	Login bool   // take a person through the login in a browser
	// Open shows a URL to the person. What it fails with is printed; the URL
	// is printed in any case.
	Open func(url string) error
	Out  io.Writer    // gets the report
	HTTP *http.Client // nil is a plain client
	// Timeout is how long one request may take. Zero is ten seconds.
	Timeout time.Duration
}

// walk is one run, with all that the steps so far have learned.
type walk struct {
	Options
	report
	endpoint *url.URL

	open     bool           // the endpoint asks for no token
	scope    string         // that the challenge asks for
	metadata string         // URL of the resource metadata, from the challenge
	resource resourceRecord // what the endpoint says of itself
	server   serverRecord   // what its authorization server says of itself
	client   clientRecord   // who we are there
	callback *callback      // where the browser comes back to, with Login
	proof    proof          // of the authorization request
	page     string         // the URL of the authorization request
}

// Run walks the road and prints what it sees. It fails with [ErrBroken] if a
// client would be stopped, and with another error if it could not begin.
func Run(ctx context.Context, o Options) error {
	endpoint, err := url.Parse(o.URL)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
		return fmt.Errorf("%q is not the URL of an MCP endpoint; write one like http://localhost:8787/mcp", o.URL)
	}
	if o.HTTP == nil {
		o.HTTP = new(http.Client)
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	w := &walk{Options: o, report: report{out: o.Out}, endpoint: endpoint}
	if o.Login && o.Token == "" {
		if w.callback, err = listen(); err != nil {
			return fmt.Errorf("listen for the browser: %w", err)
		}
		defer w.callback.close()
	}
	for _, step := range w.road() {
		if !step(ctx) || ctx.Err() != nil {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.conclude()
}

// road is the steps in their order. Each returns whether there is a way on.
func (w *walk) road() []func(context.Context) bool {
	return []func(context.Context) bool{
		w.knock,
		w.knockWithGet,
		w.knockWithNonsense,
		w.readResource,
		w.readServer,
		w.register,
		w.authorize,
		w.authorizeElsewhere,
		w.login,
		w.talk,
	}
}
