package provider

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// GitHub is one: an Enterprise Server, as far as a login sees it.
type GitHub struct {
	flow
	URL     string
	holders map[string]Member // by access token
	orgs    map[string][]string
}

// NewGitHub returns one that can be reached.
func NewGitHub(t testing.TB) *GitHub {
	h := &GitHub{flow: flow{issued: map[string]issued{}}, holders: map[string]Member{}, orgs: map[string][]string{"acme": {"olga"}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/oauth/authorize", h.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", h.token)
	mux.HandleFunc("GET /api/v3/user", h.user)
	mux.HandleFunc("GET /api/v3/user/memberships/orgs/{org}", h.membership)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	h.URL = s.URL
	return h
}

func (h *GitHub) token(w http.ResponseWriter, r *http.Request) {
	got, ok := h.redeem(r)
	if !ok || r.FormValue("client_id") != ClientID || r.FormValue("client_secret") != ClientSecret {
		writeJSON(w, map[string]any{"error": "bad_verification_code"}) // with a 200, as GitHub does
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	token := rand.Text()
	h.holders[token] = got.who
	writeJSON(w, map[string]any{"access_token": token, "token_type": "bearer", "scope": "read:org"})
}

func (h *GitHub) holder(w http.ResponseWriter, r *http.Request) (Member, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for token, who := range h.holders {
		if r.Header.Get("Authorization") == "Bearer "+token {
			return who, true
		}
	}
	http.Error(w, "{}", http.StatusUnauthorized)
	return Member{}, false
}

func (h *GitHub) user(w http.ResponseWriter, r *http.Request) {
	if who, ok := h.holder(w, r); ok {
		writeJSON(w, map[string]any{"id": 40 + len(who.Name), "login": who.Name, "name": nil})
	}
}

func (h *GitHub) membership(w http.ResponseWriter, r *http.Request) {
	who, ok := h.holder(w, r)
	if !ok {
		return
	}
	if !slices.Contains(h.orgs[r.PathValue("org")], who.Name) {
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return
	}
	writeJSON(w, map[string]any{"state": "active"})
}
