package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/operate"
	"gatehouse/store"
)

// What one object asks another.
const (
	opGet   = "get"
	opSwap  = "swap"
	opOrder = "order" // of the operator
)

// question is what one object asks another, as JSON in an array of bytes. Both
// run the same program.
type question struct {
	Op     string        `json:"op"`
	Record record        `json:"record,omitzero"`
	Order  operate.Order `json:"order,omitzero"`
}

// answered is an answer to a question, or why there is none.
type answered struct {
	Record record         `json:"record,omitzero"`
	Result operate.Result `json:"result,omitzero"`

	Kind  string `json:"kind,omitempty"`  // of failure
	Words string `json:"words,omitempty"` // of the failure, for strangers
}

// record is a [store.Item] on its way. Keys need not be UTF-8.
type record struct {
	Key     []byte    `json:"key"`
	Value   []byte    `json:"value,omitzero"`
	Version int64     `json:"version"`
	Expires time.Time `json:"expires,omitzero"`
}

func recordOf(i store.Item) record {
	return record{[]byte(i.Key), i.Value, i.Version, i.Expires}
}

func (r record) item() store.Item {
	return store.Item{Key: string(r.Key), Value: r.Value, Version: r.Version, Expires: r.Expires}
}

// send asks another object, and returns its failure as if it were ours.
func (s *shards) send(ctx context.Context, shard int, q question) (answered, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	said, err := json.Marshal(q)
	if err != nil {
		return answered{}, errors.Join(fault.Internal, err)
	}
	heard, err := s.ask(ctx, shard, said)
	var a answered
	if err == nil {
		err = json.Unmarshal(heard, &a)
	}
	if err != nil {
		return answered{}, fault.Wrap(fmt.Errorf("ask %s: %w", objectName(shard), err), fault.Unavailable,
			"A part of this server does not answer now. Try again in a moment.")
	}
	return a, a.failure()
}

// answer answers what another object asks.
func (s *shards) answer(ctx context.Context, said []byte) []byte {
	var q question
	var a answered
	err := json.Unmarshal(said, &q)
	if err == nil {
		a, err = s.reply(ctx, q)
	}
	if err != nil {
		a = failed(err)
	}
	heard, err := json.Marshal(a)
	if err != nil {
		return nil // it is no answer, and is taken for none
	}
	return heard
}

func (s *shards) reply(ctx context.Context, q question) (answered, error) {
	if q.Op == opOrder {
		res, err := s.order(ctx, q.Order)
		return answered{Result: res}, err
	}
	key := string(q.Record.Key)
	if !s.answers(key) {
		return answered{}, fmt.Errorf("%s does not answer for this key: %w", objectName(s.number), fault.Internal)
	}
	switch q.Op {
	case opGet:
		item, err := s.own.Get(ctx, key)
		return answered{Record: recordOf(item)}, err
	case opSwap:
		err := s.own.Swap(ctx, q.Record.item())
		if grant, ok := strings.CutPrefix(key, grantKeys); ok {
			s.forget(grant)
		}
		return answered{}, err
	}
	return answered{}, fmt.Errorf("question %q: %w", q.Op, fault.Internal)
}

// kinds of failure that cross from one object to another.
var kinds = []error{
	fault.NotFound, fault.Conflict, fault.Invalid, fault.Denied,
	fault.TooLarge, fault.TooMany, fault.Unavailable, fault.Internal,
}

func failed(err error) answered {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return answered{Kind: kind.Error(), Words: fault.Public(err)}
		}
	}
	return answered{Kind: fault.Internal.Error(), Words: fault.Public(err)}
}

func (a answered) failure() error {
	if a.Kind == "" {
		return nil
	}
	for _, kind := range kinds {
		if a.Kind == kind.Error() {
			return fault.New(kind, "%s", a.Words)
		}
	}
	return fault.New(fault.Internal, "%s", a.Words)
}
