package authorize

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// maxHint bounds the name that a client proposes for the login.
const maxHint = 128

// validate checks everything but the client and its redirect, in the order in
// which a client should hear of it. It fails with an [*oauth.Error].
func (h *Handler) validate(p params, client oauth.Client, redirectURI string) (Request, error) {
	req := Request{
		Issuer:      h.Issuer,
		ClientID:    client.ID,
		RedirectURI: redirectURI,
		State:       p.get("state"),
		Challenge:   p.get("code_challenge"),
	}
	var err error

	// 1. Each parameter once.
	if err := p.checkOnce(); err != nil {
		return req, err
	}

	// 2. A request that is somewhere else would hide what follows.
	if err := checkUnsupported(p); err != nil {
		return req, err
	}

	// 3. The code flow, for a client that may use it.
	if err := checkFlow(p, client); err != nil {
		return req, err
	}

	// 4. A proof key, of every client, by S256 alone.
	if err := checkProofKey(p); err != nil {
		return req, err
	}

	// 5. One resource that is ours.
	if req.Resource, err = h.resource(p); err != nil {
		return req, err
	}

	// 6. Scopes that exist, and that the client may have.
	if req.Scopes, err = h.scopes(p, client); err != nil {
		return req, err
	}

	// 7. State, and how the person should log in.
	if len(req.State) > maxState {
		return req, oauth.Fail(oauth.InvalidRequest, "The state may have 2048 bytes.")
	}
	if err := h.readPrompt(&req, p); err != nil {
		return req, err
	}
	if hint := p.get("login_hint"); len(hint) <= maxHint {
		req.Hint = hint
	}
	return req, nil
}

func checkUnsupported(p params) error {
	switch {
	case p.has("request"):
		return oauth.Fail(oauth.RequestNotSupported, "Request objects are not supported; send the parameters in the query.")
	case p.has("request_uri"):
		return oauth.Fail(oauth.RequestURINotSupported, "Request URIs are not supported; send the parameters in the query.")
	case p.has("authorization_details"):
		// To ignore what was meant to narrow a grant would widen it.
		return oauth.Fail(oauth.InvalidRequest, "The parameter authorization_details is not supported; use scope.")
	}
	return nil
}

func checkFlow(p params, client oauth.Client) error {
	switch {
	case !p.has("response_type"):
		return oauth.Fail(oauth.InvalidRequest, "The parameter response_type is missing; send code.")
	case p.get("response_type") != "code":
		return oauth.Fail(oauth.UnsupportedResponseType, "The only response_type is code.")
	case p.has("response_mode") && p.get("response_mode") != "query":
		return oauth.Fail(oauth.InvalidRequest, "The only response_mode is query.")
	case !client.May(oauth.GrantCode):
		return oauth.Fail(oauth.UnauthorizedClient, "This client is not registered for the grant type authorization_code.")
	}
	return nil
}

func checkProofKey(p params) error {
	switch {
	case !p.has("code_challenge"):
		return oauth.Fail(oauth.InvalidRequest, "The parameter code_challenge is missing: PKCE is required.")
	case p.get("code_challenge_method") != "S256":
		return oauth.Fail(oauth.InvalidRequest, "The code_challenge_method must be S256.")
	case !oauth.ValidChallenge(p.get("code_challenge")):
		return oauth.Fail(oauth.InvalidRequest, "The code_challenge must be a SHA-256 in base64url: 43 characters.")
	}
	return nil
}

// resource is what the grant is for. A client that names none gets the
// issuer, which stands for every endpoint of it.
func (h *Handler) resource(p params) (string, error) {
	asked := p.get("resource")
	if asked == "" {
		asked = h.Issuer
	}
	resource, ok := oauth.MatchResource(h.Resources, asked)
	if !ok {
		return "", oauth.Fail(oauth.InvalidTarget, "The resource is not one of this server: "+strings.Join(h.Resources, ", ")+".")
	}
	return resource, nil
}

func (h *Handler) scopes(p params, client oauth.Client) ([]string, error) {
	scopes, err := oauth.ParseScope(p.get("scope"))
	if err != nil {
		return nil, err
	}
	if len(scopes) == 0 {
		return h.baseline(client), nil
	}
	for _, s := range scopes {
		if _, known := h.Scopes[s]; !known {
			return nil, oauth.Fail(oauth.InvalidScope, "This server has no scope "+s+".")
		}
		if !mayAsk(client, s) {
			return nil, oauth.Fail(oauth.InvalidScope, "This client may not ask for the scope "+s+".")
		}
	}
	return scopes, nil
}

// baseline is what a request without a scope asks for.
func (h *Handler) baseline(client oauth.Client) []string {
	return slices.DeleteFunc(slices.Clone(h.Baseline), func(s string) bool { return !mayAsk(client, s) })
}

func mayAsk(client oauth.Client, scope string) bool {
	return len(client.Scopes) == 0 || slices.Contains(client.Scopes, scope)
}

// readPrompt reads how recent a login must be, and what the person is asked
// (OpenID Connect Core, section 3.1.2.1).
func (h *Handler) readPrompt(req *Request, p params) error {
	if p.has("max_age") {
		seconds, err := strconv.ParseUint(p.get("max_age"), 10, 31)
		if err != nil {
			return oauth.Fail(oauth.InvalidRequest, "The max_age must be a number of seconds.")
		}
		req.LoginAfter, req.Prompt = h.Now().Add(-time.Duration(seconds)*time.Second), promptLogin
	}
	prompts := strings.Fields(p.get("prompt"))
	switch {
	case slices.Contains(prompts, promptNone) && len(prompts) > 1:
		return oauth.Fail(oauth.InvalidRequest, "The prompt none stands alone.")
	case slices.Contains(prompts, promptLogin):
		req.LoginAfter, req.Prompt = h.Now(), promptLogin
	case slices.Contains(prompts, selectAccount):
		req.LoginAfter, req.Prompt = h.Now(), selectAccount
	}
	return nil
}

// The prompts that change anything. Consent is asked in any case.
const (
	promptNone    = "none"
	promptLogin   = "login"
	selectAccount = "select_account"
)

func asksNoPage(p params) bool { return p.get("prompt") == promptNone }

// needsPage says which page a request without one would have needed.
func (h *Handler) needsPage(r *http.Request, req Request) error {
	_, err := h.session(r, req)
	switch {
	case err == nil:
		return oauth.Fail(oauth.ConsentRequired, "The person must approve on a page.")
	case errors.Is(err, fault.NotFound):
		return oauth.Fail(oauth.LoginRequired, "The person must log in on a page.")
	}
	return err
}
