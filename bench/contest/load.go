package contest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Session is one client: a connection that it keeps, and what it calls.
type Session struct {
	target Target
	id     string // of the legacy session
	call   *call
	fixed  []byte // what every answer contains; nil is the sum of the call

	conn   net.Conn
	reader *bufio.Reader
	answer answer
	took   []time.Duration
}

// Open connects, and begins a session where the era has them.
func Open(ctx context.Context, t Target, number int) (*Session, error) {
	s := &Session{target: t}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	defer s.disconnect()
	if t.Era == Legacy {
		if err := s.initialize(); err != nil {
			return nil, fmt.Errorf("initialize: %w", err)
		}
	}
	s.call = newCall(t, number, s.id)
	return s, nil
}

func (s *Session) connect(ctx context.Context) error {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", s.target.Addr)
	if err != nil {
		return err
	}
	s.conn, s.reader = conn, bufio.NewReaderSize(conn, 8<<10)
	return nil
}

func (s *Session) disconnect() { s.conn.Close() }

func (s *Session) initialize() error {
	if err := s.exchange(s.target.request("initialize", "", initializeBody)); err != nil {
		return err
	}
	s.id = string(s.answer.session)
	return s.exchange(s.target.request("notifications/initialized", s.id, initializedBody))
}

// exchange sends a request and reads its answer, which must be a success.
func (s *Session) exchange(request []byte) error {
	if _, err := s.conn.Write(request); err != nil {
		return err
	}
	if err := s.answer.read(s.reader); err != nil {
		return err
	}
	if s.answer.status >= 300 {
		return fmt.Errorf("status %d: %.300s", s.answer.status, s.answer.body)
	}
	return nil
}

// add makes one call and checks its answer.
func (s *Session) add() error {
	began := time.Now()
	if err := s.exchange(s.call.next()); err != nil {
		return err
	}
	s.took = append(s.took, time.Since(began))
	want := s.fixed
	if want == nil {
		want = s.call.sum()
	}
	if !bytes.Contains(s.answer.body, want) {
		return fmt.Errorf("answer without %s: %.300s", want, s.answer.body)
	}
	return nil
}

// errTime ends a load that has run for as long as it may.
var errTime = errors.New("time is up")

// Drive lets all sessions call in a closed loop until they have made that many
// calls together, or length is over, whichever is first.
func Drive(ctx context.Context, sessions []*Session, calls int, length time.Duration) (sample, error) {
	for _, s := range sessions {
		if err := s.connect(ctx); err != nil {
			return sample{}, err
		}
		defer s.disconnect()
		s.took = slices.Grow(s.took[:0], 2*calls/len(sessions)+1)
		s.conn.SetDeadline(time.Now().Add(length + 20*time.Second))
	}
	stop := context.AfterFunc(ctx, func() {
		for _, s := range sessions {
			s.disconnect()
		}
	})
	defer stop()

	left := atomic.Int64{}
	left.Store(int64(calls))
	failures := make(chan error, len(sessions))
	began := time.Now()
	var running sync.WaitGroup
	for _, s := range sessions {
		running.Go(func() { failures <- s.loop(&left, began.Add(length)) })
	}
	running.Wait()
	took := time.Since(began)
	for range sessions {
		if err := <-failures; err != nil && !errors.Is(err, errTime) {
			return sample{}, err
		}
	}
	return summarize(sessions, took), nil
}

func (s *Session) loop(left *atomic.Int64, end time.Time) error {
	for left.Add(-1) >= 0 {
		if err := s.add(); err != nil {
			return err
		}
		if time.Now().After(end) {
			return errTime
		}
	}
	return nil
}

func summarize(sessions []*Session, took time.Duration) sample {
	var all []time.Duration
	for _, s := range sessions {
		all = append(all, s.took...)
	}
	slices.Sort(all)
	return sample{calls: len(all), took: took, p50: percentile(all, 50), p99: percentile(all, 99)}
}
