package serve

import (
	"cmp"
	"time"
)

// patrolEvery is how exactly the time limits are kept: what is over ends not
// before its limit, and before two more rounds.
const patrolEvery = 5 * time.Second

// patrol sees after the connections as long as there are some.
func (s *Server) patrol() {
	ticker := time.NewTicker(patrolEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		for c := range s.conns {
			c.heed()
		}
		s.mu.Unlock()
	}
}

// heed ends a connection that has stood still for too long, and takes from an
// idle one what it does not need.
func (c *conn) heed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch limit := c.limit(); {
	case limit <= 0 || c.stood < limit:
	case c.phase == serving:
		c.line.Close()
	default:
		c.tell()
	}
	c.stood += patrolEvery
	if c.phase == idle {
		c.out, c.held = nil, nil
	}
}

// limit is how long the connection may stay in its phase; 0 is for ever.
func (c *conn) limit() time.Duration {
	h := c.server.HTTP
	switch {
	case c.phase == fresh:
		return cmp.Or(h.ReadHeaderTimeout, h.ReadTimeout)
	case c.phase == idle:
		return cmp.Or(h.IdleTimeout, h.ReadTimeout)
	case c.phase == serving && !c.lifted:
		return h.WriteTimeout
	}
	return 0
}

// lift has a write fail that is not over at a time of the handler's choice.
func (c *conn) lift(until time.Time) error {
	c.mu.Lock()
	c.lifted = true
	c.mu.Unlock()
	return c.line.SetWriteDeadline(until)
}

// lower takes back what the handler has lifted. What is left of the answer has
// the usual time.
func (c *conn) lower() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lifted {
		c.lifted, c.stood = false, 0
		c.line.SetWriteDeadline(time.Time{})
	}
}
