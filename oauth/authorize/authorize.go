package authorize

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
	"gatehouse/web"
)

// Authorize begins an authorization: it validates the request of a client and
// sends the browser to the first step, or back to the client with an error.
func (h *Handler) Authorize(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return h.asGet(w, r)
	}

	// 1. Read it.
	p, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return err
	}

	// 2. Know the client, and where it may be answered. Until both are
	// certain, failures stay on a page of ours (RFC 6749, section 4.1.2.1).
	client, redirectURI, err := h.whoAsks(r.Context(), p)
	if err != nil {
		return err
	}
	back := h.answerTo(redirectURI, p)

	// 3. Validate the rest. The client hears of what is wrong.
	req, err := h.validate(p, client, redirectURI)
	if err != nil {
		return back.fail(w, r, err)
	}

	// 4. A client that wants no page gets none. Consent is never remembered,
	// so there is no other way to end.
	if asksNoPage(p) {
		return back.fail(w, r, h.needsPage(r, req))
	}

	// 5. Keep it, and go on with nothing but a handle.
	handle, err := h.keep(w, r, req)
	if err != nil {
		return back.fail(w, r, err)
	}
	return seeOther(w, h.stepPath(handle, ""))
}

// asGet sends a request that came as a form around as a GET. A form of another
// site comes without the cookies that tie it to the browser; the GET after it
// has them.
func (h *Handler) asGet(w http.ResponseWriter, r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return refuse("The request of the application is not a form.")
	}
	body, err := httpx.ReadBody(w, r, maxQuery)
	if err != nil {
		return err
	}
	query := string(body)
	if r.URL.RawQuery != "" {
		query = r.URL.RawQuery + "&" + query
	}
	p, err := parseParams(query)
	if err != nil {
		return err
	}
	return seeOther(w, h.path("/authorize")+"?"+url.Values(p).Encode())
}

// whoAsks returns the client, and the redirect URI that its answer goes to.
func (h *Handler) whoAsks(ctx context.Context, p params) (client oauth.Client, redirectURI string, err error) {
	if p.repeated("client_id") || !p.has("client_id") {
		return client, "", refuse("Its request does not say which application it is (client_id).")
	}
	client, err = h.findClient(ctx, p.get("client_id"))
	if err != nil {
		return client, "", err
	}
	if p.repeated("redirect_uri") || !p.has("redirect_uri") {
		return client, "", refuse("Its request does not say where to return to (redirect_uri).")
	}
	redirectURI = p.get("redirect_uri")
	return client, redirectURI, checkRedirect(client, redirectURI)
}

func (h *Handler) findClient(ctx context.Context, id string) (oauth.Client, error) {
	client, err := h.Clients.Find(ctx, id)
	switch {
	case errors.Is(err, fault.NotFound):
		return client, &web.Problem{
			Kind:    fault.Invalid,
			Heading: "This application is not known here",
			What:    "It uses a client_id that this server does not know, or that has expired.",
			Do:      "Remove this server from the application and add it again: it will then register anew.",
			Err:     fmt.Errorf("client_id %.200q", id),
		}
	case errors.Is(err, fault.Invalid):
		return client, refuse(fault.Public(err))
	}
	return client, err
}

func checkRedirect(client oauth.Client, redirectURI string) error {
	if !oauth.MatchRedirect(client.RedirectURIs, redirectURI) {
		return refuse("It wants to return to “" + web.Plain(redirectURI) + "”, which is not an address that it registered.")
	}
	return nil
}
