package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth/idp/github"
	"gatehouse/oauth/login"
)

var trip = login.Trip{
	Callback: "https://gate.example/login/callback/github",
	State:    "state",
	Verifier: "verifier-of-at-least-forty-three-characters-long",
}

// hub is a GitHub on loopback. It knows one person.
type hub struct {
	*httptest.Server
	user      map[string]any
	state     string // of the membership in the organization "gate"
	status    int    // of /user; zero is 200
	challenge string
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{user: map[string]any{"id": 583231, "login": "octocat", "name": "The Octocat"}, state: "active"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login/oauth/access_token", h.token)
	mux.HandleFunc("GET /api/user", h.whoami)
	mux.HandleFunc("GET /api/user/memberships/orgs/gate", func(w http.ResponseWriter, _ *http.Request) {
		httpx.WriteJSON(w, http.StatusOK, map[string]any{"state": h.state})
	})
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("code") != "good" || r.FormValue("client_secret") != "s" || oauth2.S256ChallengeFromVerifier(r.FormValue("code_verifier")) != h.challenge {
		// GitHub says so with a 200.
		httpx.WriteJSON(w, http.StatusOK, map[string]any{"error": "bad_verification_code"})
		return
	}
	httpx.WriteJSON(w, http.StatusOK, map[string]any{"access_token": "t", "token_type": "bearer"})
}

func (h *hub) whoami(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer t":
		w.WriteHeader(http.StatusUnauthorized)
	case h.status != 0:
		w.WriteHeader(h.status)
	default:
		httpx.WriteJSON(w, http.StatusOK, h.user)
	}
}

func (h *hub) logIn(t *testing.T, c github.Config, query url.Values) (login.Person, error) {
	t.Helper()
	c.ClientID, c.ClientSecret, c.URL, c.API = "gatehouse", "s", h.URL, h.URL+"/api"
	away := github.New(c).Away
	to, err := away.Start(t.Context(), trip)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !strings.HasPrefix(to, h.URL+"/login/oauth/authorize?") || q.Get("state") != trip.State || q.Get("redirect_uri") != trip.Callback {
		t.Fatalf("the browser is sent to %s", to)
	}
	if got, want := q.Get("scope") == "read:org", len(c.Orgs) > 0; got != want {
		t.Errorf("scope = %q with the organizations %q", q.Get("scope"), c.Orgs)
	}
	h.challenge = q.Get("code_challenge")
	return away.Finish(t.Context(), trip, query)
}

func TestLogin(t *testing.T) {
	good := url.Values{"code": {"good"}}
	for name, tt := range map[string]struct {
		hub    func(*hub)
		config github.Config
		query  url.Values
		want   login.Person // none is: denied
	}{
		"everybody, if there is no list":    {query: good, want: login.Person{Subject: "github:583231", Name: "The Octocat"}},
		"by the login name, without a name": {hub: func(h *hub) { h.user["name"] = nil }, query: good, want: login.Person{Subject: "github:583231", Name: "octocat"}},
		"a user on the list":                {config: github.Config{Users: []string{"OctoCat"}}, query: good, want: login.Person{Subject: "github:583231", Name: "The Octocat"}},
		"a member of an organization":       {config: github.Config{Users: []string{"x"}, Orgs: []string{"other", "gate"}}, query: good, want: login.Person{Subject: "github:583231", Name: "The Octocat"}},
		"somebody who is not on the list":   {config: github.Config{Users: []string{"x"}}, query: good},
		"no member":                         {config: github.Config{Orgs: []string{"other"}}, query: good},
		"somebody who was only invited":     {hub: func(h *hub) { h.state = "pending" }, config: github.Config{Orgs: []string{"gate"}}, query: good},
		"a user without an id":              {hub: func(h *hub) { h.user = map[string]any{"login": "octocat"} }, query: good},
		"an API that fails":                 {hub: func(h *hub) { h.status = http.StatusBadGateway }, query: good},
		"an API that sees nobody":           {hub: func(h *hub) { h.status = http.StatusNotFound }, query: good},
		"a wrong code":                      {query: url.Values{"code": {"bad"}}},
		"a refusal":                         {query: url.Values{"error": {"access_denied"}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			if tt.hub != nil {
				tt.hub(h)
			}
			got, err := h.logIn(t, tt.config, tt.query)
			if got != tt.want {
				t.Errorf("person = %+v, want %+v", got, tt.want)
			}
			if denied := tt.want == (login.Person{}); errors.Is(err, fault.Denied) != denied {
				t.Errorf("err = %v, want denied %v", err, denied)
			}
		})
	}
}

func TestGitHubIsOut(t *testing.T) {
	h := newHub(t)
	h.Close()
	if _, err := h.logIn(t, github.Config{}, url.Values{"code": {"good"}}); !errors.Is(err, fault.Unavailable) {
		t.Errorf("err = %v, want unavailable", err)
	}
}
