package token

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/oauth"
	"gatehouse/store"
	"gatehouse/store/mem"
)

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		first, _ := h.tokens(t, "app")
		time.Sleep(30 * time.Minute)
		second := h.post(t, "/token", refreshForm("app", first.Refresh))
		if second.Status != 200 || second.Refresh == first.Refresh || second.Access == first.Access || second.Scope != "math whoami" {
			t.Fatalf("answer = %d %s", second.Status, second.Raw)
		}
		if !h.live(t, first.Access) || !h.live(t, second.Access) {
			t.Error("an access token ended before its time")
		}
		time.Sleep(30 * time.Minute)
		if h.live(t, first.Access) || !h.live(t, second.Access) {
			t.Error("an access token is good for another time than an hour")
		}
	})
}

func TestLostRefreshAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		first, _ := h.tokens(t, "app")
		second := h.post(t, "/token", refreshForm("app", first.Refresh))
		time.Sleep(DefaultLives.Grace)
		again := h.post(t, "/token", refreshForm("app", first.Refresh))
		if again.Access != second.Access || again.Refresh != second.Refresh || again.ExpiresIn != 3540 {
			t.Errorf("the second answer is %s, want %s with a minute less", again.Raw, second.Raw)
		}
		if rep := h.post(t, "/token", refreshForm("app", second.Refresh)); rep.Status != 200 {
			t.Errorf("the successor = %d %s", rep.Status, rep.Raw)
		}
	})
}

func TestReusedRefreshToken(t *testing.T) {
	tests := []struct {
		name string
		use  func(*testing.T, *host, reply) string // returns the newest access token
	}{
		{"the previous one after the grace", func(t *testing.T, h *host, first reply) string {
			rep := h.post(t, "/token", refreshForm("app", first.Refresh))
			time.Sleep(DefaultLives.Grace + time.Millisecond)
			return rep.Access
		}},
		{"the one before the previous, at once", func(t *testing.T, h *host, first reply) string {
			rep := h.post(t, "/token", refreshForm("app", first.Refresh))
			return h.post(t, "/token", refreshForm("app", rep.Refresh)).Access
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t)
				first, id := h.tokens(t, "app")
				newest := tt.use(t, h, first)
				wantError(t, h.post(t, "/token", refreshForm("app", first.Refresh)), 400, oauth.InvalidGrant)
				if h.live(t, newest) {
					t.Error("the newest access token is still good")
				}
				if len(h.alarms) != 1 || len(h.revoked) != 1 || h.revoked[0] != id {
					t.Errorf("revoked %q, alarms %q", h.revoked, h.alarms)
				}
			})
		})
	}
}

func TestReuseEndsTheNewestRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		first, _ := h.tokens(t, "app")
		second := h.post(t, "/token", refreshForm("app", first.Refresh))
		time.Sleep(2 * DefaultLives.Grace)
		wantError(t, h.post(t, "/token", refreshForm("app", first.Refresh)), 400, oauth.InvalidGrant)
		wantError(t, h.post(t, "/token", refreshForm("app", second.Refresh)), 400, oauth.InvalidGrant)
	})
}

func TestTwentyRefreshesAtOnce(t *testing.T) {
	h := newHost(t)
	first, _ := h.tokens(t, "app")
	token := first.Refresh
	for range 3 { // every caller can go on with what it got
		replies := parallel(20, func() reply { return h.post(t, "/token", refreshForm("app", token)) })
		for _, rep := range replies {
			if rep.Status != http.StatusOK || rep.Refresh != replies[0].Refresh || rep.Access != replies[0].Access {
				t.Fatalf("answers differ: %d %s and %s", rep.Status, rep.Raw, replies[0].Raw)
			}
		}
		if !h.live(t, replies[0].Access) {
			t.Fatal("the access token is not good")
		}
		token = replies[0].Refresh
	}
}

// Every row is refused, and leaves the refresh token as good as it was.
func TestRefreshRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change []string
		code   string
	}{
		{"another client", []string{"client_id", "other"}, oauth.InvalidGrant},
		{"more scope", []string{"scope", "math admin"}, oauth.InvalidScope},
		{"only unknown scope", []string{"scope", "admin"}, oauth.InvalidScope},
		{"another resource", []string{"resource", issuer + "/sse"}, oauth.InvalidTarget},
		{"no token", []string{"refresh_token", ""}, oauth.InvalidRequest},
		{"a token that is none", []string{"refresh_token", "x"}, oauth.InvalidGrant},
		{"a token too long", []string{"refresh_token", strings.Repeat("a", 1000)}, oauth.InvalidGrant},
		{"NUL", []string{"refresh_token", "gth_rt_\x00"}, oauth.InvalidGrant},
		{"unicode", []string{"refresh_token", "gth_rt_é"}, oauth.InvalidGrant},
		{"an unknown grant", []string{"refresh_token", oauth.NewToken(oauth.RefreshToken, oauth.NewGrantID(0))}, oauth.InvalidGrant},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			first, _ := h.tokens(t, "app")
			wantError(t, h.post(t, "/token", with(refreshForm("app", first.Refresh), tt.change...)), 400, tt.code)
			if rep := h.post(t, "/token", refreshForm("app", first.Refresh)); rep.Status != 200 {
				t.Errorf("afterwards the right request = %d %s", rep.Status, rep.Raw)
			}
			if len(h.revoked)+len(h.alarms) > 0 {
				t.Errorf("revoked %q, alarms %q", h.revoked, h.alarms)
			}
		})
	}
}

func TestAccessTokenIsNoRefreshToken(t *testing.T) {
	h := newHost(t)
	first, _ := h.tokens(t, "app")
	wantError(t, h.post(t, "/token", refreshForm("app", first.Access)), 400, oauth.InvalidGrant)
}

func TestNarrowedRefresh(t *testing.T) {
	h := newHost(t)
	first, id := h.tokens(t, "app")
	second := h.post(t, "/token", with(refreshForm("app", first.Refresh), "scope", "math"))
	if second.Scope != "math" {
		t.Fatalf("answer = %d %s", second.Status, second.Raw)
	}
	g, err := h.Grants.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := g.FindAccess(oauth.HashToken(second.Access), h.Now()); !ok || len(a.Scopes) != 1 || a.Scopes[0] != "math" {
		t.Errorf("the access token has %q", a.Scopes)
	}
	if third := h.post(t, "/token", refreshForm("app", second.Refresh)); third.Scope != "math whoami" {
		t.Errorf("the grant became narrower too: %s", third.Raw)
	}
}

func TestRefreshEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(*testing.T, *host, string)
	}{
		{"the person was disabled", func(_ *testing.T, h *host, _ string) { h.blocked["dev:alice"] = true }},
		{"the grant was revoked", func(t *testing.T, h *host, id string) {
			if _, err := h.revoke(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}},
		{"the grant was deleted", func(t *testing.T, h *host, id string) {
			if err := h.Grants.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}},
		{"nobody used it for a month", func(*testing.T, *host, string) { time.Sleep(DefaultLives.Idle) }},
		{"it belongs to another issuer", func(_ *testing.T, h *host, _ string) { h.Issuer = "https://other.example" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t)
				first, id := h.tokens(t, "app")
				tt.end(t, h, id)
				wantError(t, h.post(t, "/token", refreshForm("app", first.Refresh)), 400, oauth.InvalidGrant)
			})
		})
	}
}

// A store may keep a record for longer than it is good.
func TestRecordThatOutlivesItsTokens(t *testing.T) {
	tests := []struct {
		name string
		wait time.Duration
		life time.Duration // of the grant
	}{
		{"nobody used it for a month", DefaultLives.Idle, DefaultLives.Absolute},
		{"the grant has ended", time.Hour, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t)
				h.Grants = store.NewTable[oauth.Grant](h.kv, "grants", nil)
				h.Lives.Absolute = tt.life
				first, _ := h.tokens(t, "app")
				time.Sleep(tt.wait)
				wantError(t, h.post(t, "/token", refreshForm("app", first.Refresh)), 400, oauth.InvalidGrant)
				if len(h.alarms) > 0 {
					t.Errorf("alarms = %q", h.alarms)
				}
			})
		})
	}
}

func TestGrantEndsHoweverActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		rep, _ := h.tokens(t, "app")
		for range 4 {
			time.Sleep(20 * 24 * time.Hour)
			rep = h.post(t, "/token", refreshForm("app", rep.Refresh))
			if rep.Status != 200 {
				t.Fatalf("answer = %d %s", rep.Status, rep.Raw)
			}
		}
		time.Sleep(10*24*time.Hour - time.Minute)
		if rep = h.post(t, "/token", refreshForm("app", rep.Refresh)); rep.ExpiresIn != 60 {
			t.Errorf("a minute before the end an access token is good for %d s", rep.ExpiresIn)
		}
		time.Sleep(time.Minute)
		wantError(t, h.post(t, "/token", refreshForm("app", rep.Refresh)), 400, oauth.InvalidGrant)
	})
}

func TestSuccessorOpensOnlyForItsPredecessor(t *testing.T) {
	sealed, err := seal("predecessor", "grant", successor{Answer: answer{Access: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := open("predecessor", "grant", sealed); err != nil || s.Answer.Access != "a" {
		t.Errorf("open = %+v, %v", s, err)
	}
	if _, err := open("another", "grant", sealed); err == nil {
		t.Error("another token opens it")
	}
	if _, err := open("predecessor", "another", sealed); err == nil {
		t.Error("it opens in another grant")
	}
	if _, err := open("predecessor", "grant", sealed[:5]); err == nil {
		t.Error("a piece of it opens")
	}
}

// meddling is a store in which something happens between a read and the write
// that follows it.
type meddling struct {
	mem.KV
	between func()
}

func (m *meddling) Get(ctx context.Context, key string) (store.Item, error) {
	item, err := m.KV.Get(ctx, key)
	if between := m.between; between != nil {
		m.between = nil
		between()
	}
	return item, err
}

func TestRevocationWhileARefreshIsUnderWay(t *testing.T) {
	h := newHost(t)
	kv := new(meddling)
	h.Grants = store.NewTable(kv, "grants", func(g oauth.Grant) time.Time { return g.Ends() })
	first, id := h.tokens(t, "app")
	kv.between = func() {
		if _, err := h.revoke(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	wantError(t, h.post(t, "/token", refreshForm("app", first.Refresh)), 400, oauth.InvalidGrant)
	if h.live(t, first.Access) {
		t.Error("the refresh brought the grant back to life")
	}
}
