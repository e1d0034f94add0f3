package gateway

import "time"

// The states of a backend.
const (
	fine        = "ok"
	stale       = "stale"       // what is shown of it is the last that it said
	unreachable = "unreachable" // it has never answered, and nothing of it is shown
	untried     = "untried"     // nobody has asked for it yet
)

// Status is how a backend does, for operators.
type Status struct {
	Name  string `json:"name"`
	Kind  string `json:"kind,omitzero"`
	State string `json:"state"` // "ok", "stale", "unreachable" or "untried"

	// Since is when a state that is not "ok" began, and Error with what. The
	// error is for operators alone.
	Since time.Time `json:"since,omitzero"`
	Error string    `json:"error,omitzero"`

	// What clients see of it.
	Tools     int `json:"tools"`
	Prompts   int `json:"prompts"`
	Resources int `json:"resources"`
	Templates int `json:"templates"`

	Running  int      `json:"running"` // calls
	Waiting  int      `json:"waiting"` // calls that have no place yet
	Breaker  string   `json:"breaker"` // "closed" if calls reach it, "open" or "half-open" if they do not
	Withheld []string `json:"withheld,omitempty"`

	// Notes are what the backend has to say of itself, names that were mended
	// or were taken, and entries that were left out.
	Notes []string `json:"notes,omitempty"`
}

// Status says how each backend does, in the order of the mounts.
func (g *Gateway) Status() []Status {
	cat := g.now.Load()
	if cat == nil {
		return nil
	}
	all := make([]Status, len(cat.mounts))
	at := make(map[*mount]*Status)
	byName := make(map[string]*Status)
	for i, m := range cat.mounts {
		all[i] = m.status()
		at[m], byName[m.Name] = &all[i], &all[i]
	}
	for _, r := range cat.tools {
		at[r.mount].Tools++
	}
	for _, r := range cat.prompts {
		at[r.mount].Prompts++
	}
	for _, r := range cat.resources {
		at[r.mount].Resources++
	}
	for _, r := range cat.templates {
		at[r.mount].Templates++
	}
	for _, r := range cat.reports {
		s := byName[r.backend]
		s.Notes = append(s.Notes, r.String())
	}
	return all
}

func (m *mount) status() Status {
	s := Status{
		Name:    m.Name,
		Kind:    m.Kind,
		State:   fine,
		Breaker: m.line.breaker.State(),
	}
	s.Running, s.Waiting = m.gate.Counts()
	p := m.line.part.Load()
	if p != nil {
		s.Withheld = p.withheld
	}
	since, err := m.line.stale()
	switch {
	case p == nil && since.IsZero():
		s.State = untried
	case p == nil:
		s.State = unreachable
	case !since.IsZero():
		s.State = stale
	}
	s.Since = since
	if err != nil {
		s.Error = err.Error()
	}
	if n, ok := m.Backend.(Noter); ok {
		s.Notes = n.Notes()
	}
	return s
}

// stale says since when a backend could not say what it offers, and why. It is
// zero if it could.
func (l *line) stale() (since time.Time, cause error) {
	if t := l.trouble.Load(); t != nil {
		return t.since, t.err
	}
	if l.ager != nil {
		return l.ager.Stale()
	}
	return time.Time{}, nil
}
