package login

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

// flightLife is how long a person may take at another provider.
const flightLife = 10 * time.Minute

// Flight is a browser on its way to another provider and back. It is bound to
// that browser and to the request that the login is for, and is good once.
type Flight struct {
	Issuer   string     `json:"issuer"`
	Provider string     `json:"provider"`
	Request  string     `json:"request"` // the handle to go on with
	Browser  oauth.Hash `json:"browser"`
	Nonce    string     `json:"nonce"`
	Verifier string     `json:"verifier"`
	Prompt   string     `json:"prompt,omitempty"`
	Expires  time.Time  `json:"expires"`
}

// Flights are the browsers that are away.
type Flights struct {
	Table *store.Table[Flight]
	Now   func() time.Time
}

// NewFlights keeps flights in kv.
func NewFlights(kv store.KV, now func() time.Time) *Flights {
	life := func(f Flight) time.Time { return f.Expires }
	return &Flights{Table: store.NewTable(kv, "flights", life), Now: now}
}

// Depart records a flight and returns its trip, to which the caller adds the
// callback. Issuer, Provider, Request, Browser and Prompt are the caller's to
// fill.
func (f *Flights) Depart(ctx context.Context, flight Flight) (Trip, error) {
	state := NewSecret()
	flight.Nonce = NewSecret()
	flight.Verifier = NewSecret()
	flight.Expires = f.Now().Add(flightLife)
	if err := f.Table.Insert(ctx, key(state), flight); err != nil {
		return Trip{}, err
	}
	return flight.trip(state), nil
}

// Land ends the flight that has the state, and returns it with its trip. The
// caller must check that the browser is the one that departed. It fails with
// fault.NotFound if there is no such flight, or if it has landed before.
func (f *Flights) Land(ctx context.Context, state string) (Flight, Trip, error) {
	if len(state) != secretLength {
		return Flight{}, Trip{}, fault.NotFound
	}
	flight, err := f.Table.Take(ctx, key(state))
	if err == nil && !f.Now().Before(flight.Expires) {
		err = fault.NotFound
	}
	if err != nil {
		return Flight{}, Trip{}, err
	}
	return flight, flight.trip(state), nil
}

func (f Flight) trip(state string) Trip {
	return Trip{State: state, Nonce: f.Nonce, Verifier: f.Verifier, Prompt: f.Prompt}
}
