package doctor

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
)

// clientRecord is who we are at the authorization server.
type clientRecord struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	Method string `json:"token_endpoint_auth_method"`

	redirect string
}

// unusedRedirect is registered when no browser is going to come back.
const unusedRedirect = "http://127.0.0.1:33418/callback"

// register makes us a client, as those do that have no identity of their own
// (RFC 7591, section 3.1).
func (w *walk) register(ctx context.Context) bool {
	const step = "register"
	if w.open {
		return true
	}
	if w.Token != "" {
		w.skip(step, "a token was given")
		return true
	}
	w.client.redirect = unusedRedirect
	if w.callback != nil {
		w.client.redirect = w.callback.url
	}
	switch {
	case w.server.Registration == "" && w.server.Documents:
		w.skip(step, "only clients with a metadata document of their own can come here; go on with a token")
		w.short = "this server takes only clients that have a metadata document; use a token to see more."
		return false
	case w.server.Registration == "":
		w.stumble(step, "offer registration (RFC 7591) or client ID metadata documents; else every person must register every client by hand.",
			"no registration_endpoint, and no client ID metadata documents")
		return false
	case !safe(w.server.Registration):
		w.fail(step, "give registration_endpoint an https URL.", "registration_endpoint: %s", w.server.Registration)
		return false
	}
	return w.sendRegistration(ctx)
}

func (w *walk) sendRegistration(ctx context.Context) bool {
	const step, fix = "register", "let registration answer 201 with a client_id to a public client with a loopback redirect (RFC 7591, section 3.2.1)."
	body, err := json.Marshal(map[string]any{
		"client_name":                "Gatehouse doctor",
		"redirect_uris":              []string{w.client.redirect},
		"grant_types":                []string{"authorization_code", "refresh_token"},
		"response_types":             []string{"code"},
		"token_endpoint_auth_method": "none",
		"application_type":           "native",
	})
	if err != nil {
		w.fail(step, fix, "%v", err)
		return false
	}
	r, err := w.ask(ctx, http.MethodPost, w.server.Registration, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		w.fail(step, fix, "%v", err)
		return false
	}
	if r.status != http.StatusCreated && r.status != http.StatusOK {
		w.fail(step, fix, "registration answers %d%s", r.status, r.oauthError())
		return false
	}
	if err := r.decode(&w.client); err != nil || w.client.ID == "" {
		w.fail(step, fix, "registration answers %d without a client_id", r.status)
		return false
	}
	if r.status == http.StatusOK {
		w.stumble(step, "answer a registration with 201 (RFC 7591, section 3.2.1).", "registration answers 200 instead of 201")
	} else {
		w.fine(step, "201, client %s", w.client.ID)
	}
	return true
}

// oauthError returns the error that an answer carries, to stand behind its
// status.
func (r *reply) oauthError() string {
	var e struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := r.decode(&e); err != nil || e.Code == "" {
		return ""
	}
	if e.Description == "" {
		return ": " + e.Code
	}
	return ": " + e.Code + " (" + e.Description + ")"
}
