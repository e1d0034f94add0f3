package native

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/e2e/road"
)

// TestLockedStore holds the write lock of the store for longer than the server
// waits for it.
func TestLockedStore(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	s := p.stock(t)
	db := openStore(t, p.data)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run(t, conn, "BEGIN IMMEDIATE")
	before := rows(t, conn)

	began := time.Now()
	s.wantRefused(t)
	t.Logf("refused within %v", time.Since(began).Round(time.Millisecond))
	if after := rows(t, conn); after != before {
		t.Errorf("the store had %d rows, now %d", before, after)
	}
	p.WantSum(t, s.token, 2, 3)
	if r, err := p.Legacy(t.Context(), s.token, s.session, "1", "add", `{"a":4,"b":5}`); err != nil || !r.Adds(9) {
		t.Errorf("a call in a session = %v, %v", r, err)
	}

	run(t, conn, "ROLLBACK")
	s.wantServed(t)
}

// TestFullDisk lets no file grow any more: neither the store nor the record.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	s := p.stock(t)
	p.limit(t, "fsize", "1")
	s.wantRefused(t)
	p.awaitCalls(t, s.token, http.StatusServiceUnavailable)
	p.limit(t, "fsize", "unlimited")
	p.awaitCalls(t, s.token, http.StatusOK)
	s.wantServed(t)
	checkStore(t, p.data)
	checkRecord(t, p.data, 0)
}

// TestNoFiles lets the server open no more files, so that nobody new can
// connect. Those who have are served.
func TestNoFiles(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	s := p.stock(t)
	p.limit(t, "nofile", "3")
	for range 20 {
		defer p.dial(t).Close()
	}
	for range 20 {
		p.WantSum(t, s.token, 1, 2) // over the connection that is there
		time.Sleep(20 * time.Millisecond)
	}
	p.limit(t, "nofile", "1024")
	p.Client.CloseIdleConnections()
	s.wantServed(t)
}

// limit bounds what the running process may use.
func (p *process) limit(t *testing.T, resource, most string) {
	t.Helper()
	out, err := exec.Command("prlimit", "--pid", fmt.Sprint(p.cmd.Process.Pid), "--"+resource+"="+most+":").CombinedOutput()
	if err != nil {
		t.Skipf("this system cannot limit a running process: %v: %s", err, out)
	}
}

// TestBrokenRecord puts a folder where the record of calls was: what cannot be
// recorded is not done.
func TestBrokenRecord(t *testing.T) {
	t.Parallel()
	p := launch{}.start(t)
	s := p.stock(t)
	record := filepath.Join(p.data, "audit.jsonl")
	if err := errors.Join(os.Rename(record, record+".aside"), os.Mkdir(record, 0o700)); err != nil {
		t.Fatal(err)
	}
	p.awaitCalls(t, s.token, http.StatusServiceUnavailable)
	r, err := p.Legacy(t.Context(), s.token, s.session, "7", "add", `{"a":4,"b":5}`)
	if err != nil || !strings.Contains(r.Body, `"error":{"code":-32000`) || !strings.Contains(r.Body, `"id":7`) {
		t.Errorf("a call in a session = %v, %v", r, err)
	}
	if strings.Contains(r.Body, record) {
		t.Errorf("a stranger reads where the record is: %v", r)
	}
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	p.awaitCalls(t, s.token, http.StatusOK)
	p.terminate(t)
	<-p.exited
	checkRecord(t, p.data, 0)
}

// stock is what a client holds when a fault begins.
type stock struct {
	road.Way
	code    string // not redeemed yet
	refresh string
	token   string
	session string
}

func (p *process) stock(t *testing.T) *stock {
	t.Helper()
	got := p.Connect(t, p.Person("ada"), "math")
	k := &stock{Way: p.Way(got.Client, "math"), refresh: got.Refresh, token: got.Access, session: p.Session(t, got.Access)}
	var err error
	if k.code, err = k.Approve(t.Context(), p.Person("bob")); err != nil {
		t.Fatal(err)
	}
	p.WantSum(t, k.token, 1, 1)
	return k
}

// wantRefused asks, at the same time, for all that must be written down. A
// browser is sent back to the client, which hears of it in the words of OAuth
// (RFC 6749, section 4.1.2.1).
func (k *stock) wantRefused(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	asks := map[string]func() (road.Reply, error){
		"register": func() (road.Reply, error) {
			_, r, err := k.Register(ctx)
			return r, err
		},
		"redeem": func() (road.Reply, error) {
			got, err := k.Redeem(ctx, k.code)
			return got.Reply, err
		},
		"refresh": func() (road.Reply, error) {
			got, err := k.Refresh(ctx, k.Client, k.refresh)
			return got.Reply, err
		},
		"initialize": func() (road.Reply, error) {
			_, r, err := k.Initialize(ctx, k.token)
			return r, err
		},
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		away, err := k.Person("carl").Follow(ctx, k.Site.Way(k.Client, "math").Start())
		if err != nil || away.Query().Get("error") != "temporarily_unavailable" {
			t.Errorf("authorize = %v, %v", away, err)
		}
	})
	for name, ask := range asks {
		wg.Go(func() {
			r, err := ask()
			if err != nil || r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
				t.Errorf("%s = %v %v, %v, want a 503 that says when to come back", name, r, r.Header, err)
			}
		})
	}
	wg.Wait()
}

// wantServed shows that nothing that was refused has left a trace: the code
// and the refresh token are as good as they were.
func (k *stock) wantServed(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if id, r, err := k.Register(ctx); id == "" {
		t.Errorf("register = %v, %v", r, err)
	}
	if got, err := k.Redeem(ctx, k.code); err != nil || got.Status != http.StatusOK {
		t.Errorf("redeem = %v, %v", got.Reply, err)
	} else {
		k.WantSum(t, got.Access, 5, 6)
	}
	if got, err := k.Refresh(ctx, k.Client, k.refresh); err != nil || got.Status != http.StatusOK {
		t.Errorf("refresh = %v, %v", got.Reply, err)
	} else {
		k.WantSum(t, got.Access, 6, 7)
	}
	k.WantSum(t, k.token, 7, 8)
	k.Session(t, k.token)
}

// awaitCalls calls until the answers have this status. What is written down in
// batches notices a fault at the next batch.
func (p *process) awaitCalls(t *testing.T, token string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for {
		r, err := p.Modern(ctx, token, "add", `{"a":1,"b":1}`)
		if err != nil {
			t.Fatalf("no call has ended with %d: %v", status, err)
		}
		if r.Status == status {
			if status != http.StatusOK && !strings.Contains(r.Body, `"error":{"code":-32000`) {
				t.Errorf("a call = %v", r)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func run(t *testing.T, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// rows counts the records in the store.
func rows(t *testing.T, conn *sql.Conn) (n int) {
	t.Helper()
	if err := conn.QueryRowContext(t.Context(), "SELECT count(*) FROM items").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
