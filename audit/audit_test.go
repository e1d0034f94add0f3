package audit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity"
	"gatehouse/internal/fault"
)

func TestErrorKind(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{fault.New(fault.Denied, "You may not see the secret."), "denied"},
		{fmt.Errorf("call: %w", fault.NotFound), "not found"},
		{&identity.ScopeError{Need: []string{"math"}}, "insufficient scope"},
		{errors.New("the password was hunter2"), "other"},
	} {
		if got := audit.ErrorKind(test.err); got != test.want {
			t.Errorf("kind of %v = %q, want %q", test.err, got, test.want)
		}
	}
}

func TestFinish(t *testing.T) {
	began := time.Date(2026, 7, 28, 12, 0, 0, 0, time.UTC)
	start := audit.By(identity.Principal{Subject: "dev:alice", Name: "Alice", ClientID: "cli", Grant: "g1"})
	start.Time, start.Phase, start.Action = began, audit.Started, "tools/call"
	for _, test := range []struct {
		err     error
		outcome audit.Outcome
		kind    string
	}{
		{nil, audit.OK, ""},
		{fault.Denied, audit.Denied, "denied"},
		{&identity.ScopeError{}, audit.Denied, "insufficient scope"},
		{fault.Unavailable, audit.Failed, "unavailable"},
	} {
		want := audit.Event{
			Time: began.Add(time.Second), Phase: audit.Done, Action: "tools/call",
			Subject: "dev:alice", Name: "Alice", ClientID: "cli", Grant: "g1",
			Outcome: test.outcome, Error: test.kind, Duration: time.Second,
		}
		if got := start.Finish(began.Add(time.Second), test.err); got != want {
			t.Errorf("finish with %v = %+v, want %+v", test.err, got, want)
		}
	}
}

// typical is what the gateway records of a call.
var typical = audit.Event{
	Time: time.Now(), Phase: audit.Done, Request: "5f0c1d2e3b4a5968",
	Subject: "dev:alice", Name: "Alice", ClientID: "https://client.example/metadata.json", Grant: "0Fh3kq9ZxT2bVn7LmR5sWc",
	Action: "tools/call", Backend: "math", Target: "add", Outcome: audit.OK, Duration: 42 * time.Microsecond,
}

func BenchmarkRecord(b *testing.B) {
	b.Run("and discard", func(b *testing.B) { benchmarkRecord(b, audit.Discard{}) })
	b.Run("and write to a file", func(b *testing.B) {
		file, err := audit.OpenFile(b.TempDir()+"/audit.jsonl", 0, 0)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkRecord(b, file)
	})
}

func benchmarkRecord(b *testing.B, sink audit.Sink) {
	r := audit.NewRecorder(sink, audit.Options{Wait: time.Minute})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := r.Record(b.Context(), typical); err != nil {
				b.Error(err)
			}
		}
	})
	if err := r.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
