package operate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
	"gatehouse/mcp/session"
	"gatehouse/oauth"
	"gatehouse/oauth/login/accounts"
	"gatehouse/store/mem"
)

// desk are records with something of each kind in them.
type desk struct {
	operate.Records
	ended []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	kv := new(mem.KV)
	d := &desk{}
	d.Records = operate.Records{
		Tables: host.NewTables(kv),
		Server: operate.Server{
			URLs: []string{"https://mcp.example"}, Scopes: []string{"math"}, Shards: 3,
			Active: accounts.New(kv).Active,
		},
		Ended: func(id string) { d.ended = append(d.ended, id) },
	}
	if err := accounts.New(kv).Add(t.Context(), "ada", "correct horse battery staple"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		c := oauth.Client{ID: id, Name: "Client " + id, Origin: oauth.Registered, Created: time.Now(), Expires: time.Now().Add(time.Hour)}
		if err := d.Clients.Insert(t.Context(), id, c); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// grant adds one of a client to a person.
func (d *desk) grant(t *testing.T, client, subject string) (id string) {
	t.Helper()
	id = oauth.NewGrantID(0)
	g := oauth.Grant{ID: id, Subject: subject, ClientID: client, Client: "Client", Scopes: []string{"math"}, Created: time.Now(), Expires: time.Now().Add(time.Hour)}
	if err := d.Grants.Insert(t.Context(), id, g); err != nil {
		t.Fatal(err)
	}
	return id
}

// ids are those of a list.
func (d *desk) ids(t *testing.T, of operate.Kind) (ids []string) {
	t.Helper()
	res, err := d.Do(t.Context(), operate.Order{Do: operate.List, Of: of})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range res.Rows {
		if len(row) != len(operate.Head(of)) {
			t.Errorf("a row of %s has %d cells, want %d", of, len(row), len(operate.Head(of)))
		}
		ids = append(ids, row[0].String())
	}
	slices.Sort(ids)
	return ids
}

func (d *desk) revoke(t *testing.T, of operate.Kind, id string) error {
	t.Helper()
	_, err := d.Do(t.Context(), operate.Order{Do: operate.Revoke, Of: of, ID: id})
	return err
}

func wantIDs(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s are %q, want %q", what, got, want)
	}
}

func TestRecords(t *testing.T) {
	t.Run("a client that is revoked takes what it was granted with it", func(t *testing.T) {
		d := newDesk(t)
		gone, stays := d.grant(t, "one", "dev:ada"), d.grant(t, "two", "dev:ada")
		if err := d.revoke(t, operate.Clients, "one"); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, "clients", d.ids(t, operate.Clients), "two")
		wantIDs(t, "grants", d.ids(t, operate.Grants), stays)
		wantIDs(t, "ended", d.ended, gone)
		if err := d.revoke(t, operate.Clients, "one"); !errors.Is(err, fault.NotFound) {
			t.Errorf("revoked again = %v, want %v", err, fault.NotFound)
		}
	})
	t.Run("a client that is not kept here still loses what it was granted", func(t *testing.T) {
		d := newDesk(t)
		gone := d.grant(t, "https://client.example/document.json", "dev:ada")
		if err := d.revoke(t, operate.Clients, "https://client.example/document.json"); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, "grants", d.ids(t, operate.Grants))
		wantIDs(t, "ended", d.ended, gone)
	})
	t.Run("a grant", func(t *testing.T) {
		d := newDesk(t)
		gone, stays := d.grant(t, "one", "dev:ada"), d.grant(t, "one", "dev:bob")
		if err := d.revoke(t, operate.Grants, gone); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, "grants", d.ids(t, operate.Grants), stays)
		wantIDs(t, "ended", d.ended, gone)
	})
	t.Run("a session", func(t *testing.T) {
		d := newDesk(t)
		for _, subject := range []string{"dev:ada", "dev:bob"} {
			if _, err := d.Sessions.Create(t.Context(), session.Record{Subject: subject, Revision: "2025-11-25"}); err != nil {
				t.Fatal(err)
			}
		}
		handles := d.ids(t, operate.Sessions)
		if !strings.HasPrefix(handles[0], "s/") {
			t.Errorf("%q may look like a flag", handles[0])
		}
		if err := d.revoke(t, operate.Sessions, handles[0]); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, "sessions", d.ids(t, operate.Sessions), handles[1])
	})
	t.Run("what is not there is not found", func(t *testing.T) {
		d := newDesk(t)
		for _, of := range []operate.Kind{operate.Clients, operate.Grants, operate.Sessions, operate.Tokens} {
			if err := d.revoke(t, of, "nobody"); !errors.Is(err, fault.NotFound) {
				t.Errorf("revoke of %s = %v, want %v", of, err, fault.NotFound)
			}
		}
	})
	t.Run("what is no order is refused", func(t *testing.T) {
		d := newDesk(t)
		for _, o := range []operate.Order{
			{}, {Do: operate.List}, {Of: operate.Grants}, {Do: operate.List, Of: "people"}, {Do: operate.Revoke, Of: operate.Grants},
			{Do: operate.Create, Of: operate.Grants}, {Do: operate.List, Of: operate.Grants, ID: "one"},
		} {
			if _, err := d.Do(t.Context(), o); !errors.Is(err, fault.Invalid) {
				t.Errorf("%+v = %v, want %v", o, err, fault.Invalid)
			}
		}
	})
	t.Run("a list that is too long says so", func(t *testing.T) {
		d := newDesk(t)
		d.Most = 2
		for n := range 3 {
			res, err := d.Do(t.Context(), operate.Order{Do: operate.List, Of: operate.Grants})
			if err != nil || len(res.Rows) != n || res.More {
				t.Errorf("of %d grants there are %d, more = %t, %v", n, len(res.Rows), res.More, err)
			}
			d.grant(t, "one", fmt.Sprint("dev:", n))
		}
		if res, err := d.Do(t.Context(), operate.Order{Do: operate.List, Of: operate.Grants}); err != nil || len(res.Rows) != 2 || !res.More {
			t.Errorf("of 3 grants there are %d, more = %t, %v; want 2 and more", len(res.Rows), res.More, err)
		}
	})
	t.Run("a list can be of what has a text in it", func(t *testing.T) {
		d := newDesk(t)
		d.Most = 1
		d.grant(t, "one", "dev:bob")
		want := d.grant(t, "one", "dev:ada")
		d.grant(t, "one", "dev:cy")
		res, err := d.Do(t.Context(), operate.Order{Do: operate.List, Of: operate.Grants, Match: "v:ad"})
		if err != nil || len(res.Rows) != 1 || res.More || res.Rows[0][0].Text != want {
			t.Errorf("the grants of ada are %+v, %v, want %s", res, err, want)
		}
	})
	t.Run("a name cannot command a terminal", func(t *testing.T) {
		d := newDesk(t)
		d.grant(t, "one", "dev:\x1b[2J\u202eada\n"+strings.Repeat("x", 100))
		res, err := d.Do(t.Context(), operate.Order{Do: operate.List, Of: operate.Grants})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Rows[0][1].String(); !strings.HasPrefix(got, "dev:?[2J?ada?xxx") || !strings.HasSuffix(got, "x…") || len([]rune(got)) != 48 {
			t.Errorf("the person is shown as %q", got)
		}
	})
}

func TestCreate(t *testing.T) {
	good := operate.NewToken{Who: "ci", Label: "nightly", Scopes: []string{"math"}, Expires: time.Now().Add(time.Hour)}
	create := func(d *desk, n operate.NewToken) (operate.Result, error) {
		return d.Do(t.Context(), operate.Order{Do: operate.Create, Of: operate.Tokens, Token: n})
	}
	for who, subject := range map[string]string{"ci": "token:ci", "Ada": "password:ada", "dev:bob": "dev:bob"} {
		t.Run("a token for "+who+" is of "+subject, func(t *testing.T) {
			d, n := newDesk(t), good
			n.Who = who
			res, err := create(d, n)
			kind, id, ok := oauth.ParseToken(res.Token)
			if err != nil || !ok || kind != oauth.PersonalToken || id != res.ID || res.Subject != subject {
				t.Fatalf("create = %+v, %v", res, err)
			}
			g, err := d.Grants.Get(t.Context(), id)
			if _, found := g.FindAccess(oauth.HashToken(res.Token), time.Now()); err != nil || !found || g.Subject != subject || g.Resource != "https://mcp.example" {
				t.Errorf("its grant is %+v, %v", g, err)
			}
			if oauth.ShardOf(id) != oauth.ShardFor(subject, 3) {
				t.Errorf("it is in shard %d, want %d", oauth.ShardOf(id), oauth.ShardFor(subject, 3))
			}
			wantIDs(t, "tokens", d.ids(t, operate.Tokens), id)
			wantIDs(t, "grants", d.ids(t, operate.Grants))
		})
	}
	t.Run("it is for the URL where the server was reached, if it has that", func(t *testing.T) {
		for at, want := range map[string]string{"": "https://mcp.example", "https://b.example": "https://b.example", "https://c.example": "https://mcp.example"} {
			d := newDesk(t)
			d.Server.URLs = append(d.Server.URLs, "https://b.example")
			res, err := create(d, operate.NewToken{At: at, Who: "ci", Scopes: []string{"math"}, Expires: time.Now().Add(time.Hour)})
			if err != nil || res.URL != want {
				t.Errorf("reached at %q: %q, %v, want %q", at, res.URL, err, want)
			}
		}
	})
	t.Run("all that is wrong is said", func(t *testing.T) {
		_, err := create(newDesk(t), operate.NewToken{URL: "https://elsewhere.example", Expires: time.Now().Add(400 * 24 * time.Hour)})
		for _, want := range []string{"--url", "--user", "--scope: say what it may do; there are math", "--expires"} {
			if !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Public(err), want) {
				t.Errorf("create = %v, want %q in it", err, want)
			}
		}
		_, err = create(newDesk(t), operate.NewToken{Who: "ci", Scopes: []string{"math", "a b"}, Expires: time.Now().Add(time.Hour)})
		if want := `--scope: "a b" is no scope`; !errors.Is(err, fault.Invalid) || !strings.Contains(fault.Public(err), want) {
			t.Errorf("create = %v, want %q in it", err, want)
		}
	})
}
