package production

import (
	"strings"
	"testing"
	"time"
)

func TestPersonalTokens(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "http")
	p.configure(t, "login: {password: true}")
	p.start(t)
	p.do(t, password+"\n", "user", "add", "ada")
	token, other := p.personal(t, "ada"), p.personal(t, "ada")
	if !strings.HasPrefix(token, "gth_pt_") {
		t.Errorf("the token is %s", token)
	}
	p.WantCaller(t, token, "ada")
	p.WantCaller(t, other, "ada")

	list := strings.Split(p.do(t, "", "token", "list"), "\n")
	if len(list) != 3 || !strings.Contains(list[1], "script") || strings.Contains(list[1], token) {
		t.Fatalf("token list = %q", list)
	}
	for _, row := range list[1:] {
		if id := strings.Fields(row)[0]; strings.Contains(token, id) {
			p.do(t, "", "token", "revoke", id)
		}
	}
	eventually(t, 6*time.Second, "the token is refused", func() bool { return p.Refuses(t, token) })
	p.WantCaller(t, other, "ada")

	p.do(t, "", "user", "disable", "ada")
	eventually(t, 6*time.Second, "the other token has ended with its account", func() bool { return p.Refuses(t, other) })

	ci := p.personal(t, "ci") // nobody's account
	p.WantCaller(t, ci, "ci")
}
