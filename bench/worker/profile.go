//go:build !js

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/net/websocket"

	"gatehouse/bench/contest"
)

// profile prints on what the thread of the Worker spends its time in calls, as
// V8 samples it. Names of Go functions are not in the program that is deployed,
// so Go is one line. Threads of V8 that compile and collect are not sampled.
func profile(ctx context.Context, out io.Writer, w *workshop, o options) error {
	addr, err := contest.FreeAddr()
	if err != nil {
		return err
	}
	w.inspector = addr
	c := &contest.Contender{Name: "profiled", Begin: w.begin(gatehouse), Era: contest.Modern}
	p, target, err := c.Begin(ctx, w.dir, c)
	if err != nil {
		return err
	}
	defer p.Stop()
	var sessions []*contest.Session
	for i := range o.Sessions {
		s, err := contest.Open(ctx, target, i)
		if err != nil {
			return err
		}
		sessions = append(sessions, s)
	}
	const anyNumber = 1 << 20
	if _, err := contest.Drive(ctx, sessions, anyNumber, o.Warm); err != nil {
		return err
	}
	v, err := attach(addr)
	if err != nil {
		return err
	}
	defer v.conn.Close()
	if _, err := contest.Drive(ctx, sessions, anyNumber, o.Length); err != nil {
		return err
	}
	samples, err := v.stop()
	if err != nil {
		return err
	}
	samples.print(out)
	return nil
}

// inspector is a connection to V8's inspector, with the profiler running.
type inspector struct {
	conn *websocket.Conn
	sent int
}

// attach starts the profiler.
func attach(addr string) (*inspector, error) {
	conn, err := websocket.Dial("ws://"+addr+"/main", "", "http://"+addr)
	if err != nil {
		return nil, err
	}
	v := &inspector{conn: conn}
	for _, method := range []string{"Profiler.enable", "Profiler.start"} {
		if err := v.call(method, nil); err != nil {
			conn.Close()
			return nil, fmt.Errorf("%s: %w", method, err)
		}
	}
	return v, nil
}

// call has the inspector do something, and reads its result unless that is nil.
func (v *inspector) call(method string, result any) error {
	v.sent++
	if err := websocket.Message.Send(v.conn, fmt.Sprintf(`{"id":%d,"method":%q}`, v.sent, method)); err != nil {
		return err
	}
	for {
		var text []byte
		if err := websocket.Message.Receive(v.conn, &text); err != nil {
			return err
		}
		answer := struct {
			ID     int    `json:"id"`
			Result any    `json:"result"`
			Error  *fault `json:"error"`
		}{Result: result}
		if err := json.Unmarshal(text, &answer); err != nil {
			return err
		}
		switch {
		case answer.ID != v.sent: // an event
		case answer.Error != nil:
			return fmt.Errorf("%s: %s", method, answer.Error.Message)
		default:
			return nil
		}
	}
}

// fault is what the inspector says of a call that failed.
type fault struct {
	Message string `json:"message"`
}

// stop ends the profiler and returns what it has seen.
func (v *inspector) stop() (samples, error) {
	var got struct {
		Profile samples `json:"profile"`
	}
	err := v.call("Profiler.stop", &got)
	return got.Profile, err
}

// samples are a profile as the DevTools protocol has it (Profiler.Profile).
type samples struct {
	Nodes []struct {
		ID    int   `json:"id"`
		Frame frame `json:"callFrame"`
	} `json:"nodes"`
	Samples []int   `json:"samples"`    // node on top
	Deltas  []int64 `json:"timeDeltas"` // µs before each sample
}

type frame struct {
	Function string `json:"functionName"`
	URL      string `json:"url"`
}

// shares sums the time up by what it was spent in.
func (s samples) shares() (by map[string]int64, busy int64) {
	kinds := make(map[int]string, len(s.Nodes))
	for _, n := range s.Nodes {
		kinds[n.ID] = n.Frame.kind()
	}
	by = make(map[string]int64)
	for i, node := range s.Samples {
		if kind := kinds[node]; kind != "" {
			by[kind] += s.Deltas[i]
			busy += s.Deltas[i]
		}
	}
	return by, busy
}

// kind is what a function belongs to; nothing for idleness.
func (f frame) kind() string {
	switch {
	case f.Function == "(idle)":
		return ""
	case f.Function == "(garbage collector)":
		return "garbage of JavaScript"
	case strings.HasPrefix(f.URL, "wasm:"):
		return "the program in Go"
	case strings.HasSuffix(f.URL, ".js"):
		return "JavaScript: the front door, and the steps to Go and back"
	}
	return "workerd: requests, answers, calls of the object"
}

func (s samples) print(out io.Writer) {
	by, busy := s.shares()
	var kinds []string
	for kind := range by {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return int(by[b] - by[a]) })
	fmt.Fprintln(out, "\nwhere the time of gatehouse, modern goes, in its own thread")
	for _, kind := range kinds {
		fmt.Fprintf(out, "%5.1f %%  %s\n", 100*float64(by[kind])/float64(busy), kind)
	}
}
