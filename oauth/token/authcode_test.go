package token

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/oauth"
	"gatehouse/store"
)

func TestRedeem(t *testing.T) {
	h := newHost(t)
	code, id := h.grant(t, "app")
	rep := h.post(t, "/token", redeemForm("app", code))
	if rep.Status != 200 || rep.Type != "Bearer" || rep.ExpiresIn != 3600 || rep.Scope != "math whoami" {
		t.Fatalf("answer = %d %s", rep.Status, rep.Raw)
	}
	if got := rep.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
	if got := rep.Header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin = %q", got)
	}
	if kind, grant, _ := oauth.ParseToken(rep.Access); kind != oauth.AccessToken || grant != id {
		t.Errorf("access token %q is %s of %s", rep.Access, kind, grant)
	}
	if kind, grant, _ := oauth.ParseToken(rep.Refresh); kind != oauth.RefreshToken || grant != id {
		t.Errorf("refresh token %q is %s of %s", rep.Refresh, kind, grant)
	}
	if !h.live(t, rep.Access) {
		t.Error("the access token is not good")
	}
	if len(h.used) != 1 || h.used[0] != "app" {
		t.Errorf("clients in use = %q", h.used)
	}
}

func TestRedeemWithoutRefresh(t *testing.T) {
	h := newHost(t)
	rep, id := h.tokens(t, "plain")
	if rep.Refresh != "" {
		t.Error("a client that did not register for refresh tokens got one")
	}
	g, err := h.Grants.Get(t.Context(), id)
	if err != nil || !g.Ends().Equal(g.Access[0].Expires) {
		t.Errorf("the grant ends at %v, the token at %v (%v)", g.Ends(), g.Access[0].Expires, err)
	}
}

func TestNoTokenIsInTheStore(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	first := h.post(t, "/token", redeemForm("app", code))
	second := h.post(t, "/token", refreshForm("app", first.Refresh))
	if second.Status != http.StatusOK {
		t.Fatalf("refresh = %d %s", second.Status, second.Raw)
	}
	for item, err := range h.kv.Scan(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{code, first.Access, first.Refresh, second.Access, second.Refresh} {
			if key := secret[len("gth_at_")+22:]; strings.Contains(string(item.Value), key) {
				t.Errorf("the key of %s… is in %s", secret[:7], item.Key)
			}
		}
	}
}

// Every row is refused, and leaves the code as good as it was.
func TestRedeemRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change []string // of a good form, for client "app"
		status int
		code   string
	}{
		{"another redirect_uri", []string{"redirect_uri", "http://127.0.0.1:10/cb"}, 400, oauth.InvalidGrant},
		{"no verifier", []string{"code_verifier", ""}, 400, oauth.InvalidGrant},
		{"a wrong verifier", []string{"code_verifier", strings.Repeat("a", 43)}, 400, oauth.InvalidGrant},
		{"a verifier too short", []string{"code_verifier", verifier[:42]}, 400, oauth.InvalidGrant},
		{"a verifier too long", []string{"code_verifier", strings.Repeat("a", 129)}, 400, oauth.InvalidGrant},
		{"a NUL in the verifier", []string{"code_verifier", verifier + "\x00"}, 400, oauth.InvalidGrant},
		{"the challenge as verifier", []string{"code_verifier", challengeOf(verifier)}, 400, oauth.InvalidGrant},
		{"another client", []string{"client_id", "other"}, 400, oauth.InvalidGrant},
		{"another resource", []string{"resource", issuer + "/sse"}, 400, oauth.InvalidTarget},
		{"a resource that is no URI", []string{"resource", "mcp"}, 400, oauth.InvalidTarget},
		{"more scope", []string{"scope", "math admin"}, 400, oauth.InvalidScope},
		{"a broken scope", []string{"scope", `a"b`}, 400, oauth.InvalidScope},
		{"no code", []string{"code", ""}, 400, oauth.InvalidRequest},
		{"rich authorization", []string{"authorization_details", "[]"}, 400, oauth.InvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			code, _ := h.grant(t, "app")
			wantError(t, h.post(t, "/token", with(redeemForm("app", code), tt.change...)), tt.status, tt.code)
			if rep := h.post(t, "/token", redeemForm("app", code)); rep.Status != 200 {
				t.Errorf("afterwards the right request = %d %s", rep.Status, rep.Raw)
			}
			if len(h.revoked)+len(h.alarms) > 0 {
				t.Errorf("revoked %q, alarms %q", h.revoked, h.alarms)
			}
		})
	}
}

func TestRedeemAccepts(t *testing.T) {
	tests := []struct {
		name   string
		change []string
		scope  string
	}{
		{"no redirect_uri, as in OAuth 2.1", []string{"redirect_uri", ""}, "math whoami"},
		{"the resource that was granted", []string{"resource", "HTTPS://MCP.example/mcp"}, "math whoami"},
		{"less scope", []string{"scope", "math"}, "math"},
		{"an unknown parameter", []string{"foo", "bar"}, "math whoami"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			code, _ := h.grant(t, "app")
			rep := h.post(t, "/token", with(redeemForm("app", code), tt.change...))
			if rep.Status != 200 || rep.Scope != tt.scope {
				t.Errorf("answer = %d %s", rep.Status, rep.Raw)
			}
		})
	}
}

func TestRedeemTakesNothingThatIsNoCode(t *testing.T) {
	h := newHost(t)
	code, id := h.grant(t, "app")
	for name, bad := range map[string]string{
		"another key of the grant": oauth.NewToken(oauth.Code, id),
		"an unknown grant":         oauth.NewToken(oauth.Code, oauth.NewGrantID(0)),
		"an access token":          oauth.NewToken(oauth.AccessToken, id),
		"too long":                 strings.Repeat("a", 1000),
		"NUL":                      code[:20] + "\x00" + code[21:],
		"not ASCII":                "é" + code[2:],
		"broken UTF-8":             "\xff" + code[1:],
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, h.post(t, "/token", redeemForm("app", bad)), 400, oauth.InvalidGrant)
		})
	}
	if rep := h.post(t, "/token", redeemForm("app", code)); rep.Status != 200 || len(h.revoked) > 0 {
		t.Errorf("afterwards the code = %d %s, revoked %q", rep.Status, rep.Raw, h.revoked)
	}
}

func TestCodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		code, _ := h.grant(t, "app")
		time.Sleep(time.Minute)
		wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
	})
}

func TestCodeOfAGrantThatEnded(t *testing.T) {
	for name, end := range map[string]func(*oauth.Grant, time.Time){
		"expired": func(g *oauth.Grant, now time.Time) { g.Expires = now.Add(-time.Second) },
		"revoked": func(g *oauth.Grant, now time.Time) { g.Revoke(now) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.Grants = store.NewTable[oauth.Grant](h.kv, "grants", nil)
			code, id := h.grant(t, "app")
			_, err := h.Grants.Update(t.Context(), id, func(g *oauth.Grant) error {
				end(g, h.Now())
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
		})
	}
}

func TestCodeOfADisabledPerson(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	h.blocked["dev:alice"] = true
	wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
}

func TestCodeOfAnotherIssuer(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	h.Issuer = "https://other.example"
	wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
}

func TestChallengeThatIsNotS256FailsClosed(t *testing.T) {
	h := newHost(t)
	for _, stored := range []string{"", verifier} {
		code, id := h.grant(t, "app")
		_, err := h.Grants.Update(t.Context(), id, func(g *oauth.Grant) error {
			g.Code.Challenge = stored
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
	}
}

func TestWrongVerifiersBurnTheCode(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	for range maxFailures {
		wantError(t, h.post(t, "/token", with(redeemForm("app", code), "code_verifier", strings.Repeat("a", 43))), 400, oauth.InvalidGrant)
	}
	wantError(t, h.post(t, "/token", redeemForm("app", code)), 400, oauth.InvalidGrant)
}

func TestReplayedCode(t *testing.T) {
	later := DefaultLives.Retry + time.Millisecond
	tests := []struct {
		name    string
		wait    time.Duration
		change  []string
		revoked bool
	}{
		{"with the verifier, later", later, nil, true},
		{"without the verifier, at once", 0, []string{"code_verifier", ""}, true},
		{"with a wrong verifier, at once", 0, []string{"code_verifier", strings.Repeat("a", 43)}, true},
		{"with the verifier, at once: a retry", 0, nil, false},
		{"by another client, later", later, []string{"client_id", "other"}, false},
		{"by another client, at once", 0, []string{"client_id", "other"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t)
				code, id := h.grant(t, "app")
				first := h.post(t, "/token", redeemForm("app", code))
				time.Sleep(tt.wait)
				for range 2 {
					wantError(t, h.post(t, "/token", with(redeemForm("app", code), tt.change...)), 400, oauth.InvalidGrant)
				}
				if got := !h.live(t, first.Access); got != tt.revoked {
					t.Errorf("access token ended = %v, want %v", got, tt.revoked)
				}
				rep := h.post(t, "/token", refreshForm("app", first.Refresh))
				if got := rep.Status != http.StatusOK; got != tt.revoked {
					t.Errorf("refresh = %d %s, want revoked = %v", rep.Status, rep.Raw, tt.revoked)
				}
				want := 0
				if tt.revoked {
					want = 1
				}
				if len(h.alarms) != want || len(h.revoked) != want || (want == 1 && h.revoked[0] != id) {
					t.Errorf("revoked %q, alarms %q, want %d", h.revoked, h.alarms, want)
				}
			})
		})
	}
}

func TestFiftyRedemptionsAtOnce(t *testing.T) {
	h := newHost(t)
	code, _ := h.grant(t, "app")
	replies := parallel(50, func() reply { return h.post(t, "/token", redeemForm("app", code)) })
	var won []reply
	for _, rep := range replies {
		if rep.Status == http.StatusOK {
			won = append(won, rep)
			continue
		}
		wantError(t, rep, 400, oauth.InvalidGrant)
	}
	if len(won) != 1 {
		t.Fatalf("%d redemptions succeeded, want 1", len(won))
	}
	if !h.live(t, won[0].Access) {
		t.Error("the losers ended the grant of the winner")
	}
	if rep := h.post(t, "/token", refreshForm("app", won[0].Refresh)); rep.Status != http.StatusOK {
		t.Errorf("the winner's refresh = %d %s", rep.Status, rep.Raw)
	}
}

// parallel calls do n times at once.
func parallel[T any](n int, do func() T) []T {
	out := make([]T, n)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			out[i] = do()
		})
	}
	close(begin)
	wg.Wait()
	return out
}

func FuzzRedeem(f *testing.F) {
	f.Add("gth_ac_x", verifier, redirect, "", "")
	f.Fuzz(func(t *testing.T, code, verifier, redirect, scope, resource string) {
		h := newHost(t)
		good, _ := h.grant(t, "app")
		form := url.Values{"grant_type": {oauth.GrantCode}, "client_id": {"app"}, "code": {code},
			"code_verifier": {verifier}, "redirect_uri": {redirect}, "scope": {scope}, "resource": {resource}}
		if rep := h.post(t, "/token", form); rep.Status != http.StatusBadRequest && code != good {
			t.Errorf("answer = %d %s", rep.Status, rep.Raw)
		}
	})
}
