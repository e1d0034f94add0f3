//go:build !js

package worker

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
	"gatehouse/oauth"
)

// TestPlaces looks into the objects at what each of them keeps.
func TestPlaces(t *testing.T) {
	const at = "http://localhost:8787" // wherever the port really is
	dir, state, env := workerd.Build(t, command), t.TempDir(), []string{workerd.NewKey(), manyShards, "GATEHOUSE_URLS=" + at}
	p := workerd.Start(t, dir, state, env...)
	s := site{road.Over(at, leadTo(t, new(http.Transport), at, func() *workerd.Process { return p }))}

	v := &visitor{name: nameFor(1), shard: 1, client: s.registerWithSecret(t)}
	verifier, code := s.approve(t, v, "math")
	wantStarted(t, p, "directory") // it writes a grant elsewhere, and starts nobody for requests
	v.tokens = s.fetch(t, v, verifier, code)
	wantStarted(t, p, "directory", "shard 1") // where the code led
	s.session(t, v.tokens.Access)
	other := &visitor{name: nameFor(2), shard: 2, client: v.client}
	other.tokens = s.enter(t, other, "math")
	s.session(t, other.tokens.Access)
	none := &visitor{name: nameFor(0), client: v.client}
	none.tokens = s.enter(t, none, "math")
	wantStarted(t, p, "directory", "shard 1", "shard 2")
	for _, step := range []func(){
		func() { s.refresh(t, v) },
		func() { s.post(t, "/introspect", v, url.Values{"token": {v.tokens.Access}}) },
		func() { s.post(t, "/revoke", v, url.Values{"token": {v.tokens.Access}}) },
		func() { s.expectCall(t, v, http.StatusUnauthorized) },
	} {
		p.Kill()
		p = workerd.Start(t, dir, state, env...)
		step()
		wantStarted(t, p, "shard 1") // and nobody else has to
	}
	p.Kill()

	objects := 0
	for _, keys := range kept(t, state) {
		objects++
		shard, directory, sessions := -1, false, 0
		for _, key := range keys {
			table, id, _ := strings.Cut(key, "/")
			switch table {
			case "grants":
				if shard >= 0 && shard != oauth.ShardOf(id) {
					t.Errorf("grants of the shards %d and %d are in one object", shard, oauth.ShardOf(id))
				}
				shard = oauth.ShardOf(id)
			case "session":
				sessions++
			case "clients", "sessions", "flights", "requests":
				directory = true
			}
		}
		if directory != (shard == 0) || sessions != min(shard, 1) {
			t.Errorf("the object of shard %d has %d sessions, and is the directory = %t: %q", shard, sessions, directory, keys)
		}
	}
	if objects != 3 {
		t.Errorf("there are %d objects, want 3", objects)
	}
}

// wantStarted compares which programs have begun to answer requests. What they
// say of it comes some time after the answer.
func wantStarted(t *testing.T, p *workerd.Process, want ...string) {
	t.Helper()
	const started = `"msg":"started"`
	for range 100 {
		if strings.Count(p.Said(), started) >= len(want) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	said := p.Said()
	for _, object := range want {
		if strings.Count(said, `"object":"`+object+`"`) != 1 {
			t.Errorf("the %s has not started once", object)
		}
	}
	if got := strings.Count(said, started); got != len(want) {
		t.Errorf("%d programs have started, want %d", got, len(want))
	}
}

// kept are the keys in each object that keeps something.
func kept(t *testing.T, state string) (all [][]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "*", "*.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		rows, err := db.QueryContext(t.Context(), `SELECT key FROM items`)
		if err != nil {
			continue // the runtime's own
		}
		defer rows.Close()
		var keys []string
		for rows.Next() {
			var key []byte
			if err := rows.Scan(&key); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, string(key))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if len(keys) > 0 {
			all = append(all, keys)
		}
	}
	return all
}
