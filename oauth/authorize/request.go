package authorize

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/web"
)

// requestLife is how long a person may take to log in and decide.
const requestLife = 10 * time.Minute

// Request is a validated authorization request that waits for its person.
type Request struct {
	Issuer      string     `json:"issuer"`
	ClientID    string     `json:"clientId"`
	RedirectURI string     `json:"redirectUri"`
	State       string     `json:"state,omitempty"`
	Challenge   string     `json:"challenge"`
	Resource    string     `json:"resource"`
	Scopes      []string   `json:"scopes,omitempty"`
	Hint        string     `json:"hint,omitempty"`      // the name to log in with
	LoginAfter  time.Time  `json:"loginAfter,omitzero"` // an older login will not do
	Prompt      string     `json:"prompt,omitempty"`    // why: "login" or "select_account"
	Browser     oauth.Hash `json:"browser"`             // the one that it belongs to
	Expires     time.Time  `json:"expires"`
}

// NewTable returns the table that requests wait in.
func NewTable(kv store.KV) *store.Table[Request] {
	return store.NewTable(kv, "requests", func(r Request) time.Time { return r.Expires })
}

// keep stores the request for the browser, and returns its handle. The browser
// keeps the secret that it has, so that several tabs can ask at once. Whoever
// asks is a stranger still, and must not fill the store.
func (h *Handler) keep(w http.ResponseWriter, r *http.Request, req Request) (string, error) {
	if h.PerAddress != nil && !h.PerAddress.Allow(httpx.Address(r)) {
		return "", oauth.Fail(oauth.TemporarilyUnavailable, "Too many requests come from this address. Try again in ten minutes.")
	}
	secret, ok := h.browser().Read(r)
	if !ok {
		secret = login.NewSecret()
	}
	req.Browser = oauth.HashToken(secret)
	req.Expires = h.Now().Add(requestLife)
	handle := login.NewSecret()
	if err := h.Requests.Insert(r.Context(), handle, req); err != nil {
		return "", err
	}
	h.browser().Write(w, secret)
	return handle, nil
}

// open returns the request that r goes on with, if it still waits and belongs
// to this browser.
func (h *Handler) open(r *http.Request) (handle string, req Request, err error) {
	handle = r.PathValue("request")
	req, err = h.Requests.Get(r.Context(), handle)
	if errors.Is(err, fault.NotFound) {
		return "", Request{}, errEnded
	}
	if err != nil {
		return "", Request{}, err
	}
	if req.Issuer != h.Issuer || !h.Now().Before(req.Expires) {
		return "", Request{}, errEnded
	}
	return handle, req, h.checkBrowser(r, req.Browser)
}

// checkBrowser fails unless the browser is the one with the hash.
func (h *Handler) checkBrowser(r *http.Request, hash oauth.Hash) error {
	secret, ok := h.browser().Read(r)
	if !ok || !oauth.HashToken(secret).Equal(hash) {
		return errOtherBrowser
	}
	return nil
}

// browser is the cookie that ties a request to the browser that made it.
func (h *Handler) browser() login.Cookie {
	return login.Cookie{Issuer: h.Issuer, Name: "browser", Life: requestLife}
}

// client returns the client of a waiting request. It looks at the redirect
// again: what was allowed when the request came may be refused by now.
func (h *Handler) client(ctx context.Context, req Request) (oauth.Client, error) {
	client, err := h.findClient(ctx, req.ClientID)
	if err != nil {
		return client, err
	}
	return client, checkRedirect(client, req.RedirectURI)
}

var errEnded = &web.Problem{
	Kind:    fault.Invalid,
	Heading: "This request has ended",
	What:    "It was answered already, or it waited for longer than ten minutes.",
	Do:      "Go back to the application and connect again.",
}

var errOtherBrowser = &web.Problem{
	Kind:    fault.Denied,
	Heading: "This request belongs to another browser",
	What:    "It was begun in another browser, or this one does not keep cookies for this site.",
	Do:      "Allow cookies for this site, go back to the application, and connect again in one browser.",
}
