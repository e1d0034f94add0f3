package worker

import (
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
	"gatehouse/oauth"
)

const manyShards = "SHARDS=3"

// visitor is somebody whose grant is in a shard of three.
type visitor struct {
	name   string
	shard  int
	client credentials
	tokens tokens
}

type credentials struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// TestShards has people in three objects.
func TestShards(t *testing.T) {
	state := t.TempDir()
	p := workerd.Start(t, workerd.Build(t, trouble), state, workerd.NewKey(), manyShards)
	s := newSite(p.URL)
	var all []*visitor
	for shard := range 3 {
		v := &visitor{name: nameFor(shard), shard: shard, client: s.registerWithSecret(t)}
		v.tokens = s.enter(t, v, "trouble")
		all = append(all, v)
	}

	t.Run("everybody is led to a shard, by every token", func(t *testing.T) {
		for _, v := range all {
			for _, token := range []string{v.tokens.Access, v.tokens.Refresh} {
				if _, grant, ok := oauth.ParseToken(token); !ok || oauth.ShardOf(grant) != v.shard {
					t.Errorf("%s is led to shard %d, want %d", v.name, oauth.ShardOf(grant), v.shard)
				}
			}
		}
	})
	t.Run("a call, a session and a stream go where the person is", func(t *testing.T) {
		for _, v := range all {
			s.expectCall(t, v, http.StatusOK)
			if r := s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, s.session(t, v.tokens.Access)); r.Status != http.StatusOK {
				t.Errorf("a call in a session of %s = %v", v.name, r)
			}
			s.open(t, t.Context(), v.tokens.Access, "work", `{"ms":10}`).Body.Close()
		}
	})
	t.Run("a refresh token rotates", func(t *testing.T) {
		for _, v := range all {
			before := v.tokens
			s.refresh(t, v)
			s.expectCall(t, v, http.StatusOK)
			if r := s.post(t, "/introspect", v, url.Values{"token": {before.Refresh}}); r.Body != `{"active":false}` {
				t.Errorf("of the token before, %s learns %v", v.name, r)
			}
			if r := s.post(t, "/introspect", v, url.Values{"token": {v.tokens.Access}}); !strings.Contains(r.Body, `"sub":"dev:`+v.name+`"`) {
				t.Errorf("of the token, %s learns %v", v.name, r)
			}
		}
	})
	t.Run("a session of one shard is not there for a token of another, nor of its own", func(t *testing.T) {
		for _, owner := range all {
			session := s.session(t, owner.tokens.Access)
			neighbour := &visitor{name: nameFor(owner.shard, owner.name), shard: owner.shard, client: owner.client}
			neighbour.tokens = s.enter(t, neighbour, "trouble")
			for _, other := range append([]*visitor{neighbour}, all...) {
				session.Set("Authorization", "Bearer "+other.tokens.Access)
				r := s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, session)
				if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[other == owner]; r.Status != want {
					t.Errorf("the session of %s for %s = %v, want %d", owner.name, other.name, r, want)
				}
			}
		}
	})
	t.Run("a token whose shard was changed is refused", func(t *testing.T) {
		for _, v := range all {
			for shard := range 5 {
				if shard == v.shard {
					continue
				}
				forged := &visitor{client: v.client, tokens: tokens{lead(v.tokens.Access, shard), lead(v.tokens.Refresh, shard)}}
				s.expectCall(t, forged, http.StatusUnauthorized)
				if r := s.post(t, "/token", v, refreshing(forged)); !strings.Contains(r.Body, `"invalid_grant"`) {
					t.Errorf("refresh with a token of %s led to shard %d = %v", v.name, shard, r)
				}
				if r := s.post(t, "/introspect", v, url.Values{"token": {forged.tokens.Access}}); r.Body != `{"active":false}` {
					t.Errorf("of its token led to shard %d, %s learns %v", shard, v.name, r)
				}
				if r := s.post(t, "/revoke", v, url.Values{"token": {forged.tokens.Refresh}}); r.Status != http.StatusOK {
					t.Errorf("revoke of a token of %s led to shard %d = %v", v.name, shard, r)
				}
			}
			s.expectCall(t, v, http.StatusOK) // as if nothing had been
		}
	})
	t.Run("a form of unknown length is served, and what it revokes is over at once", func(t *testing.T) {
		for _, v := range all {
			gone := &visitor{name: v.name, shard: v.shard, client: v.client}
			gone.tokens = s.enter(t, gone, "trouble")
			r := s.postUnsized(t, "/token", gone, refreshing(gone))
			if err := json.Unmarshal([]byte(r.Body), &gone.tokens); err != nil || r.Status != http.StatusOK {
				t.Fatalf("refresh of %s = %v", v.name, r)
			}
			s.expectCall(t, gone, http.StatusOK)
			if r := s.postUnsized(t, "/revoke", gone, url.Values{"token": {gone.tokens.Refresh}}); r.Status != http.StatusOK {
				t.Errorf("revoke of %s = %v", v.name, r)
			}
			s.expectCall(t, gone, http.StatusUnauthorized)
			s.expectCall(t, v, http.StatusOK)
		}
	})
	t.Run("a form that breaks off is refused, and alarms nobody", func(t *testing.T) {
		if answer := breakOff(t, s.URL, "/token"); !strings.HasPrefix(answer, "HTTP/1.1 4") {
			t.Errorf("the answer is %q", answer)
		}
		if said := p.Said(); strings.Contains(said, "connection lost") || strings.Contains(said, `"ERROR"`) {
			t.Errorf("workerd said:\n%s", said)
		}
	})
	t.Run("a shard that dies takes nobody with it", func(t *testing.T) {
		session := s.session(t, all[2].tokens.Access)
		if r := s.Call(t, all[1].tokens.Access, "crash", `{}`); r.Status != http.StatusInternalServerError {
			t.Errorf("crash = %v", r)
		}
		for _, v := range all {
			s.expectCall(t, v, http.StatusOK)
		}
		if r := s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, session); r.Status != http.StatusOK {
			t.Errorf("a call of a session elsewhere = %v", r)
		}
	})
	t.Run("what is revoked is over at once", func(t *testing.T) {
		for _, v := range all {
			s.expectCall(t, v, http.StatusOK)
			if r := s.post(t, "/revoke", v, url.Values{"token": {v.tokens.Refresh}}); r.Status != http.StatusOK {
				t.Errorf("revoke of %s = %v", v.name, r)
			}
			s.expectCall(t, v, http.StatusUnauthorized)
		}
	})
}

// TestShardsRestart kills the runtime between any two steps of somebody in
// each shard.
func TestShardsRestart(t *testing.T) {
	const at = "http://localhost:8787" // wherever the port really is
	dir, state, env := workerd.Build(t, command), t.TempDir(), []string{workerd.NewKey(), manyShards, "GATEHOUSE_URLS=" + at}
	p := workerd.Start(t, dir, state, env...)
	s := site{road.Over(at, leadTo(t, new(http.Transport), at, func() *workerd.Process { return p }))}
	restart := func() {
		p.Kill()
		p = workerd.Start(t, dir, state, env...)
	}
	for shard := range 3 {
		v := &visitor{name: nameFor(shard), shard: shard, client: s.registerWithSecret(t)}
		restart()
		verifier, code := s.approve(t, v, "math")
		restart()
		v.tokens = s.fetch(t, v, verifier, code)
		session := s.session(t, v.tokens.Access)
		restart()
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}`
		if r := s.send(t, "POST", "/mcp", body, session); !strings.Contains(r.Body, `{"result":3}`) {
			t.Errorf("a call of the session of %s after a restart = %v", v.name, r)
		}
		s.refresh(t, v)
		restart()
		s.expectCall(t, v, http.StatusOK)
	}
}

// TestGrowth has one object become three, over what it has kept, and then one
// and three again.
func TestGrowth(t *testing.T) {
	const at = "http://localhost:8787" // wherever the port really is
	dir, state, env := workerd.Build(t, command), t.TempDir(), []string{workerd.NewKey(), "GATEHOUSE_URLS=" + at}
	p := workerd.Start(t, dir, state, append(env, "SHARDS=1")...)
	s := site{road.Over(at, leadTo(t, new(http.Transport), at, func() *workerd.Process { return p }))}
	var old, moved []*visitor
	var sessions []http.Header
	for shard := range 3 {
		v := &visitor{name: nameFor(shard), client: s.registerWithSecret(t)}
		v.tokens = s.enter(t, v, "math")
		sessions = append(sessions, s.session(t, v.tokens.Access))
		old = append(old, v)
	}
	for range 2 {
		p.Kill()
		p = workerd.Start(t, dir, state, append(env, manyShards)...)
		for i, v := range old {
			s.expectCall(t, v, http.StatusOK)
			s.refresh(t, v)
			s.expectCall(t, v, http.StatusOK)
			if r := s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, sessions[i]); r.Status != http.StatusOK {
				t.Errorf("a call of the old session of %s = %v", v.name, r)
			}
			again := &visitor{name: v.name, shard: i, client: v.client}
			again.tokens = s.enter(t, again, "math")
			s.expectCall(t, again, http.StatusOK)
			s.expectCall(t, v, http.StatusOK)
			moved = append(moved, again)
		}
	}

	// With fewer objects, what is in those that are gone is not there.
	for _, shards := range []int{1, 3} {
		p.Kill()
		p = workerd.Start(t, dir, state, append(env, fmt.Sprint("SHARDS=", shards))...)
		for _, v := range moved {
			s.expectCall(t, v, map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[v.shard < shards])
		}
		for _, v := range old {
			s.expectCall(t, v, http.StatusOK)
		}
	}
}

// nameFor returns the name of somebody for a shard of three, whom nobody
// knows yet.
func nameFor(shard int, known ...string) string {
	for i := 0; ; i++ {
		name := fmt.Sprintf("person%d", i)
		if oauth.ShardFor("dev:"+name, 3) == shard && (len(known) == 0 || known[0] != name) {
			return name
		}
	}
}

func (s site) registerWithSecret(t *testing.T) (c credentials) {
	t.Helper()
	r := s.send(t, "POST", "/register", `{"client_name":"Tester","redirect_uris":["`+road.Callback+`"],"token_endpoint_auth_method":"client_secret_post",`+
		`"grant_types":["authorization_code","refresh_token"]}`,
		http.Header{"Content-Type": {"application/json"}})
	if err := json.Unmarshal([]byte(r.Body), &c); err != nil || c.Secret == "" {
		t.Fatalf("register = %v", r)
	}
	return c
}

// enter goes the whole road, and checks that it led to the visitor's shard.
func (s site) enter(t *testing.T, v *visitor, scopes string) tokens {
	t.Helper()
	verifier, code := s.approve(t, v, scopes)
	return s.fetch(t, v, verifier, code)
}

func (s site) approve(t *testing.T, v *visitor, scopes string) (verifier, code string) {
	t.Helper()
	w := s.Way(v.client.ID, scopes)
	return w.Verifier, w.Approved(t, s.Person(v.name))
}

func (s site) fetch(t *testing.T, v *visitor, verifier, code string) (got tokens) {
	t.Helper()
	r := s.post(t, "/token", v, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {road.Callback}, "code_verifier": {verifier},
	})
	err := json.Unmarshal([]byte(r.Body), &got)
	_, grant, ok := oauth.ParseToken(got.Access)
	if err != nil || !ok || oauth.ShardOf(grant) != v.shard || got.Refresh == "" {
		t.Fatalf("for the code of %s there is %v, want tokens of shard %d", v.name, r, v.shard)
	}
	return got
}

func refreshing(v *visitor) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {v.tokens.Refresh}}
}

func (s site) refresh(t *testing.T, v *visitor) {
	t.Helper()
	r := s.post(t, "/token", v, refreshing(v))
	before := v.tokens
	if err := json.Unmarshal([]byte(r.Body), &v.tokens); err != nil || r.Status != http.StatusOK || v.tokens == before {
		t.Fatalf("refresh of %s = %v", v.name, r)
	}
}

// post sends a form of the visitor's client.
func (s site) post(t *testing.T, path string, v *visitor, form url.Values) road.Reply {
	t.Helper()
	return s.sendForm(t, path, signed(v, form))
}

// postUnsized does not say how long the form is.
func (s site) postUnsized(t *testing.T, path string, v *visitor, form url.Values) road.Reply {
	t.Helper()
	return s.sendUnsized(t, path, signed(v, form))
}

func signed(v *visitor, form url.Values) string {
	form.Set("client_id", v.client.ID)
	form.Set("client_secret", v.client.Secret)
	return form.Encode()
}

func (s site) sendForm(t *testing.T, path, body string) road.Reply {
	t.Helper()
	return s.Ask(t, formTo(path, body))
}

// sendUnsized may be called by many at once, as send may.
func (s site) sendUnsized(t *testing.T, path, body string) road.Reply {
	t.Helper()
	res, err := s.BeginFrom(t.Context(), formTo(path, body), io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Error(err)
		return road.Reply{}
	}
	r, err := road.Read(res)
	if err != nil {
		t.Error(err)
	}
	return r
}

func formTo(path, body string) road.Request {
	return road.Request{Path: path, Body: body, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
}

// expectCall lists the tools, which every visitor may.
func (s site) expectCall(t *testing.T, v *visitor, want int) {
	t.Helper()
	r := s.Ask(t, road.Request{
		Token:  v.tokens.Access,
		Body:   `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + road.Meta + `}}`,
		Header: http.Header{"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/list"}},
	})
	if r.Status != want {
		t.Errorf("a call of %s in shard %d = %v, want %d", v.name, v.shard, r, want)
	}
}

// breakOff sends a part of a form, and returns the answer.
func breakOff(t *testing.T, url, path string) string {
	t.Helper()
	host := strings.TrimPrefix(url, "http://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ncode=", path, host)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// lead makes a token lead to another shard, and puts its checksum right, as
// who wants in would do.
func lead(token string, shard int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const kind, sum = len(oauth.AccessToken), 6
	body := token[:kind] + alphabet[shard/62:shard/62+1] + alphabet[shard%62:shard%62+1] + token[kind+2:len(token)-sum]
	check, rest := "", crc32.ChecksumIEEE([]byte(body))
	for range sum {
		check, rest = alphabet[rest%62:rest%62+1]+check, rest/62
	}
	return body + check
}
