package worker

import "testing"

// TestRestart kills the runtime under a client, as machines do.
func TestRestart(t *testing.T) {
	t.Parallel()
	l := atHome(t)
	ada, w := l.Person("ada"), l.Way(l.Registered(t), "math")

	// In the middle of the consent.
	res, err := ada.Client.Get(w.Start())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	login, err := res.Location()
	if err != nil {
		t.Fatalf("authorize = %s, %v", res.Status, err)
	}
	l.restart(t)
	away, err := ada.Follow(t.Context(), login.String())
	if err != nil {
		t.Fatal(err)
	}

	// Between the code and the token.
	l.restart(t)
	token := w.Finish(t, away).Access

	// Between the calls of a session.
	session := l.Session(t, token)
	for range 2 {
		l.restart(t)
		if r, err := l.Legacy(t.Context(), token, session, "1", "add", `{"a":1,"b":2}`); err != nil || !r.Adds(3) {
			t.Errorf("a call of the session after a restart = %v, %v", r, err)
		}
	}
}
