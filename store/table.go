package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
)

// Table is a typed view of the items under one prefix, kept as JSON.
type Table[T any] struct {
	kv     KV
	prefix string
	life   func(T) time.Time
}

// NewTable returns the table of the items whose keys begin with name and a
// slash. life says when a row expires; nil is never.
func NewTable[T any](kv KV, name string, life func(T) time.Time) *Table[T] {
	return &Table[T]{kv: kv, prefix: name + "/", life: life}
}

// Get returns the row, or fault.NotFound.
func (t *Table[T]) Get(ctx context.Context, id string) (T, error) {
	row, _, err := t.get(ctx, id)
	return row, err
}

// Insert writes a row that must not exist yet, or fails with fault.Conflict.
func (t *Table[T]) Insert(ctx context.Context, id string, row T) error {
	return t.swap(ctx, id, row, 0)
}

// Update reads the row, lets change alter it, and writes it back; if somebody
// else wrote meanwhile it begins again. It fails with fault.NotFound if there
// is no such row, and with change's error, writing nothing, if that is not
// nil. change can run more than once and must have no other effect.
func (t *Table[T]) Update(ctx context.Context, id string, change func(*T) error) (T, error) {
	return t.alter(ctx, id, change, false)
}

// Upsert is Update for a row that need not exist: change then gets the zero T.
func (t *Table[T]) Upsert(ctx context.Context, id string, change func(*T) error) (T, error) {
	return t.alter(ctx, id, change, true)
}

// Take deletes the row and returns it. Of many concurrent calls one gets it
// and the others get fault.NotFound.
func (t *Table[T]) Take(ctx context.Context, id string) (T, error) {
	for {
		row, version, err := t.get(ctx, id)
		if err != nil {
			return row, err
		}
		err = t.kv.Swap(ctx, Item{Key: t.prefix + id, Version: version})
		if !errors.Is(err, fault.Conflict) {
			return row, err
		}
	}
}

// Delete removes the row. A row that is not there is no failure.
func (t *Table[T]) Delete(ctx context.Context, id string) error {
	_, err := t.Take(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// All yields the rows whose ids begin with prefix, in the order of their ids.
func (t *Table[T]) All(ctx context.Context, prefix string) iter.Seq2[string, Result[T]] {
	return func(yield func(string, Result[T]) bool) {
		for item, err := range t.kv.Scan(ctx, t.prefix+prefix) {
			var row T
			if err == nil {
				row, err = t.decode(item)
			}
			if !yield(strings.TrimPrefix(item.Key, t.prefix), Result[T]{row, err}) {
				return
			}
		}
	}
}

// Result is a row of [Table.All], or the failure to read it.
type Result[T any] struct {
	Row T
	Err error
}

func (t *Table[T]) alter(ctx context.Context, id string, change func(*T) error, create bool) (T, error) {
	for {
		row, version, err := t.get(ctx, id)
		if err != nil && !(create && errors.Is(err, fault.NotFound)) {
			return row, err
		}
		if err := change(&row); err != nil {
			return row, err
		}
		err = t.swap(ctx, id, row, version)
		if !errors.Is(err, fault.Conflict) {
			return row, err
		}
	}
}

func (t *Table[T]) get(ctx context.Context, id string) (row T, version int64, err error) {
	item, err := t.kv.Get(ctx, t.prefix+id)
	if err != nil {
		return row, 0, err
	}
	row, err = t.decode(item)
	return row, item.Version, err
}

func (t *Table[T]) decode(item Item) (row T, err error) {
	if err := json.Unmarshal(item.Value, &row); err != nil {
		return row, fmt.Errorf("read record %s…: %w", t.prefix, errors.Join(fault.Internal, err))
	}
	return row, nil
}

func (t *Table[T]) swap(ctx context.Context, id string, row T, version int64) error {
	value, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode record %s…: %w", t.prefix, errors.Join(fault.Internal, err))
	}
	next := Item{Key: t.prefix + id, Value: value, Version: version}
	if t.life != nil {
		next.Expires = t.life(row)
	}
	return t.kv.Swap(ctx, next)
}
