package production

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"gatehouse/e2e/authority"
	"gatehouse/e2e/person"
	"gatehouse/e2e/road"
)

// secured is a place that serves TLS by files and logs in by password.
func secured(t *testing.T) *place {
	t.Helper()
	p := newPlace(t, "https")
	cert, key := authority.The().Pair(t, "localhost", "127.0.0.1")
	p.configure(t, fmt.Sprintf("tls: {cert: %s, key: %s}\nlogin: {password: true}",
		p.write(t, "cert.pem", cert), p.write(t, "key.pem", key)))
	return p
}

func TestFiles(t *testing.T) {
	t.Parallel()
	p := secured(t)
	p.do(t, password+"\n", "user", "add", "ada")
	p.start(t)
	ada := p.Person("ada")
	got := p.Connect(t, ada, everything)
	p.WantCaller(t, got.Access, "ada")

	t.Run("what the browser keeps is for this host and for TLS alone", func(t *testing.T) {
		p.wantCookies(t, ada)
	})
	t.Run("answers come over HTTP/2", func(t *testing.T) {
		r := p.Get(t, "/")
		if r.Proto != "HTTP/2.0" || r.Status != http.StatusOK {
			t.Errorf("the home page came by %s: %v", r.Proto, r)
		}
	})
	t.Run("a stream runs over HTTP/2", func(t *testing.T) { p.wantStream(t, p.personal(t, "ada")) })
	t.Run("TLS 1.1 is refused, 1.2 is not", func(t *testing.T) {
		p.wantHandshake(t, "localhost", tls.VersionTLS11, false)
		p.wantHandshake(t, "localhost", tls.VersionTLS12, true)
	})
	t.Run("plain HTTP at the same port is told so", func(t *testing.T) {
		res, err := http.Get("http://" + p.addr + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("plain HTTP = %s", res.Status)
		}
	})
}

// wantCookies logs in again with a jar that shows what it was given: the
// prefix says to a browser what else the cookie must be.
func (p *place) wantCookies(t *testing.T, who *person.Person) {
	t.Helper()
	var seen []*http.Cookie
	who = p.Person(who.Name)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	who.Client.Jar = watched{jar, &seen}
	p.Connect(t, who, everything)
	names := map[string]bool{}
	for _, c := range seen {
		names[c.Name] = true
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %s", c)
		}
	}
	if !names["__Host-gatehouse-session"] {
		t.Errorf("the cookies are %v", names)
	}
}

// watched is a jar that shows what is put into it.
type watched struct {
	*cookiejar.Jar
	seen *[]*http.Cookie
}

func (w watched) SetCookies(u *url.URL, cookies []*http.Cookie) {
	*w.seen = append(*w.seen, cookies...)
	w.Jar.SetCookies(u, cookies)
}

// wantStream opens the stream of the oldest transport, and has an answer sent
// over it (HTTP+SSE, 2024-11-05).
func (p *place) wantStream(t *testing.T, token string) {
	t.Helper()
	res, err := p.Begin(t.Context(), road.Request{Method: http.MethodGet, Path: "/sse", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Fatalf("the stream = %s by %s", res.Status, res.Proto)
	}
	lines := bufio.NewScanner(res.Body)
	endpoint := nextData(t, lines)
	r := p.Ask(t, road.Request{Path: strings.TrimPrefix(endpoint, p.URL), Token: token, Body: `{"jsonrpc":"2.0","id":7,"method":"initialize",` +
		`"params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`})
	if r.Status != http.StatusAccepted {
		t.Fatalf("the message = %v", r)
	}
	if got := nextData(t, lines); !strings.Contains(got, `"id":7`) || !strings.Contains(got, `"serverInfo"`) {
		t.Errorf("the stream says %s", got)
	}
}

func nextData(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return ""
}
