package contest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"

	"gatehouse/e2e/person"
)

// redirect is where the code is sent. Nobody listens there: the person's
// browser shows the address, and the code is read out of it.
const redirect = "http://127.0.0.1:33417/callback"

// LogIn walks the whole road of a client to an access token for the endpoint:
// metadata, registration, login, consent, code.
func LogIn(ctx context.Context, addr string) (token string, err error) {
	base := "http://" + addr
	var resource struct {
		Resource string   `json:"resource"`
		Scopes   []string `json:"scopes_supported"`
	}
	if err := fetch(ctx, http.MethodGet, base+"/.well-known/oauth-protected-resource/mcp", nil, &resource); err != nil {
		return "", err
	}
	var server struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Registration  string `json:"registration_endpoint"`
	}
	if err := fetch(ctx, http.MethodGet, base+"/.well-known/oauth-authorization-server", nil, &server); err != nil {
		return "", err
	}
	var client struct {
		ID string `json:"client_id"`
	}
	if err := fetch(ctx, http.MethodPost, server.Registration, map[string]any{
		"client_name":                "bench",
		"redirect_uris":              []string{redirect},
		"token_endpoint_auth_method": "none",
	}, &client); err != nil {
		return "", err
	}
	config := oauth2.Config{
		ClientID:    client.ID,
		RedirectURL: redirect,
		Scopes:      resource.Scopes,
		Endpoint:    oauth2.Endpoint{AuthURL: server.Authorization, TokenURL: server.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	verifier := oauth2.GenerateVerifier()
	only := oauth2.SetAuthURLParam("resource", resource.Resource)
	back, err := person.New("bench").Follow(ctx, config.AuthCodeURL("state", only, oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		return "", err
	}
	got, err := config.Exchange(ctx, back.Query().Get("code"), only, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	return got.AccessToken, nil
}

// fetch sends a JSON document, if there is one, and reads the one that comes
// back.
func fetch(ctx context.Context, method, url string, send, into any) error {
	var body bytes.Buffer
	if send != nil {
		if err := json.MarshalWrite(&body, send); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	return json.UnmarshalRead(resp.Body, into)
}
