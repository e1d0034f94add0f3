package production

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAccounts(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "http")
	p.configure(t, "login: {password: true}")
	p.do(t, password+"\n", "user", "add", "Ada") // before the first start
	p.start(t)
	p.do(t, password+"\n", "user", "add", "bob") // while it runs

	t.Run("a wrong password is said on the page, and the right one works then", func(t *testing.T) {
		ada := p.Person("ada")
		start := p.Way(p.Registered(t), everything).Start()
		ada.Password = "something else"
		if _, err := ada.Follow(t.Context(), start); err == nil ||
			!strings.Contains(err.Error(), "403 Forbidden") || !strings.Contains(err.Error(), "The name or the password is not right.") {
			t.Errorf("a wrong password = %v", err)
		}
		ada.Password = password
		p.WantCaller(t, p.Connect(t, ada, everything).Access, "ada")
	})

	t.Run("a name that nobody has reads the same", func(t *testing.T) {
		_, err := p.Person("nobody").Follow(t.Context(), p.Way(p.Registered(t), everything).Start())
		if err == nil || !strings.Contains(err.Error(), "The name or the password is not right.") {
			t.Errorf("nobody = %v", err)
		}
	})

	t.Run("who guesses must wait", func(t *testing.T) {
		eve := p.Person("eve")
		eve.Password = "a guess of eve's"
		start := p.Way(p.Registered(t), everything).Start()
		var err error
		for range 10 { // a slow machine waits by itself at first
			if _, err = eve.Follow(t.Context(), start); err != nil && strings.Contains(err.Error(), "429") {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), "Too many attempts to log in. Try again in") {
			t.Errorf("the last guess = %v", err)
		}
	})

	t.Run("a disabled account is out within seconds, with its tokens and sessions", func(t *testing.T) {
		bob := p.Person("bob")
		got := p.Connect(t, bob, everything)
		p.WantCaller(t, got.Access, "bob")
		p.do(t, "", "user", "disable", "bob")
		eventually(t, 6*time.Second, "bob is out", func() bool { return p.Refuses(t, got.Access) })
		if _, err := bob.Follow(t.Context(), p.Way(p.Registered(t), everything).Start()); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("bob logs in again: %v", err)
		}
		if list := p.do(t, "", "user", "list"); !strings.Contains(list, "disabled") || !strings.Contains(list, "active") {
			t.Errorf("user list = %s", list)
		}
	})

	t.Run("a new password replaces the old one", func(t *testing.T) {
		p.do(t, "an entirely new one\n", "user", "passwd", "ada")
		ada := p.Person("ada")
		if _, err := ada.Follow(t.Context(), p.Way(p.Registered(t), everything).Start()); err == nil {
			t.Error("the old password still works")
		}
		ada.Password = "an entirely new one"
		p.WantCaller(t, p.Connect(t, ada, everything).Access, "ada")
	})

	t.Run("a short password is refused", func(t *testing.T) {
		got := p.run(t, "nine char\n", "user", "add", "carl", "--data", p.data())
		if got.code != 1 || !strings.Contains(got.stderr, "10") {
			t.Errorf("user add = %+v", got)
		}
	})

	t.Run("the record has who came and who did not", func(t *testing.T) {
		if r := p.Get(t, "/healthz"); r.Status != http.StatusOK {
			t.Errorf("/healthz = %v", r)
		}
		p.wantRecord(t, `"subject":"password:ada"`, `"name":"eve"`)
	})
}
