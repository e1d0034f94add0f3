package worker

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// TestCrowd has many people listen at once, leave, and come back.
func TestCrowd(t *testing.T) {
	t.Parallel()
	s, p := start(t, command)
	const people, each = 8, 25 // a person may have 32
	client := s.Registered(t)
	var tokens []string
	for i := range people {
		tokens = append(tokens, s.Way(client, "math").Walk(t, s.Person(fmt.Sprintf("person%d", i))).Access)
	}
	before := resident(t, p.PID())

	for range 2 {
		ctx, leave := context.WithCancel(t.Context())
		for _, token := range tokens {
			for range each {
				s.listen(t, ctx, token)
			}
		}
		began := time.Now()
		if r := s.Call(t, tokens[0], "add", `{"a":1,"b":2}`); r.Status != http.StatusOK {
			t.Errorf("a call beside the streams = %v", r)
		}
		t.Logf("%d streams: the process grew from %d to %d MiB; a call beside them took %v", people*each, before, resident(t, p.PID()), time.Since(began))
		leave()
		time.Sleep(12 * time.Second) // every few seconds it is seen who is gone
	}
}

// listen opens a stream of 2026-07-28, and waits until it has begun.
func (s site) listen(t *testing.T, ctx context.Context, token string) {
	t.Helper()
	res, err := s.Begin(ctx, road.Listen(token))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if line, err := bufio.NewReader(res.Body).ReadString('\n'); res.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("listen = %s, %q, %v", res.Status, line, err)
	}
}
