package production

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// hub is a GitHub: an Enterprise Server, as far as a login sees it.
type hub struct {
	flow
	url     string
	holders map[string]member // by access token
	orgs    map[string][]string
}

func newHub(t *testing.T) *hub {
	h := &hub{flow: flow{issued: map[string]issued{}}, holders: map[string]member{}, orgs: map[string][]string{"acme": {"olga"}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/oauth/authorize", h.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", h.token)
	mux.HandleFunc("GET /api/v3/user", h.user)
	mux.HandleFunc("GET /api/v3/user/memberships/orgs/{org}", h.membership)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

func (h *hub) token(w http.ResponseWriter, r *http.Request) {
	got, ok := h.redeem(r)
	if !ok || r.FormValue("client_id") != clientID || r.FormValue("client_secret") != clientSecret {
		writeJSON(w, map[string]any{"error": "bad_verification_code"}) // with a 200, as GitHub does
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	token := rand.Text()
	h.holders[token] = got.who
	writeJSON(w, map[string]any{"access_token": token, "token_type": "bearer", "scope": "read:org"})
}

func (h *hub) holder(w http.ResponseWriter, r *http.Request) (member, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for token, who := range h.holders {
		if r.Header.Get("Authorization") == "Bearer "+token {
			return who, true
		}
	}
	http.Error(w, "{}", http.StatusUnauthorized)
	return member{}, false
}

func (h *hub) user(w http.ResponseWriter, r *http.Request) {
	if who, ok := h.holder(w, r); ok {
		writeJSON(w, map[string]any{"id": 40 + len(who.name), "login": who.name, "name": nil})
	}
}

func (h *hub) membership(w http.ResponseWriter, r *http.Request) {
	who, ok := h.holder(w, r)
	if !ok {
		return
	}
	if !slices.Contains(h.orgs[r.PathValue("org")], who.name) {
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return
	}
	writeJSON(w, map[string]any{"state": "active"})
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	p := newPlace(t, "http")
	p.configure(t, fmt.Sprintf(`
login:
  github: {client_id: %s, client_secret: "%s", users: [Octocat], orgs: [acme], url: "%s", api: "%s/api/v3"}
`, clientID, clientSecret, h.url, h.url))
	p.start(t)
	const link = "Continue with GitHub"
	for _, name := range []string{"octocat", "olga"} {
		t.Run(name+" may come in", func(t *testing.T) {
			h.set(member{name: name})
			got, err := p.elsewhere(t, link)
			if err != nil {
				t.Fatal(err)
			}
			p.wantCaller(t, got.Access, name)
		})
	}
	p.wantRecord(t, `"subject":"github:47"`, `"subject":"github:44"`)
	t.Run("somebody else may not", func(t *testing.T) {
		h.set(member{name: "mallory"})
		_, err := p.elsewhere(t, link)
		wantError(t, err, "403", "Your GitHub account may not log in here.")
	})
}
