package session

// keep puts a session into memory. If one of its id is there already, that one
// goes on.
func (s *Store) keep(of *Session) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.live[of.id]; first != nil {
		return first
	}
	s.live[of.id] = of
	if of.key != "" {
		s.byKey[of.key] = of
	}
	return of
}

func (s *Store) drop(of *Session) {
	s.mu.Lock()
	if s.live[of.id] == of {
		delete(s.live, of.id)
		delete(s.byKey, of.key)
	}
	s.mu.Unlock()
	of.end()
}

// inMemory looks a session up by the key of its record.
func (s *Store) inMemory(key string) *Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byKey[key]
}

// sweep drops from memory what is no longer live, once in a while. Their
// records expire by themselves.
func (s *Store) sweep() {
	now := s.now()
	s.mu.Lock()
	var dead []*Session
	if now.Sub(s.swept) >= sweepEvery {
		s.swept = now
		for _, of := range s.live {
			if !of.live(now, s.life) {
				dead = append(dead, of)
			}
		}
	}
	s.mu.Unlock()
	for _, of := range dead {
		s.drop(of)
	}
}
