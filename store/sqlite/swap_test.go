//go:build !js

package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// commitAll commits writes of the same time and returns what became of them.
func commitAll(kv *KV, items ...store.Item) []error {
	var changes []*change
	for _, item := range items {
		changes = append(changes, &change{next: item, done: make(chan struct{})})
	}
	kv.commit(changes)
	var errs []error
	for _, c := range changes {
		<-c.done
		errs = append(errs, c.err)
	}
	return errs
}

func wantErrors(t *testing.T, got []error, want ...error) {
	t.Helper()
	for i := range want {
		if !errors.Is(got[i], want[i]) {
			t.Errorf("write %d = %v, want %v", i, got[i], want[i])
		}
	}
}

func TestWritesTogether(t *testing.T) {
	kv := openIn(t, t.TempDir())
	put(t, kv, "a", "one", 0)
	put(t, kv, "gone", "x", 0)
	wantErrors(t, commitAll(kv,
		store.Item{Key: "a", Value: []byte("two"), Version: 1},
		store.Item{Key: "a", Value: []byte("late"), Version: 1},
		store.Item{Key: "a", Value: []byte("three"), Version: 2},
		store.Item{Key: "b", Value: []byte("b")},
		store.Item{Key: "b", Value: []byte("late")},
		store.Item{Key: "gone", Version: 1},
	), nil, fault.Conflict, nil, nil, fault.Conflict, nil)
	want(t, kv, "a", "three", 3)
	want(t, kv, "b", "b", 1)
	if _, err := kv.Get(t.Context(), "gone"); !errors.Is(err, fault.NotFound) {
		t.Errorf("get of what was deleted = %v, want %v", err, fault.NotFound)
	}
}

func TestOneThatFailsSparesTheOthers(t *testing.T) {
	kv := openIn(t, t.TempDir())
	pragma(t, kv, "max_page_count = 20")
	wantErrors(t, commitAll(kv,
		store.Item{Key: "a", Value: []byte("a")},
		store.Item{Key: "big", Value: make([]byte, 1<<20)},
		store.Item{Key: "b", Value: []byte("b")},
	), nil, fault.Unavailable, nil)
	want(t, kv, "a", "a", 1)
	want(t, kv, "b", "b", 1)
	if _, err := kv.Get(t.Context(), "big"); !errors.Is(err, fault.NotFound) {
		t.Errorf("get of what did not fit = %v, want %v", err, fault.NotFound)
	}
}

func TestAllWaitForALockOnce(t *testing.T) {
	const patience = 100 * time.Millisecond
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	kv, err := open(path, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()
	other, err := connect(path, 1, patience, "synchronous(FULL)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()

	items, busy := make([]store.Item, 50), make([]error, 50)
	for i := range items {
		items[i] = store.Item{Key: string(rune('a' + i)), Value: []byte("x")}
		busy[i] = fault.Unavailable
	}
	began := time.Now()
	wantErrors(t, commitAll(kv, items...), busy...)
	if took := time.Since(began); took > 10*patience {
		t.Errorf("fifty waited %v, want about %v", took, patience)
	}
}

func TestLeavingTheQueue(t *testing.T) {
	kv := openIn(t, t.TempDir())
	kv.queue.turn <- struct{}{} // somebody is writing
	ctx, cancel := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan error)
	go func() { left <- kv.Swap(ctx, store.Item{Key: "left", Value: []byte("x")}) }()
	go func() { stayed <- kv.Swap(t.Context(), store.Item{Key: "stayed", Value: []byte("x")}) }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("swap of who left = %v, want %v", err, context.Canceled)
	}
	<-kv.queue.turn
	if err := <-stayed; err != nil {
		t.Errorf("swap of who stayed = %v", err)
	}
	want(t, kv, "stayed", "x", 1)
	if _, err := kv.Get(t.Context(), "left"); !errors.Is(err, fault.NotFound) {
		t.Errorf("get of what was withdrawn = %v, want %v", err, fault.NotFound)
	}
}
