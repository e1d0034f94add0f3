package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gatehouse/e2e/road"
)

// TestStream reads answers while they are made.
func TestStream(t *testing.T) {
	t.Parallel()
	s, _ := start(t, trouble)
	token := s.connect(t, "trouble")

	t.Run("what is told in mid-call arrives in mid-call", func(t *testing.T) {
		const ms = 1500
		began := time.Now()
		res := s.open(t, t.Context(), token, "work", fmt.Sprintf(`{"ms":%d}`, ms))
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() && !strings.Contains(lines.Text(), "begun") {
		}
		told := time.Since(began)
		rest, err := io.ReadAll(res.Body)
		whole := time.Since(began)
		if whole-told < ms*time.Millisecond/2 || whole < ms*time.Millisecond || err != nil {
			t.Errorf("told after %v, answered after %v, %v: %s", told, whole, err, rest)
		}
		t.Logf("told after %v, answered after %v", told, whole)
	})

	t.Run("a client that goes away ends its call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		res := s.open(t, ctx, token, "work", `{"ms":60000}`)
		defer res.Body.Close()
		if !bufio.NewScanner(res.Body).Scan() {
			t.Fatal("the stream has ended")
		}
		cancel()
		began := time.Now()
		s.await(t, token, "departed", 1)
		t.Logf("noticed after %v", time.Since(began))
	})

	t.Run("a client that does not read holds up who writes, and nobody else", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		const bytes = 64 << 20
		res := s.open(t, ctx, token, "flood", fmt.Sprintf(`{"bytes":%d}`, bytes))
		defer res.Body.Close()
		time.Sleep(time.Second)
		before := s.count(t, token, "flooded")
		time.Sleep(time.Second)
		if after := s.count(t, token, "flooded"); after != before || after == 0 || after > bytes/2 {
			t.Errorf("%d bytes were sent to a client that does not read, and %d a second later", before, after)
		}
	})
}

// TestBody sends bodies that are more than somebody wants, or not all there.
func TestBody(t *testing.T) {
	t.Parallel()
	s, _ := start(t, trouble)
	token := s.connect(t, "trouble")
	call := road.ModernCall(token, "departed", `{}`)
	const mib = 1 << 20

	t.Run("a large one arrives whole", func(t *testing.T) {
		q := call
		q.Body += strings.Repeat(" ", 3*mib)
		r := s.Ask(t, q)
		if r.Status != http.StatusOK || !strings.Contains(r.Body, `"count":0`) {
			t.Errorf("the call = %v", r)
		}
	})

	t.Run("one of unknown length arrives whole", func(t *testing.T) {
		r := s.stream(t, call, strings.NewReader(call.Body+strings.Repeat(" ", 3*mib)))
		if r.Status != http.StatusOK || !strings.Contains(r.Body, `"count":0`) {
			t.Errorf("the call = %v", r)
		}
	})

	t.Run("one that is too large is refused", func(t *testing.T) {
		q := call
		q.Body += strings.Repeat(" ", 5*mib)
		if r := s.Ask(t, q); r.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("the call = %d", r.Status)
		}
		if r := s.stream(t, call, strings.NewReader(strings.Repeat(" ", 5*mib))); r.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("the call of unknown length = %d", r.Status)
		}
	})

	t.Run("one that breaks off leaves nothing behind", func(t *testing.T) {
		broken := io.MultiReader(strings.NewReader(call.Body[:40]), iotest.ErrReader(errors.New("unplugged")))
		if res, err := s.BeginFrom(t.Context(), call, broken); err == nil {
			res.Body.Close()
			t.Errorf("answered with %s", res.Status)
		}
		if r := s.Call(t, token, "departed", `{}`); r.Status != http.StatusOK {
			t.Errorf("the next call = %v", r)
		}
	})
}

// stream posts a body whose length nobody is told.
func (s site) stream(t *testing.T, q road.Request, body io.Reader) road.Reply {
	t.Helper()
	res, err := s.BeginFrom(t.Context(), q, io.MultiReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := road.Read(res)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open begins a call that is answered with a stream.
func (s site) open(t *testing.T, ctx context.Context, token, tool, arguments string) *http.Response {
	t.Helper()
	res, err := s.Begin(ctx, road.ModernCall(token, tool, arguments))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		text, _ := io.ReadAll(res.Body)
		t.Fatalf("the call = %s %s", res.Status, text)
	}
	return res
}

// count calls a tool that counts.
func (s site) count(t *testing.T, token, tool string) (n int) {
	t.Helper()
	r := s.Call(t, token, tool, `{}`)
	_, number, _ := strings.Cut(r.Body, `"structuredContent":{"count":`)
	if _, err := fmt.Sscanf(number, "%d", &n); err != nil {
		t.Fatalf("%s = %v", tool, r)
	}
	return n
}

// await waits for a count. A silent stream is written to every few seconds,
// and only then does workerd see that the client is gone.
func (s site) await(t *testing.T, token, tool string, want int) {
	t.Helper()
	for range 60 {
		if s.count(t, token, tool) == want {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Fatalf("%s is not %d", tool, want)
}
