package token

import (
	"mime"
	"net/http"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

const (
	maxForm = 64 << 10
	// maxToken is longer than any token of ours: what is longer is not one,
	// and is not looked at.
	maxToken = 512
)

// readForm reads the one form that the endpoints take (RFC 6749, section 3.2).
// A parameter that comes twice could be read differently by whoever stands in
// front of us, so it is refused.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, oauth.Fail(oauth.InvalidRequest, "The Content-Type must be application/x-www-form-urlencoded.")
	}
	for name := range r.URL.Query() {
		switch name {
		case "client_id", "client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "token":
			return nil, oauth.Fail(oauth.InvalidRequest, "The parameter "+name+" belongs in the body, not in the address.")
		}
	}
	body, err := httpx.ReadBody(w, r, maxForm)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The form is not encoded correctly.")
	}
	for name, values := range form {
		if len(values) > 1 {
			code := oauth.InvalidRequest
			if name == "resource" {
				code = oauth.InvalidTarget
			}
			return nil, oauth.Fail(code, "A parameter comes more than once.")
		}
	}
	return form, nil
}

// readToken returns the grant that a token of the form names. Anything that
// is not a token of the kind is not looked up at all.
func readToken(form url.Values, parameter string, kind oauth.Kind) (token, grant string, err error) {
	token = form.Get(parameter)
	if token == "" {
		return "", "", oauth.Fail(oauth.InvalidRequest, "The request has no "+parameter+".")
	}
	got, grant, ok := parse(token)
	if !ok || got != kind {
		return "", "", invalidGrant("The " + parameter + " is not one of this server.")
	}
	return token, grant, nil
}

func parse(token string) (kind oauth.Kind, grant string, ok bool) {
	if len(token) > maxToken {
		return "", "", false
	}
	return oauth.ParseToken(token)
}
