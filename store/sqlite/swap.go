//go:build !js

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Each write is one statement that carries its own condition, so that it is
// atomic among processes as well; the rows it touched tell whether it held.
const (
	createSQL = `INSERT INTO items (key, value, version, expires) VALUES (?1, ?3, 1, ?4)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = 1, expires = excluded.expires
		WHERE items.expires <= ?2`
	replaceSQL = `UPDATE items SET value = ?3, version = version + 1, expires = ?4
		WHERE key = ?1 AND version = ?5 AND (expires IS NULL OR expires > ?2)`
	removeSQL = `DELETE FROM items WHERE key = ?1 AND version = ?3 AND (expires IS NULL OR expires > ?2)`
)

// queue is the writes that wait for the writer. Whoever gets the turn does all
// of them, so there is no goroutine to start or stop.
type queue struct {
	turn    chan struct{} // holds the one turn while it is taken
	mu      sync.Mutex
	waiting []*change
}

// change is one write, and what became of it once done is closed.
type change struct {
	next store.Item
	err  error
	done chan struct{}
}

// Swap writes next if the key still stands at next.Version. When the context
// ends before the write has begun, nothing is written; a write that has begun
// is finished, or its outcome would be unknown.
func (k *KV) Swap(ctx context.Context, next store.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if next.Value == nil && next.Version == 0 {
		return k.expectAbsent(ctx, next.Key)
	}
	c := &change{next: next, done: make(chan struct{})}
	k.queue.add(c)
	select {
	case k.queue.turn <- struct{}{}:
		k.commit(k.queue.takeAll())
		<-k.queue.turn
	case <-c.done:
	case <-ctx.Done():
		if k.queue.withdraw(c) {
			return ctx.Err()
		}
	}
	<-c.done
	return c.err
}

func (k *KV) expectAbsent(ctx context.Context, key string) error {
	_, err := k.Get(ctx, key)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	}
	return fault.Conflict
}

func (q *queue) add(c *change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, c)
}

func (q *queue) takeAll() []*change {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting = nil
	return all
}

// withdraw is false if somebody has begun to write the change.
func (q *queue) withdraw(c *change) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, c)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// commit does the changes, each of which wins or loses on its own.
func (k *KV) commit(changes []*change) {
	if len(changes) == 1 || !k.commitTogether(changes) {
		for _, c := range changes {
			c.err = classify(k.apply(asItIs, c.next))
		}
	}
	for _, c := range changes {
		close(c.done)
	}
}

// commitTogether does the changes in one transaction. If that fails it is
// false, nothing is written, and each is to be tried alone: one may be at
// fault for all.
func (k *KV) commitTogether(changes []*change) bool {
	tx, err := k.write.Begin()
	if err != nil {
		// Another process has the lock, and each would wait for it in turn.
		for _, c := range changes {
			c.err = classify(err)
		}
		return true
	}
	defer tx.Rollback()
	for _, c := range changes {
		c.err = k.apply(tx.Stmt, c.next)
		if c.err != nil && !errors.Is(c.err, fault.Conflict) {
			return false
		}
	}
	return tx.Commit() == nil
}

// apply runs the statement that next asks for, bound to a transaction or not.
func (k *KV) apply(bind func(*sql.Stmt) *sql.Stmt, next store.Item) error {
	key, value, expires := []byte(next.Key), next.Value, millis(next.Expires)
	var done sql.Result
	var err error
	switch {
	case value == nil:
		done, err = bind(k.remove).Exec(key, now(), next.Version)
	case next.Version == 0:
		done, err = bind(k.create).Exec(key, now(), value, expires)
	default:
		done, err = bind(k.replace).Exec(key, now(), value, expires, next.Version)
	}
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.Conflict
}

func asItIs(s *sql.Stmt) *sql.Stmt { return s }
