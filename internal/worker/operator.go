package worker

import (
	"context"
	"errors"

	"gatehouse/host"
	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
)

// mostRows bounds a list, which is held in memory whole: some 4 KB a row.
const mostRows = 2000

// operate carries out an order in every object that it concerns. If one of
// them fails so does the order, and can be given again.
func (s *shards) operate(ctx context.Context, o operate.Order) (operate.Result, error) {
	var all operate.Result
	missing := o.Do == operate.Revoke
	for _, shard := range s.concerned(o) {
		res, err := s.orderOf(ctx, shard, o)
		switch {
		case errors.Is(err, fault.NotFound) && o.Do == operate.Revoke:
			continue
		case err != nil:
			return operate.Result{}, err
		}
		missing = false
		res.Rows, res.More = append(all.Rows, res.Rows...), all.More || res.More
		all = res
	}
	switch {
	case missing:
		return operate.Result{}, fault.NotFound
	case len(all.Rows) > mostRows:
		all.Rows, all.More = all.Rows[:mostRows], true
	}
	return all, nil
}

// concerned are the shards whose objects an order is about. A client that is
// revoked may have grants in any.
func (s *shards) concerned(o operate.Order) (all []int) {
	switch {
	case o.Do == operate.Create, o.Of == operate.Clients && o.Do == operate.List:
		return []int{0}
	case o.Do == operate.Revoke && (o.Of == operate.Grants || o.Of == operate.Tokens):
		return []int{s.keeper(grantKeys + o.ID)}
	}
	for shard := range s.count {
		all = append(all, shard)
	}
	return all
}

// orderOf has an order carried out in one object.
func (s *shards) orderOf(ctx context.Context, shard int, o operate.Order) (operate.Result, error) {
	if shard == s.number {
		return s.order(ctx, o)
	}
	a, err := s.send(ctx, shard, question{Op: opOrder, Order: o})
	return a.Result, err
}

// tables are those of what this object keeps. The directory writes new grants
// where they belong.
func (s *shards) tables() host.Tables {
	if s.number == 0 {
		return host.NewTables(s)
	}
	return host.NewTables(s.own)
}
