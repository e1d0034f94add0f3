package clients

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// newAuthenticator knows "app", which is public; "post" and "basic", with the
// secret "s3cret"; "odd id:%", with the secret "p@ss:word %"; and "ended".
func newAuthenticator() *Authenticator {
	secret := oauth.HashToken("s3cret")
	configured := map[string]oauth.Client{
		"app":      {ID: "app", AuthMethod: oauth.AuthNone},
		"post":     {ID: "post", AuthMethod: oauth.AuthPost, SecretHash: secret},
		"basic":    {ID: "basic", AuthMethod: oauth.AuthBasic, SecretHash: secret},
		"odd id:%": {ID: "odd id:%", AuthMethod: oauth.AuthBasic, SecretHash: oauth.HashToken("p@ss:word %")},
		"ended":    {ID: "ended", AuthMethod: oauth.AuthPost, SecretHash: secret, Expires: time.Now().Add(-time.Second)},
		"empty":    {ID: "empty", AuthMethod: oauth.AuthPost},
		"keys":     {ID: "keys", AuthMethod: oauth.AuthPrivateKeyJWT},
	}
	return &Authenticator{Clients: &Directory{Configured: configured}, Tries: NewTries(time.Now), Now: time.Now}
}

func basicHeader(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func authenticate(a *Authenticator, header string, form url.Values) (oauth.Client, error) {
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	if header != "" {
		r.Header.Set("Authorization", header)
	}
	return a.Authenticate(r, form)
}

func TestAuthenticate(t *testing.T) {
	raw := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct {
		name   string
		header string
		form   url.Values
		client string // of a success
		code   string // of a failure
	}{
		{"a public client", "", url.Values{"client_id": {"app"}}, "app", ""},
		{"a public client with an empty secret", "", url.Values{"client_id": {"app"}, "client_secret": {""}}, "app", ""},
		{"a secret in the body", "", url.Values{"client_id": {"post"}, "client_secret": {"s3cret"}}, "post", ""},
		{"a secret in the header", basicHeader("basic", "s3cret"), nil, "basic", ""},
		{"a secret in the header and the id in both", basicHeader("basic", "s3cret"), url.Values{"client_id": {"basic"}}, "basic", ""},
		{"the scheme in other letters", "bAsIc" + basicHeader("basic", "s3cret")[5:], nil, "basic", ""},
		{"an id and a secret that need encoding", basicHeader("odd id:%", "p@ss:word %"), nil, "odd id:%", ""},

		{"nothing", "", nil, "", oauth.InvalidClient},
		{"an unknown client", "", url.Values{"client_id": {"nobody"}}, "", oauth.InvalidClient},
		{"two methods", basicHeader("basic", "s3cret"), url.Values{"client_secret": {"s3cret"}}, "", oauth.InvalidRequest},
		{"a header and an assertion", basicHeader("basic", "s3cret"), url.Values{"client_assertion_type": {assertionType}, "client_assertion": {"e30.eyJzdWIiOiJrZXlzIn0.e30"}}, "", oauth.InvalidRequest},
		{"the header for a client of the body", basicHeader("post", "s3cret"), nil, "", oauth.InvalidClient},
		{"the body for a client of the header", "", url.Values{"client_id": {"basic"}, "client_secret": {"s3cret"}}, "", oauth.InvalidClient},
		{"no secret of a client that has one", "", url.Values{"client_id": {"post"}}, "", oauth.InvalidClient},
		{"an empty secret of a client that has one", "", url.Values{"client_id": {"post"}, "client_secret": {""}}, "", oauth.InvalidClient},
		{"the text null as secret", "", url.Values{"client_id": {"post"}, "client_secret": {"null"}}, "", oauth.InvalidClient},
		{"a client whose stored secret is empty", "", url.Values{"client_id": {"empty"}, "client_secret": {"x"}}, "", oauth.InvalidClient},
		{"a public client with a secret", "", url.Values{"client_id": {"app"}, "client_secret": {"s3cret"}}, "", oauth.InvalidClient},
		{"a public client in the header", basicHeader("app", "x"), nil, "", oauth.InvalidClient},
		{"a wrong secret", "", url.Values{"client_id": {"post"}, "client_secret": {"wrong"}}, "", oauth.InvalidClient},
		{"the hash as secret", "", url.Values{"client_id": {"post"}, "client_secret": {string(new(oauth.HashToken("s3cret"))[:])}}, "", oauth.InvalidClient},
		{"another id in the body", basicHeader("basic", "s3cret"), url.Values{"client_id": {"app"}}, "", oauth.InvalidClient},
		{"an expired client with the right secret", "", url.Values{"client_id": {"ended"}, "client_secret": {"s3cret"}}, "", oauth.InvalidClient},
		{"another scheme", "Bearer x", nil, "", oauth.InvalidClient},
		{"a header without value", "Basic", nil, "", oauth.InvalidClient},
		{"bad base64", "Basic !!!", nil, "", oauth.InvalidClient},
		{"base64 without padding", "Basic YmFzaWM6czNjcmV0MQ", nil, "", oauth.InvalidClient},
		{"no colon", raw("basic"), nil, "", oauth.InvalidClient},
		{"an empty secret in the header", raw("basic:"), nil, "", oauth.InvalidClient},
		{"an empty id in the header", raw(":s3cret"), nil, "", oauth.InvalidClient},
		{"a bad escape", raw("basic:%zz"), nil, "", oauth.InvalidClient},
		{"another type of assertion", "", url.Values{"client_id": {"keys"}, "client_assertion_type": {"x"}, "client_assertion": {"a.b.c"}}, "", oauth.InvalidClient},
		{"an assertion where none is supported", "", url.Values{"client_assertion_type": {assertionType}, "client_assertion": {"e30.eyJzdWIiOiJrZXlzIn0.e30"}}, "", oauth.InvalidClient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := authenticate(newAuthenticator(), tt.header, tt.form)
			if tt.code == "" {
				if err != nil || c.ID != tt.client {
					t.Errorf("client = %q, %v, want %q", c.ID, err, tt.client)
				}
				return
			}
			if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != tt.code {
				t.Errorf("err = %v, want %s", err, tt.code)
			}
		})
	}
}

func TestTwoAuthorizationHeaders(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	r.Header["Authorization"] = []string{basicHeader("basic", "s3cret"), basicHeader("basic", "s3cret")}
	if c, err := newAuthenticator().Authenticate(r, nil); err == nil {
		t.Errorf("client = %q, want a refusal", c.ID)
	}
}

func TestGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthenticator()
		guess := func(id, secret, from string) error {
			r := httptest.NewRequest(http.MethodPost, "/token", nil)
			r.RemoteAddr = from
			_, err := a.Authenticate(r, url.Values{"client_id": {id}, "client_secret": {secret}})
			return err
		}
		for range 20 {
			if err := guess("post", "wrong", "192.0.2.1:1"); errors.Is(err, fault.TooMany) {
				t.Fatal("throttled too early")
			}
		}
		if err := guess("post", "s3cret", "192.0.2.1:2"); !errors.Is(err, fault.TooMany) {
			t.Errorf("the 21st guess = %v, want too many", err)
		}
		if err := guess("post", "s3cret", "192.0.2.2:1"); err != nil {
			t.Errorf("from another address = %v", err)
		}
		if err := guess("app", "", "192.0.2.1:1"); err != nil {
			t.Errorf("another client = %v", err)
		}
		time.Sleep(10 * time.Minute)
		if err := guess("post", "s3cret", "192.0.2.1:1"); err != nil {
			t.Errorf("ten minutes later = %v", err)
		}
	})
}

func FuzzReadBasic(f *testing.F) {
	f.Add(basicHeader("a", "b"))
	f.Add("Basic ")
	f.Fuzz(func(t *testing.T, header string) {
		p, err := readBasic(http.Header{"Authorization": {header}})
		if err == nil && (p.id == "" || p.secret == "") {
			t.Errorf("%q reads as %+v", header, p)
		}
	})
}
