package clients

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// Authenticator proves who sent a request to the token endpoint and its
// neighbours (RFC 6749, section 2.3; RFC 7523).
type Authenticator struct {
	Clients interface {
		Find(ctx context.Context, id string) (oauth.Client, error)
	}
	Assertions *Assertions // nil: private_key_jwt is not supported
	// Tries counts bad secrets by client and address, so that guessing at one
	// client does not lock another out. See [NewTries].
	Tries *oauth.Rate
	Now   func() time.Time
}

// NewTries allows 20 bad secrets in ten minutes.
func NewTries(now func() time.Time) *oauth.Rate {
	return &oauth.Rate{Max: 20, Window: 10 * time.Minute, Now: now}
}

// Authenticate returns the client that sent the request with the form. It
// fails with an [*oauth.Error] that is invalid_request or invalid_client, with
// fault.TooMany after too many bad secrets, or as [Directory.Find] does for
// other reasons than that there is no such client.
func (a *Authenticator) Authenticate(r *http.Request, form url.Values) (oauth.Client, error) {
	// 1. Exactly one way to authenticate, and one client.
	p, err := readProof(r, form)
	if err != nil {
		return oauth.Client{}, err
	}

	// 2. A client that exists.
	c, err := a.Clients.Find(r.Context(), p.id)
	switch {
	case errors.Is(err, fault.NotFound):
		return c, &oauth.Error{Code: oauth.InvalidClient, Description: fault.Public(err), Err: err}
	case err != nil:
		return c, err
	case !c.Expires.IsZero() && !a.Now().Before(c.Expires):
		return c, refuse("The client's registration has ended. Let it register again.")
	}

	// 3. Nobody who has been guessing.
	key := c.ID + " " + httpx.Address(r)
	if a.Tries.Reached(key) {
		return c, fault.New(fault.TooMany, "Too many failed attempts for this client. Try again later.")
	}

	// 4. The method that it registered, and no other.
	if p.method != c.AuthMethod {
		return c, refuse("The client did not authenticate by the method that it registered, " + c.AuthMethod + ".")
	}

	// 5. The proof itself.
	err = a.prove(r.Context(), p, c)
	if _, guessed := errors.AsType[*oauth.Error](err); guessed {
		a.Tries.Allow(key)
	}
	return c, err
}

func (a *Authenticator) prove(ctx context.Context, p proof, c oauth.Client) error {
	switch p.method {
	case oauth.AuthNone:
		return nil
	case oauth.AuthBasic, oauth.AuthPost:
		if c.SecretHash.IsZero() || !oauth.HashToken(p.secret).Equal(c.SecretHash) {
			return refuse("The client's secret is wrong.")
		}
		return nil
	case oauth.AuthPrivateKeyJWT:
		if a.Assertions != nil {
			return a.Assertions.verify(ctx, p.assertion, c)
		}
	}
	return refuse("This server does not support the authentication method.")
}

// proof is how a request says who it is from.
type proof struct {
	method    string
	id        string
	secret    string
	assertion string
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func readProof(r *http.Request, form url.Values) (proof, error) {
	var found []proof
	if _, ok := r.Header["Authorization"]; ok {
		p, err := readBasic(r.Header)
		if err != nil {
			return p, err
		}
		found = append(found, p)
	}
	if secret := form.Get("client_secret"); secret != "" {
		found = append(found, proof{method: oauth.AuthPost, id: form.Get("client_id"), secret: secret})
	}
	if form.Get("client_assertion") != "" || form.Get("client_assertion_type") != "" {
		p, err := readAssertion(form)
		if err != nil {
			return p, err
		}
		found = append(found, p)
	}
	switch len(found) {
	case 0:
		return proof{method: oauth.AuthNone, id: form.Get("client_id")}, nil
	case 1:
	default:
		return proof{}, oauth.Fail(oauth.InvalidRequest, "The client authenticates in more than one way.")
	}
	if id := form.Get("client_id"); id != "" && id != found[0].id {
		return proof{}, refuse("The client_id in the body is not the client that authenticates.")
	}
	return found[0], nil
}

// readBasic reads the Basic scheme, in which both parts are form-encoded
// before they are joined (RFC 6749, section 2.3.1).
func readBasic(h http.Header) (proof, error) {
	bad := refuse("The Authorization header must be one of the Basic scheme, with the client's id and secret form-encoded.")
	values := h["Authorization"]
	if len(values) != 1 {
		return proof{}, bad
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Basic") {
		return proof{}, bad
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return proof{}, bad
	}
	id, secret, ok := strings.Cut(string(raw), ":")
	if !ok {
		return proof{}, bad
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil || id == "" || secret == "" {
		return proof{}, bad
	}
	return proof{method: oauth.AuthBasic, id: id, secret: secret}, nil
}

func readAssertion(form url.Values) (proof, error) {
	if form.Get("client_assertion_type") != assertionType {
		return proof{}, refuse("The client_assertion_type must be " + assertionType + ".")
	}
	p := proof{method: oauth.AuthPrivateKeyJWT, assertion: form.Get("client_assertion")}
	claims, err := peek(p.assertion)
	if err != nil {
		return proof{}, err
	}
	p.id = claims.Subject
	return p, nil
}

func refuse(why string) *oauth.Error { return oauth.Fail(oauth.InvalidClient, why) }
