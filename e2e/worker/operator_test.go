package worker

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
	"gatehouse/internal/operate"
	"gatehouse/oauth"
)

// operator gives orders to a Worker by the command line.
type operator struct {
	worker, secret string
}

const operatorSecret = "5b0c2f1e9a7d4c3b8e6f0a1b2c3d4e5f"

// run runs the command, and returns what it prints and says.
func (o operator) run(t *testing.T, args ...string) (printed, said string, ok bool) {
	t.Helper()
	program, err := server.Build(command)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, "--worker", o.worker)...)
	cmd.Env = append(os.Environ(), operate.Variable+"="+o.secret)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), err == nil
}

// do is run for what must go well.
func (o operator) do(t *testing.T, args ...string) (printed string) {
	t.Helper()
	printed, said, ok := o.run(t, args...)
	if !ok {
		t.Fatalf("%q failed: %s", args, said)
	}
	return printed
}

// rows are the first cells of the rows of a list in which the words are.
func (o operator) rows(t *testing.T, of, words string) (ids []string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(o.do(t, of, "list"), "\n"), "\n")
	if !strings.HasPrefix(lines[0], "ID ") {
		t.Fatalf("the list of %s begins with %q", of, lines[0])
	}
	for _, line := range lines[1:] {
		if strings.Contains(line, words) {
			ids = append(ids, strings.Fields(line)[0])
		}
	}
	return ids
}

func (o operator) wantRows(t *testing.T, of, words string, want int) {
	t.Helper()
	if ids := o.rows(t, of, words); len(ids) != want {
		t.Errorf("there are %d %s of %q, want %d", len(ids), of, words, want)
	}
}

// TestOperator sees and ends what is in one object, and in three.
func TestOperator(t *testing.T) {
	for _, shards := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d objects", shards), func(t *testing.T) {
			const at = "http://localhost:8787" // wherever the port really is
			dir, state := workerd.Build(t, command), t.TempDir()
			env := []string{workerd.NewKey(), fmt.Sprintf("SHARDS=%d", shards), "GATEHOUSE_URLS=" + at, operate.Variable + "=" + operatorSecret}
			p := workerd.Start(t, dir, state, env...)
			s := site{road.Over(at, leadTo(t, new(http.Transport), at, func() *workerd.Process { return p }))}
			o := operator{p.URL, operatorSecret}
			restart := func() {
				p.Kill()
				p = workerd.Start(t, dir, state, env...)
				o.worker = p.URL
			}

			shared, own := s.registerWithSecret(t), s.registerWithSecret(t)
			var all []*visitor // each comes by two clients
			for i := range 3 {
				for _, client := range []credentials{shared, own} {
					v := &visitor{name: nameFor(i), shard: i % shards, client: client}
					v.tokens = s.enter(t, v, "math whoami")
					all = append(all, v)
				}
			}

			t.Run("grants are listed, and one that is revoked is over at once", func(t *testing.T) {
				o.wantRows(t, "grants", "dev:", len(all))
				o.wantRows(t, "clients", "Tester", 2)
				if found := o.do(t, "grants", "list", "--match", "dev:"+nameFor(1)); strings.Count(found, "\n") != 1+2 || strings.Count(found, "dev:"+nameFor(1)) != 2 {
					t.Errorf("the grants of %s are\n%s", nameFor(1), found)
				}
				for i, v := range all[1:4] {
					s.expectCall(t, v, http.StatusOK)
					_, id, _ := oauth.ParseToken(v.tokens.Access)
					if said := o.do(t, "grants", "revoke", id); said != "revoked "+id+"\n" {
						t.Errorf("revoke says %q", said)
					}
					s.expectCall(t, v, http.StatusUnauthorized)
					if r := s.post(t, "/token", v, refreshing(v)); !strings.Contains(r.Body, `"invalid_grant"`) {
						t.Errorf("refresh of %s = %v", v.name, r)
					}
					s.expectCall(t, all[0], http.StatusOK)
					o.wantRows(t, "grants", "dev:", len(all)-i-1)
				}
				all = append(all[:1], all[4:]...)
			})
			t.Run("a session that is revoked is over at once", func(t *testing.T) {
				for _, v := range all {
					stays, before := s.session(t, v.tokens.Access), o.rows(t, "sessions", "dev:"+v.name)
					ended := s.session(t, v.tokens.Access)
					for _, handle := range o.rows(t, "sessions", "dev:"+v.name) {
						if !slices.Contains(before, handle) {
							o.do(t, "sessions", "revoke", handle)
						}
					}
					if got := s.inSession(t, ended); got != http.StatusNotFound {
						t.Errorf("a session of %s that was revoked = %d", v.name, got)
					}
					if got := s.inSession(t, stays); got != http.StatusOK {
						t.Errorf("another session of %s = %d", v.name, got)
					}
				}
			})
			t.Run("what is not there is said not to be", func(t *testing.T) {
				for _, of := range []string{"clients", "grants", "sessions", "token"} {
					if _, said, ok := o.run(t, of, "revoke", "nobody"); ok || !strings.Contains(said, "there is no nobody") {
						t.Errorf("%s revoke = %q", of, said)
					}
				}
			})
			t.Run("a personal token is good until it is revoked", func(t *testing.T) {
				for i := range shards {
					token := strings.TrimSpace(o.do(t, "token", "create", "--user", "dev:"+nameFor(i), "--scope", "math", "--url", at, "--label", "nightly"))
					_, id, ok := oauth.ParseToken(token)
					if !ok || oauth.ShardOf(id) != i {
						t.Errorf("the token is %q of shard %d, want %d", token, oauth.ShardOf(id), i)
					}
					if r := s.Call(t, token, "add", `{"a":1,"b":2}`); !strings.Contains(r.Body, `{"result":3}`) {
						t.Errorf("a call with it = %v", r)
					}
					o.wantRows(t, "token", "nightly", 1)
					o.do(t, "token", "revoke", id)
					o.wantRows(t, "token", "nightly", 0)
					if r := s.Call(t, token, "add", `{"a":1,"b":2}`); r.Status != http.StatusUnauthorized {
						t.Errorf("a call with it when it is revoked = %v", r)
					}
				}
				if _, said, ok := o.run(t, "token", "create", "--user", "ci", "--url", "https://elsewhere.example"); ok || !strings.Contains(said, "none of the server's URLs") || !strings.Contains(said, "there are math whoami") {
					t.Errorf("a token that cannot be = %q", said)
				}
			})
			t.Run("all of it outlives the runtime", func(t *testing.T) {
				restart()
				o.wantRows(t, "grants", "dev:", len(all))
				o.wantRows(t, "clients", "Tester", 2)
				for _, v := range all {
					s.expectCall(t, v, http.StatusOK)
				}
			})
			t.Run("a client that is revoked loses what people in every object granted it", func(t *testing.T) {
				o.do(t, "clients", "revoke", shared.ID)
				o.wantRows(t, "clients", "Tester", 1)
				for _, v := range all {
					want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusOK}[v.client == shared]
					s.expectCall(t, v, want)
				}
				r := s.post(t, "/token", all[0], url.Values{"grant_type": {"refresh_token"}, "refresh_token": {all[0].tokens.Refresh}})
				if !strings.Contains(r.Body, `"invalid_client"`) {
					t.Errorf("a refresh by it = %v", r)
				}
			})
			t.Run("nobody else gives orders", func(t *testing.T) {
				stranger := operator{o.worker, strings.Replace(operatorSecret, "5", "6", 1)}
				for range 10 {
					if r := s.send(t, "POST", operate.Path, `{"do":"list","of":"grants"}`, bearer(all[0].tokens.Access)); r.Status != http.StatusForbidden {
						t.Errorf("a token that is none of the operator's = %v", r)
					}
				}
				for _, who := range []operator{stranger, o} {
					if _, said, ok := who.run(t, "grants", "list"); ok || !strings.Contains(said, "Too many wrong secrets") {
						t.Errorf("after ten tries = %q", said)
					}
				}
				restart()
				if _, said, ok := (operator{o.worker, stranger.secret}).run(t, "grants", "list"); ok || !strings.Contains(said, "not the one of this server") {
					t.Errorf("a wrong secret = %q", said)
				}
				o.wantRows(t, "grants", "dev:", 1) // of the other client
			})
		})
	}
}

// TestNoOperator has no secret for one, or none that is good enough.
func TestNoOperator(t *testing.T) {
	s, _ := start(t, command)
	if _, said, ok := (operator{s.URL, operatorSecret}).run(t, "grants", "list"); ok || !strings.Contains(said, "takes no orders (status 404)") {
		t.Errorf("without a secret = %q", said)
	}
	short := operate.Variable + "=" + operatorSecret[1:]
	s = newSite(workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), short).URL)
	if r := s.send(t, "GET", "/healthz", "", nil); r.Status != http.StatusInternalServerError {
		t.Errorf("with a secret that could be guessed = %v", r)
	}
}

// inSession lists the tools in a session, and returns the status.
func (s site) inSession(t *testing.T, session http.Header) int {
	t.Helper()
	return s.send(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, session).Status
}
