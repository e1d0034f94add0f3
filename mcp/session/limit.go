package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

var errFull = fault.New(fault.TooMany, "Too many sessions of this person are busy. End one first.")

// makeRoom ends the person's longest idle session if there are too many.
func (s *Store) makeRoom(ctx context.Context, subject string) error {
	type candidate struct {
		key     string
		used    int64
		created time.Time // decides among those used in the same second
	}
	var idle []candidate
	count := 0
	for k, row := range s.table.All(ctx, person(subject)) {
		if row.Err != nil {
			return row.Err
		}
		count++
		used := row.Row.Used.Unix()
		if of := s.inMemory(k); of != nil {
			if of.busy.Load() > 0 {
				continue
			}
			used = of.used.Load()
		}
		idle = append(idle, candidate{k, used, row.Row.Created})
	}
	excess := count - s.perPerson + 1
	if excess <= 0 {
		return nil
	}
	if excess > len(idle) {
		return errFull
	}
	slices.SortFunc(idle, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.used, b.used), a.created.Compare(b.created))
	})
	for _, c := range idle[:excess] {
		if err := s.Revoke(ctx, c.key); err != nil {
			return err
		}
	}
	return nil
}
