package worker

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/person"
	"gatehouse/e2e/workerd"
)

// TestRestart kills the runtime under a client, as machines do.
func TestRestart(t *testing.T) {
	t.Parallel()
	const at = "http://localhost:8787" // wherever the port really is
	dir, state, env := workerd.Build(t, command), t.TempDir(), []string{workerd.NewKey(), "GATEHOUSE_URLS=" + at}
	p := workerd.Start(t, dir, state, env...)
	s := site{at, &http.Client{Timeout: time.Minute, Transport: leadTo(t, &p)}}
	restart := func() {
		p.Kill()
		p = workerd.Start(t, dir, state, env...)
	}

	client := s.register(t)
	ada := person.New("ada")
	ada.Client.Transport = s.client.Transport
	verifier := newVerifier()

	// In the middle of the consent.
	res, err := ada.Client.Get(s.authorizeURL(client, "math", verifier))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	login, err := res.Location()
	if err != nil {
		t.Fatalf("authorize = %s, %v", res.Status, err)
	}
	restart()
	away, err := ada.Follow(t.Context(), login.String())
	if err != nil {
		t.Fatal(err)
	}

	// Between the code and the token.
	restart()
	token := s.redeem(t, client, verifier, away)

	// Between the calls of a session.
	session := s.session(t, token)
	for range 2 {
		restart()
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}`
		if r := s.send(t, "POST", "/mcp", body, session); !strings.Contains(r.body, `{"result":3}`) {
			t.Errorf("a call of the session after a restart = %v", r)
		}
	}
}

// leadTo dials the process that runs now, whatever the address.
func leadTo(t *testing.T, p **workerd.Process) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true, // what is kept dies with the process
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			u, err := url.Parse((*p).URL)
			if err != nil {
				t.Fatal(err)
			}
			return new(net.Dialer).DialContext(ctx, network, u.Host)
		},
	}
}
