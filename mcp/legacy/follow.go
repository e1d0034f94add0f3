package legacy

import (
	"context"
	"net/http"
	"sync"
	"time"

	"gatehouse/identity"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// touchStreams is how often a session is marked as used for having a stream.
const touchStreams = time.Hour

// follow has the stream go to the connection until one of them ends.
func (h *Handler) follow(r *http.Request, c *conn, who identity.Principal, s *stream, to *httpx.Events, seq int64) error {
	k, err := s.attach(to, seq, c.session.Client().Revision)
	if err != nil {
		return err
	}
	if s == c.main {
		// A stream without its watch is still good to be asked on.
		if err := h.startWatch(c, who); err != nil {
			httpx.Note(r.Context(), err)
		}
	}
	h.wait(r.Context(), c, k)
	if last := s.detach(k); last && s == c.main {
		c.watch.pause()
	}
	return nil
}

// wait returns when the connection is to end: the client is gone, the stream
// is at its end, the host closes, or the last token of the session runs out.
func (h *Handler) wait(client context.Context, c *conn, k *sink) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			left := c.left()
			if left <= 0 || h.Sessions.Touch(client, c.session) != nil {
				return
			}
			timer.Reset(min(left, touchStreams))
		case <-k.gone:
			return
		case <-client.Done():
			return
		case <-h.Closing:
			return
		}
	}
}

// extend takes the person's token as one of the session. A stream lives no
// longer than the last of them.
func (c *conn) extend(who identity.Principal) {
	next := int64(never)
	if !who.Expires.IsZero() {
		next = who.Expires.Unix()
	}
	for {
		old := c.expires.Load()
		if next <= old || c.expires.CompareAndSwap(old, next) {
			return
		}
	}
}

const never = 1 << 62

// left is how long the tokens of the session still live.
func (c *conn) left() time.Duration {
	expires := c.expires.Load()
	if expires == never {
		return touchStreams
	}
	return time.Until(time.Unix(expires, 0))
}

// streams counts the open streams of each person.
type streams struct {
	mu    sync.Mutex
	count map[string]int
}

func (s *streams) enter(person string, limit int) *refusal {
	if limit == 0 {
		limit = 32
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[person] >= limit {
		return &refusal{http.StatusTooManyRequests, &mcp.Error{Code: mcp.CodeUnavailable, Message: "Too many streams of this person are open"}}
	}
	if s.count == nil {
		s.count = make(map[string]int)
	}
	s.count[person]++
	return nil
}

func (s *streams) leave(person string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[person]--; s.count[person] == 0 {
		delete(s.count, person)
	}
}
