package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Throttle makes guessing slow: after some failures each further one doubles
// the time until the next attempt is allowed, by the name and by the address.
// It counts in the store, so a restart forgives nothing.
type Throttle struct {
	Attempts *store.Table[Attempts]
	Now      func() time.Time
}

// Attempts are the failures of one name or address. Those that are not known
// yet to have succeeded count as well.
type Attempts struct {
	Failures int       `json:"failures"`
	Until    time.Time `json:"until"` // no attempt before
	Ends     time.Time `json:"ends"`  // when all is forgotten
}

// NewThrottle returns the throttle in a store.
func NewThrottle(kv store.KV) *Throttle {
	ends := func(a Attempts) time.Time { return a.Ends }
	return &Throttle{Attempts: store.NewTable(kv, "login-attempts", ends), Now: time.Now}
}

// memory is how long after the last failure all are forgotten.
const memory = time.Hour

// pace is how the waiting time grows.
type pace struct {
	free int           // failures without a wait
	most time.Duration // the longest wait; the first is a second
}

// The longest wait on a name is short, because a stranger can bring it upon
// its owner. Behind an address there can be a whole office, so it has more
// attempts.
var (
	pacePerName    = pace{free: 5, most: time.Minute}
	pacePerAddress = pace{free: 20, most: 15 * time.Minute}
)

func (p pace) wait(failures int) time.Duration {
	doublings := failures - p.free - 1
	switch {
	case doublings < 0:
		return 0
	case doublings > 20:
		return p.most
	}
	return min(time.Second<<doublings, p.most)
}

// begin counts an attempt as failed, or fails with fault.TooMany. An empty
// name or address does not count.
func (t *Throttle) begin(ctx context.Context, name, address string) error {
	if err := t.count(ctx, pacePerAddress, addressKey(address)); err != nil {
		return err
	}
	return t.count(ctx, pacePerName, nameKey(name))
}

func (t *Throttle) count(ctx context.Context, p pace, key string) error {
	if key == "" {
		return nil
	}
	_, err := t.Attempts.Upsert(ctx, key, func(a *Attempts) error {
		now := t.Now()
		if left := a.Until.Sub(now); left > 0 {
			seconds := int((left + time.Second - 1) / time.Second)
			return fault.New(fault.TooMany, "Too many attempts to log in. Try again in %d s.", seconds)
		}
		a.Failures++
		a.Until = now.Add(p.wait(a.Failures))
		a.Ends = now.Add(memory)
		return nil
	})
	return err
}

// succeed takes back the attempt. The name begins anew; the failures of the
// address stay, or one good account would open it for guessing at the others.
func (t *Throttle) succeed(ctx context.Context, name, address string) error {
	if address != "" {
		_, err := t.Attempts.Update(ctx, addressKey(address), func(a *Attempts) error {
			a.Failures = max(0, a.Failures-1)
			a.Until = time.Time{}
			return nil
		})
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	return t.forget(ctx, name)
}

func (t *Throttle) forget(ctx context.Context, name string) error {
	return t.Attempts.Delete(ctx, nameKey(name))
}

// nameKey does not hold the name: people sometimes type a password there.
func nameKey(name string) string {
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	return "name/" + hex.EncodeToString(sum[:])
}

func addressKey(address string) string {
	if address == "" {
		return ""
	}
	return "address/" + address
}
