package clients

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store/mem"
)

func newRegistry(max int) *Registry {
	return &Registry{Table: NewTable(new(mem.KV)), Max: max, Now: time.Now}
}

func add(t *testing.T, g *Registry, id string) {
	t.Helper()
	if err := g.Add(t.Context(), &oauth.Client{ID: id}); err != nil {
		t.Fatalf("add %s: %v", id, err)
	}
}

func TestRegistrationEndsUnlessItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(0)
		d := &Directory{Registry: g}
		add(t, g, "unused")
		add(t, g, "used")
		if c, err := d.Find(t.Context(), "used"); err != nil || c.Origin != oauth.Registered {
			t.Fatalf("Find = %+v, %v", c, err)
		}
		if err := d.Used(t.Context(), "used"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := d.Find(t.Context(), "unused"); !errors.Is(err, fault.NotFound) {
			t.Errorf("unused after a day: %v", err)
		}
		time.Sleep(88 * 24 * time.Hour)
		if err := d.Used(t.Context(), "used"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(89 * 24 * time.Hour)
		if _, err := d.Find(t.Context(), "used"); err != nil {
			t.Errorf("used, after 89 days without: %v", err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := d.Find(t.Context(), "used"); !errors.Is(err, fault.NotFound) {
			t.Errorf("after 90 days without use: %v", err)
		}
		if err := d.Used(t.Context(), "used"); err != nil {
			t.Errorf("use of a client that is gone: %v", err)
		}
	})
}

func TestRegistryForgetsTheOldestUnused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(10)
		for i := range 10 {
			add(t, g, fmt.Sprint(i))
			time.Sleep(time.Minute)
		}
		if err := g.Used(t.Context(), "0"); err != nil {
			t.Fatal(err)
		}
		add(t, g, "new")
		for id, want := range map[string]bool{"0": true, "1": false, "2": false, "3": true, "9": true, "new": true} {
			if _, err := g.Find(t.Context(), id); (err == nil) != want {
				t.Errorf("client %s is there = %v, want %v", id, err == nil, want)
			}
		}
	})
}

func TestRegistryOfUsedClientsIsFull(t *testing.T) {
	g := newRegistry(2)
	for _, id := range []string{"a", "b"} {
		add(t, g, id)
		if err := g.Used(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Add(t.Context(), &oauth.Client{ID: "c"}); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Add = %v, want unavailable", err)
	}
}

func TestRegistryCountsWhatItFinds(t *testing.T) {
	g := newRegistry(2)
	add(t, g, "a")
	add(t, g, "b")
	restarted := &Registry{Table: g.Table, Max: 2, Now: time.Now}
	add(t, restarted, "c")
	n := 0
	for range g.Table.All(t.Context(), "") {
		n++
	}
	if n > 2 {
		t.Errorf("%d clients are kept, want at most 2", n)
	}
}

func TestDirectory(t *testing.T) {
	g := newRegistry(0)
	add(t, g, "reg")
	d := &Directory{Configured: map[string]oauth.Client{"conf": {ID: "conf"}}, Registry: g}
	for id, want := range map[string]bool{
		"conf": true, "reg": true, "": false, "nobody": false, "a/b": false, "../conf": false,
		"https://client.example/x": false, "\x00": false, "é": false, strings.Repeat("a", 1000): false,
	} {
		c, err := d.Find(t.Context(), id)
		if (err == nil) != want || (want && c.ID != id) {
			t.Errorf("Find(%q) = %q, %v", id, c.ID, err)
		}
		if err != nil && (!errors.Is(err, fault.NotFound) || !strings.HasPrefix(fault.Public(err), "Th")) {
			t.Errorf("Find(%q) = %v, want a reason", id, err)
		}
	}
	if err := d.Used(t.Context(), "conf"); err != nil {
		t.Errorf("Used of a configured client = %v", err)
	}
	if _, err := new(Directory).Find(t.Context(), "reg"); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find without registry = %v", err)
	}
}
