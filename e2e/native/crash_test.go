package native

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/person"
	_ "gatehouse/store/sqlite" // the driver, to look into the file
)

const (
	crashes = 12
	workers = 6
)

// TestCrash kills the server under load, again and again, and holds it to all
// that it had said.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	var all []*holding // what must last through all of the crashes
	var personal []string
	held := make(map[state]int)
	for round := range crashes {
		personal = append(personal, p.personal(t, "ada", "math"))
		found := p.crash(t, round, personal[round])
		p = launch{data: p.data, addr: p.addr}.start(t)
		for _, h := range found {
			held[h.state]++
		}
		p.checkAll(t, found)
		for i, h := range found {
			if i%2 == 0 || h.state != redeemed {
				h.checkReplay(t, p.site)
			} else {
				all = append(all, h)
			}
		}
		checkStore(t, p.data)
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
	}

	p.checkAll(t, all)
	for _, h := range all {
		h.checkReplay(t, p.site)
	}
	for i, token := range personal {
		if r, err := p.modern(t.Context(), token, "add", `{"a":1,"b":2}`); err != nil || !adds(r, 3) {
			t.Errorf("personal token %d = %v, %v", i, r, err)
		}
	}
	lines := checkRecord(t, p.data, crashes)
	t.Logf("%d crashes: %d codes redeemed, %d whose answer was lost, %d kept for later; %d clients held through to the end; %d lines of record",
		crashes, held[redeemed], held[asked], held[issued], len(all), lines)
	if held[redeemed] < crashes {
		t.Error("too little was going on to learn anything")
	}
}

// crash works on the server until it kills it, and returns what the clients
// hold then.
func (p *process) crash(t *testing.T, round int, personal string) []*holding {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	held := make([][]*holding, workers)
	for w := range workers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				h := new(holding)
				err := h.live(ctx, p.site, person.New(fmt.Sprintf("person-%d-%d-%d", round, w, n)), personal)
				held[w] = append(held[w], h)
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(100*time.Millisecond + rand.N(500*time.Millisecond))
	p.kill()
	cancel()
	wg.Wait()
	var all []*holding
	for _, h := range held {
		all = append(all, h...)
	}
	return all
}

// state is how far the code of a holding has come.
type state int

const (
	nothing  state = iota
	issued         // there is a code
	asked          // its redemption was asked for, and the answer never came
	redeemed       // the answer came
)

// holding is what one client holds: what the server has acknowledged.
type holding struct {
	client         string
	verifier, code string
	state          state
	access         []string
	refresh        string // the newest
	session        string
}

// live goes on until the server does not answer, which is no failure. An
// answer that refuses is one.
func (h *holding) live(ctx context.Context, s site, who *person.Person, personal string) error {
	client, r, err := s.register(ctx)
	if err != nil {
		return nil
	}
	if client == "" {
		return fmt.Errorf("register = %v", r)
	}
	h.client, h.verifier = client, newVerifier()
	code, err := s.approve(ctx, who, client, h.verifier)
	if err != nil {
		return nil
	}
	h.code, h.state = code, issued
	if rand.N(8) == 0 {
		return nil // leaves the code for later
	}
	h.state = asked
	got, err := s.redeem(ctx, client, h.verifier, code)
	if err != nil {
		return nil
	}
	if got.status != http.StatusOK {
		return fmt.Errorf("redeem = %v", got.reply)
	}
	h.state = redeemed
	h.hold(got)
	return h.work(ctx, s, personal)
}

func (h *holding) hold(got tokens) {
	h.access = append(h.access, got.Access)
	h.refresh = got.Refresh
}

func (h *holding) work(ctx context.Context, s site, personal string) error {
	session, r, err := s.initialize(ctx, h.access[0])
	if err != nil {
		return nil
	}
	if session == "" {
		return fmt.Errorf("initialize = %v", r)
	}
	h.session = session
	for n := range 3 {
		got, err := s.refresh(ctx, h.client, h.refresh)
		if err != nil {
			return nil
		}
		if got.status != http.StatusOK {
			return fmt.Errorf("refresh = %v", got.reply)
		}
		h.hold(got)
		for _, token := range []string{got.Access, personal} {
			r, err := s.modern(ctx, token, "add", fmt.Sprintf(`{"a":%d,"b":1}`, n))
			if err != nil {
				return nil
			}
			if !adds(r, n+1) {
				return fmt.Errorf("call = %v", r)
			}
		}
	}
	return nil
}

// checkAll checks many holdings, a few at a time.
func (p *process) checkAll(t *testing.T, all []*holding) {
	t.Helper()
	next := make(chan *holding)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for h := range next {
				if err := h.check(t.Context(), p.site); err != nil {
					t.Errorf("a holding in state %d: %v", h.state, err)
				}
			}
		})
	}
	for _, h := range all {
		next <- h
	}
	close(next)
	wg.Wait()
}

// check finds out whether the server still knows all that it acknowledged.
func (h *holding) check(ctx context.Context, s site) error {
	if h.client == "" {
		return nil
	}
	r, err := s.send(ctx, "GET", strings.TrimPrefix(s.authorizeURL(h.client, newVerifier()), s.url), "", "", nil)
	if err != nil || r.status != http.StatusSeeOther {
		return fmt.Errorf("the client is gone: %v, %v", r, err)
	}
	switch h.state {
	case issued:
		got, err := s.redeem(ctx, h.client, h.verifier, h.code)
		if err != nil || got.status != http.StatusOK {
			return fmt.Errorf("the code is gone: %v, %v", got.reply, err)
		}
		h.hold(got)
		h.state = redeemed
		return h.checkTokens(ctx, s)
	case asked:
		return h.checkLost(ctx, s)
	case redeemed:
		return h.checkTokens(ctx, s)
	}
	return nil
}

// checkLost asks again, several times at once, for the tokens that may have
// been lost on the way: they can be had once more or not at all.
func (h *holding) checkLost(ctx context.Context, s site) error {
	var wg sync.WaitGroup
	answers := make([]tokens, 3)
	for i := range answers {
		wg.Go(func() { answers[i], _ = s.redeem(ctx, h.client, h.verifier, h.code) })
	}
	wg.Wait()
	for _, got := range answers {
		switch {
		case got.status == http.StatusOK && h.state == redeemed:
			return fmt.Errorf("the code was redeemed twice: %v", got.reply)
		case got.status == http.StatusOK:
			h.hold(got)
			h.state = redeemed
		case got.status != http.StatusBadRequest || got.Error != "invalid_grant":
			return fmt.Errorf("a lost code = %v", got.reply)
		}
	}
	if h.state == redeemed {
		return h.checkTokens(ctx, s)
	}
	return nil
}

func (h *holding) checkTokens(ctx context.Context, s site) error {
	for i, token := range h.access {
		if r, err := s.modern(ctx, token, "add", `{"a":20,"b":3}`); err != nil || !adds(r, 23) {
			return fmt.Errorf("access token %d of %d is gone: %v, %v", i+1, len(h.access), r, err)
		}
	}
	if h.session != "" {
		if r, err := s.legacy(ctx, h.access[0], h.session, "1", "add", `{"a":20,"b":4}`); err != nil || !adds(r, 24) {
			return fmt.Errorf("the session is gone: %v, %v", r, err)
		}
	}
	// If the answer to a refresh was lost in the crash, the token that got it
	// gets that answer now; and so it does a second time.
	first, err := s.refresh(ctx, h.client, h.refresh)
	if err != nil || first.status != http.StatusOK {
		return fmt.Errorf("the refresh token is gone: %v, %v", first.reply, err)
	}
	again, err := s.refresh(ctx, h.client, h.refresh)
	if err != nil || again.Refresh != first.Refresh || again.Access != first.Access {
		return fmt.Errorf("the refresh token got two answers: %v and %v, %v", first.reply, again.reply, err)
	}
	h.hold(first)
	return nil
}

// checkReplay shows that a code stays used. It may end the grant.
func (h *holding) checkReplay(t *testing.T, s site) {
	t.Helper()
	if h.state != redeemed {
		return
	}
	got, err := s.redeem(t.Context(), h.client, h.verifier, h.code)
	if err != nil || got.status != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Errorf("a code that was used = %v, %v", got.reply, err)
	}
}

// checkStore has SQLite look through the whole file.
func checkStore(t *testing.T, data string) {
	t.Helper()
	db := openStore(t, data)
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check = %q, %v", verdict, err)
	}
}

func openStore(t *testing.T, data string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "gatehouse.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// checkRecord reads the record of calls, and returns how many lines it has. A
// process that is killed leaves the line that it was writing as it is.
func checkRecord(t *testing.T, data string, crashes int) (lines int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	torn := 0
	for line := range bytes.Lines(text) {
		lines++
		if jsontext.Value(line).IsValid() && line[len(line)-1] == '\n' {
			continue
		}
		if torn++; torn > crashes {
			t.Errorf("line %d of the record is %q", lines, line)
		}
	}
	return lines
}

// TestCrashAtStart kills the server while it makes itself at home, which must
// not keep it from moving in the next time.
func TestCrashAtStart(t *testing.T) {
	t.Parallel()
	for range 8 {
		l := launch{data: filepath.Join(t.TempDir(), "new")}
		for range 3 {
			cmd := l.prepare(t)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(rand.N(50 * time.Millisecond))
			cmd.Process.Kill()
			cmd.Wait()
		}
		p := l.start(t)
		p.wantSum(t, p.personal(t, "ada", "math"), 1, 2)
		checkStore(t, p.data)
		p.kill()
	}
}
