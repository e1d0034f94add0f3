package worker

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
	"gatehouse/mcp/session"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
)

// grants writes one of the client in each object, from the directory.
func (o *objects) grants(t *testing.T, client string) (ids []string) {
	t.Helper()
	for shard := range o.all {
		id := oauth.NewGrantID(shard)
		g := oauth.Grant{ID: id, Subject: "dev:ada", ClientID: client, Created: time.Now(), Expires: time.Now().Add(time.Hour)}
		if err := o.all[0].tables().Grants.Insert(t.Context(), id, g); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func (o *objects) list(t *testing.T, of operate.Kind) (ids []string) {
	t.Helper()
	res, err := o.all[0].operate(t.Context(), operate.Order{Do: operate.List, Of: of})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range res.Rows {
		ids = append(ids, row[0].Text)
	}
	return ids
}

func (o *objects) revoke(t *testing.T, of operate.Kind, id string) error {
	t.Helper()
	_, err := o.all[0].operate(t.Context(), operate.Order{Do: operate.Revoke, Of: of, ID: id})
	return err
}

func TestOperate(t *testing.T) {
	t.Run("grants are listed and revoked wherever they are", func(t *testing.T) {
		o := newObjects(3)
		ids := o.grants(t, "one")
		for len(ids) > 0 {
			if got := o.list(t, operate.Grants); !slices.Equal(got, ids) {
				t.Fatalf("grants = %q, want %q", got, ids)
			}
			last := len(ids) - 1
			o.told[last] = nil
			if err := o.revoke(t, operate.Grants, ids[last]); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(o.told[last], ids[last:]) {
				t.Errorf("%s was told of %q, want %q", objectName(last), o.told[last], ids[last:])
			}
			ids = ids[:last]
		}
	})
	t.Run("a client takes what it was granted in every object with it", func(t *testing.T) {
		o := newObjects(3)
		if err := o.all[1].register(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		o.grants(t, "one")
		stay := o.grants(t, "two")
		if got := o.list(t, operate.Clients); !slices.Equal(got, []string{"one"}) {
			t.Errorf("clients = %q", got)
		}
		if err := o.revoke(t, operate.Clients, "one"); err != nil {
			t.Fatal(err)
		}
		if got := o.list(t, operate.Grants); !slices.Equal(got, stay) || o.list(t, operate.Clients) != nil {
			t.Errorf("grants = %q, want %q", got, stay)
		}
		if err := o.revoke(t, operate.Clients, "one"); !errors.Is(err, fault.NotFound) {
			t.Errorf("revoked again = %v, want %v", err, fault.NotFound)
		}
	})
	t.Run("a session is found in any object", func(t *testing.T) {
		o := newObjects(3)
		for _, of := range o.all {
			if _, err := of.tables().Sessions.Create(t.Context(), session.Record{Subject: "dev:ada"}); err != nil {
				t.Fatal(err)
			}
		}
		handles := o.list(t, operate.Sessions)
		if len(handles) != 3 {
			t.Fatalf("sessions = %q", handles)
		}
		for _, handle := range handles {
			if err := o.revoke(t, operate.Sessions, handle); err != nil {
				t.Errorf("revoke = %v", err)
			}
			if err := o.revoke(t, operate.Sessions, handle); !errors.Is(err, fault.NotFound) {
				t.Errorf("revoke again = %v, want %v", err, fault.NotFound)
			}
		}
		if left := o.list(t, operate.Sessions); left != nil {
			t.Errorf("sessions = %q after all were revoked", left)
		}
	})
	t.Run("an object that does not answer is a failure, not an empty list", func(t *testing.T) {
		o := newObjects(2)
		o.grants(t, "one")
		o.lost = errors.New("the object was reset")
		for _, order := range []operate.Order{{Do: operate.List, Of: operate.Grants}, {Do: operate.Revoke, Of: operate.Clients, ID: "one"}} {
			if _, err := o.all[0].operate(t.Context(), order); !errors.Is(err, fault.Unavailable) {
				t.Errorf("%s = %v, want %v", order, err, fault.Unavailable)
			}
		}
		o.lost = nil
		// What was lost was the answer alone, so there is nothing left to do.
		if err := o.revoke(t, operate.Clients, "one"); !errors.Is(err, fault.NotFound) || o.list(t, operate.Grants) != nil {
			t.Errorf("the order given again = %v, want %v", err, fault.NotFound)
		}
	})
}

// register adds a client, wherever that is kept.
func (s *shards) register(ctx context.Context, id string) error {
	row := oauth.Client{ID: id, Created: time.Now(), Expires: time.Now().Add(time.Hour)}
	return clients.NewTable(s).Insert(ctx, id, row)
}
