package session

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/internal/fault"
)

var errFull = fault.New(fault.TooMany, "Too many sessions of this person are busy. End one first.")

// makeRoom ends the person's longest idle session if there are too many.
func (s *Store) makeRoom(ctx context.Context, subject string) error {
	type candidate struct {
		key  string
		used int64
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
		idle = append(idle, candidate{k, used})
	}
	excess := count - s.perPerson + 1
	if excess <= 0 {
		return nil
	}
	if excess > len(idle) {
		return errFull
	}
	slices.SortFunc(idle, func(a, b candidate) int { return cmp.Compare(a.used, b.used) })
	for _, c := range idle[:excess] {
		if err := s.Revoke(ctx, c.key); err != nil {
			return err
		}
	}
	return nil
}
