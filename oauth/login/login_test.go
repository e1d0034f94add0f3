package login_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/store/mem"
)

const issuer = "https://gate.example"

var alice = login.Person{Subject: "dev:alice", Name: "alice"}

func newSessions(kv store.KV) *login.Sessions {
	return &login.Sessions{Issuer: issuer, Table: login.NewTable(kv), Now: time.Now}
}

// begin logs alice in and returns a request of her browser.
func begin(t *testing.T, s *login.Sessions, r *http.Request) *http.Request {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.Begin(w, r, "dev", alice); err != nil {
		t.Fatal(err)
	}
	return carrying(w)
}

func carrying(w *httptest.ResponseRecorder) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	return r
}

func bare() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessions(new(mem.KV))
		if _, err := s.Current(bare()); !errors.Is(err, fault.NotFound) {
			t.Errorf("a browser without a cookie = %v, want not found", err)
		}
		r := begin(t, s, bare())
		got, err := s.Current(r)
		if err != nil || got.Person != alice || got.Provider != "dev" || !got.Began.Equal(time.Now()) {
			t.Errorf("Current = %+v, %v", got, err)
		}
		time.Sleep(login.SessionLife - time.Nanosecond)
		if _, err := s.Current(r); err != nil {
			t.Errorf("just before its end = %v", err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := s.Current(r); !errors.Is(err, fault.NotFound) {
			t.Errorf("at its end = %v, want not found", err)
		}
	})
}

func TestSessionEnds(t *testing.T) {
	s := newSessions(new(mem.KV))
	t.Run("with the logout", func(t *testing.T) {
		r := begin(t, s, bare())
		w := httptest.NewRecorder()
		if err := s.End(w, r); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Current(r); !errors.Is(err, fault.NotFound) {
			t.Errorf("Current = %v, want not found", err)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
			t.Errorf("cookies = %v, want one to forget", c)
		}
	})
	t.Run("with the next login of the browser", func(t *testing.T) {
		old := begin(t, s, bare())
		begin(t, s, old)
		if _, err := s.Current(old); !errors.Is(err, fault.NotFound) {
			t.Errorf("Current = %v, want not found", err)
		}
	})
	t.Run("for a person who may no longer", func(t *testing.T) {
		r := begin(t, s, bare())
		s.Active = func(_ context.Context, subject string) (bool, error) { return subject != alice.Subject, nil }
		if _, err := s.Current(r); !errors.Is(err, fault.NotFound) {
			t.Errorf("Current = %v, want not found", err)
		}
	})
	t.Run("never into a yes by a failure", func(t *testing.T) {
		s.Active = nil
		r := begin(t, s, bare())
		s.Active = func(context.Context, string) (bool, error) { return true, fault.Unavailable }
		if _, err := s.Current(r); !errors.Is(err, fault.Unavailable) {
			t.Errorf("Current = %v, want unavailable", err)
		}
	})
}

func TestSessionOfAnotherIssuer(t *testing.T) {
	kv := new(mem.KV)
	r := begin(t, newSessions(kv), bare())
	other := newSessions(kv)
	other.Issuer = "https://second.example"
	if _, err := other.Current(r); !errors.Is(err, fault.NotFound) {
		t.Errorf("Current = %v, want not found", err)
	}
}

func TestTheStoreHoldsNoSecret(t *testing.T) {
	kv := new(mem.KV)
	r := begin(t, newSessions(kv), bare())
	flights := login.NewFlights(kv, time.Now)
	trip, err := flights.Depart(t.Context(), login.Flight{Request: "handle"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for item, err := range kv.Scan(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		kept := item.Key + string(item.Value)
		if strings.Contains(kept, r.Cookies()[0].Value) || strings.Contains(kept, trip.State) {
			t.Errorf("a secret is kept as it is, under %s", item.Key)
		}
	}
	if n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}

func TestFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flights := login.NewFlights(new(mem.KV), time.Now)
		depart := func() login.Trip {
			trip, err := flights.Depart(t.Context(), login.Flight{Request: "handle", Provider: "one"})
			if err != nil {
				t.Fatal(err)
			}
			return trip
		}

		trip := depart()
		flight, back, err := flights.Land(t.Context(), trip.State)
		if err != nil || back != trip || flight.Request != "handle" || flight.Provider != "one" {
			t.Errorf("Land = %+v, %+v, %v; want what departed as %+v", flight, back, err, trip)
		}
		if _, _, err := flights.Land(t.Context(), trip.State); !errors.Is(err, fault.NotFound) {
			t.Errorf("a second landing = %v, want not found", err)
		}

		trip = depart()
		time.Sleep(10 * time.Minute)
		if _, _, err := flights.Land(t.Context(), trip.State); !errors.Is(err, fault.NotFound) {
			t.Errorf("a landing after ten minutes = %v, want not found", err)
		}
		for _, state := range []string{"", "x", login.NewSecret()} {
			if _, _, err := flights.Land(t.Context(), state); !errors.Is(err, fault.NotFound) {
				t.Errorf("Land(%q) = %v, want not found", state, err)
			}
		}
	})
}
