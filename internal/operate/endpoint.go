package operate

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth"
)

// Path is where orders come in.
const Path = "/operate"

// Variable is the environment variable, and the secret of a Worker, with what
// an operator proves an order by.
const Variable = "GATEHOUSE_OPERATOR"

const (
	shortest = 32 // characters of a secret that nobody guesses
	maxOrder = 64 << 10
)

// CheckSecret refuses a secret that could be guessed.
func CheckSecret(secret string) error {
	if len(secret) < shortest {
		return fmt.Errorf("%s: fewer than %d characters could be guessed. Make some with: openssl rand -hex 32", Variable, shortest)
	}
	return nil
}

// Endpoint takes orders from elsewhere.
type Endpoint struct {
	Secret string // that [CheckSecret] is content with
	Do     func(ctx context.Context, o Order) (Result, error)
	Audit  interface {
		Record(ctx context.Context, ev audit.Event) error
	}
	Tries *oauth.Rate // of wrong secrets, by address; see [NewTries]
	Now   func() time.Time
}

// NewTries allows ten wrong secrets in ten minutes.
func NewTries(now func() time.Time) *oauth.Rate {
	return &oauth.Rate{Max: 10, Window: 10 * time.Minute, Now: now}
}

// Serve answers an order. It is an [httpx.Handler] for [Render].
func (e *Endpoint) Serve(w http.ResponseWriter, r *http.Request) error {
	// 1. Who does not guess, and has the secret.
	if e.Tries.Reached(httpx.Address(r)) {
		return fault.New(fault.TooMany, "Too many wrong secrets. Try again in ten minutes.")
	}
	if !e.proven(r) {
		e.Tries.Allow(httpx.Address(r))
		return fault.New(fault.Denied, "The secret is not the one of this server.")
	}

	// 2. The order.
	if r.Method != http.MethodPost {
		return fault.New(fault.Invalid, "An order is posted.")
	}
	body, err := httpx.ReadBody(w, r, maxOrder)
	if err != nil {
		return err
	}
	var o Order
	if err := json.Unmarshal(body, &o, json.RejectUnknownMembers(true)); err != nil {
		return fault.Wrap(err, fault.Invalid, "The order cannot be read. Is this program as new as the server?")
	}

	// 3. What cannot be recorded is not done.
	ev := audit.Event{
		Time: e.Now(), Phase: audit.Started, Request: httpx.RequestID(r.Context()),
		Subject: "operator", Action: "operate", Target: o.String(),
	}
	if err := e.Audit.Record(r.Context(), ev); err != nil {
		return err
	}

	// 4. Do it.
	res, err := e.Do(r.Context(), o)
	if noted := e.Audit.Record(context.WithoutCancel(r.Context()), ev.Finish(e.Now(), err)); noted != nil {
		httpx.Note(r.Context(), noted) // it is done all the same
	}
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, res)
}

// proven compares hashes, whose length says nothing of the secret's, in
// constant time.
func (e *Endpoint) proven(r *http.Request) bool {
	said, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	got, want := sha256.Sum256([]byte(said)), sha256.Sum256([]byte(e.Secret))
	return ok && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// refusal is the answer to an order that is not carried out.
type refusal struct {
	Error string `json:"error"`
}

// Render answers with a failure.
func Render(w http.ResponseWriter, _ *http.Request, err error) {
	httpx.WriteJSON(w, httpx.Status(err), refusal{fault.Public(err)})
}
