package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
	"gatehouse/store/mem"
)

type person struct {
	Name string
	Age  int
	Ends time.Time
}

func TestTable(t *testing.T) {
	people := store.NewTable[person](new(mem.KV), "people", nil)
	if _, err := people.Get(t.Context(), "ann"); !errors.Is(err, fault.NotFound) {
		t.Errorf("get of nobody = %v, want %v", err, fault.NotFound)
	}
	if err := people.Insert(t.Context(), "ann", person{Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if err := people.Insert(t.Context(), "ann", person{Name: "Another"}); !errors.Is(err, fault.Conflict) {
		t.Errorf("second insert = %v, want %v", err, fault.Conflict)
	}
	got, err := people.Update(t.Context(), "ann", func(p *person) error { p.Age++; return nil })
	if want := (person{Name: "Ann", Age: 1}); got != want || err != nil {
		t.Errorf("update = %v, %v, want %v", got, err, want)
	}
	if got, err := people.Take(t.Context(), "ann"); got.Age != 1 || err != nil {
		t.Errorf("take = %v, %v, want Ann at 1", got, err)
	}
	for range 2 {
		if err := people.Delete(t.Context(), "ann"); err != nil {
			t.Errorf("delete of nobody = %v, want nil", err)
		}
	}
}

func TestTableChange(t *testing.T) {
	refuse := errors.New("refused")
	change := func(p *person) error { p.Age = 7; return nil }
	for _, test := range []struct {
		name   string
		there  bool
		upsert bool
		change func(*person) error
		err    error
		age    int // afterwards; -1 is nobody
	}{
		{"an update of nobody fails", false, false, change, fault.NotFound, -1},
		{"an update changes who is there", true, false, change, nil, 7},
		{"an upsert creates", false, true, change, nil, 7},
		{"an upsert changes who is there", true, true, change, nil, 7},
		{"a refused update writes nothing", true, false, func(p *person) error { p.Age = 9; return refuse }, refuse, 1},
		{"a refused upsert creates nobody", false, true, func(*person) error { return refuse }, refuse, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			people := store.NewTable[person](new(mem.KV), "people", nil)
			if test.there {
				if err := people.Insert(t.Context(), "ann", person{Age: 1}); err != nil {
					t.Fatal(err)
				}
			}
			do := people.Update
			if test.upsert {
				do = people.Upsert
			}
			if _, err := do(t.Context(), "ann", test.change); !errors.Is(err, test.err) {
				t.Errorf("change = %v, want %v", err, test.err)
			}
			got, err := people.Get(t.Context(), "ann")
			if err != nil {
				got.Age = -1
			}
			if got.Age != test.age {
				t.Errorf("age = %d, want %d", got.Age, test.age)
			}
		})
	}
}

func TestTableBeginsAgain(t *testing.T) {
	people := store.NewTable[person](new(mem.KV), "people", nil)
	runs := 0
	got, err := people.Upsert(t.Context(), "ann", func(p *person) error {
		if runs++; runs == 1 { // somebody else is faster
			if err := people.Insert(t.Context(), "ann", person{Age: 40}); err != nil {
				t.Fatal(err)
			}
		}
		p.Age++
		return nil
	})
	if got.Age != 41 || runs != 2 || err != nil {
		t.Errorf("upsert = %v after %d runs, %v, want 41 after 2", got, runs, err)
	}
}

func TestTableLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := store.NewTable(new(mem.KV), "people", func(p person) time.Time { return p.Ends })
		now := time.Now()
		for id, ends := range map[string]time.Time{"minute": now.Add(time.Minute), "ever": {}} {
			if err := people.Insert(t.Context(), id, person{Ends: ends}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if got := ids(t, people, ""); !slices.Equal(got, []string{"ever"}) {
			t.Errorf("after a minute = %q, want ever alone", got)
		}
		if err := people.Insert(t.Context(), "minute", person{}); err != nil {
			t.Errorf("insert after the end = %v, want nil", err)
		}
	})
}

func TestTableAll(t *testing.T) {
	kv := new(mem.KV)
	people := store.NewTable[person](kv, "people", nil)
	neighbours := store.NewTable[person](kv, "people2", nil)
	for i := range 3 {
		for _, table := range []*store.Table[person]{people, neighbours} {
			if err := table.Insert(t.Context(), fmt.Sprintf("team%d/x", i), person{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := ids(t, people, ""), []string{"team0/x", "team1/x", "team2/x"}; !slices.Equal(got, want) {
		t.Errorf("all = %q, want %q", got, want)
	}
	if got, want := ids(t, people, "team1/"), []string{"team1/x"}; !slices.Equal(got, want) {
		t.Errorf("all of team1 = %q, want %q", got, want)
	}
}

func TestTableDamagedRow(t *testing.T) {
	for _, value := range []string{"", "{", "[]", `{"Age":1,"Age":2}`, `{"Age":"old"}`} {
		kv := new(mem.KV)
		people := store.NewTable[person](kv, "people", nil)
		if err := kv.Swap(t.Context(), store.Item{Key: "people/ann", Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
		if _, err := people.Get(t.Context(), "ann"); !errors.Is(err, fault.Internal) {
			t.Errorf("get of %q = %v, want %v", value, err, fault.Internal)
		}
		change := func(*person) error { t.Error("change was called"); return nil }
		if _, err := people.Upsert(t.Context(), "ann", change); !errors.Is(err, fault.Internal) {
			t.Errorf("upsert over %q = %v, want %v", value, err, fault.Internal)
		}
		for id, result := range people.All(t.Context(), "") {
			if id != "ann" || !errors.Is(result.Err, fault.Internal) {
				t.Errorf("all = %q, %v, want ann and %v", id, result.Err, fault.Internal)
			}
		}
	}
}

func ids[T any](t *testing.T, table *store.Table[T], prefix string) []string {
	t.Helper()
	var found []string
	for id, result := range table.All(t.Context(), prefix) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		found = append(found, id)
	}
	return found
}
