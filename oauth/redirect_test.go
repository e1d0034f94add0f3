package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestCheckRedirect(t *testing.T) {
	private := []string{"cursor", "vscode", "com.example.app", "javascript", "data"}
	tests := []struct {
		name string
		uri  string
		ok   bool
	}{
		{"https", "https://ok.example/cb", true},
		{"https with port and query", "https://ok.example:8443/cb?a=b", true},
		{"https without path", "https://ok.example", true},
		{"https at an address", "https://192.0.2.7/cb", true},
		{"https at an IPv6 address", "https://[2001:db8::1]/cb", true},
		{"a name in its ASCII form", "https://xn--exmple-4uf.com/cb", true},
		{"loopback v4", "http://127.0.0.1:3000/cb", true},
		{"loopback v4 elsewhere in the block", "http://127.9.9.9/cb", true},
		{"loopback v6", "http://[::1]:3000/cb", true},
		{"localhost", "http://localhost:3000/cb", true},
		{"listed private-use scheme", "cursor://anysphere.cursor-retrieval/oauth/cb", true},
		{"listed private-use scheme with one slash", "com.example.app:/cb", true},

		{"empty", "", false},
		{"relative", "/cb", false},
		{"no scheme", "ok.example/cb", false},
		{"scheme alone", "https:", false},
		{"no host", "https:///cb", false},
		{"opaque", "https:ok.example/cb", false},
		{"too long", "https://ok.example/" + strings.Repeat("a", maxURI), false},
		{"fragment", "https://ok.example/cb#f", false},
		{"empty fragment", "https://ok.example/cb#", false},
		{"upper-case scheme", "HTTPS://ok.example/cb", false},
		{"remote http", "http://ok.example/cb", false},
		{"wildcard host", "https://*.ok.example/cb", false},
		{"wildcard path", "https://ok.example/*", false},
		{"user", "https://ok.example@evil.example/cb", false},
		{"user of a private-use scheme", "cursor://ok.example@evil/cb", false},
		{"user with encoded slash", "https://ok.example%2f@evil.example/cb", false},
		{"backslash before user", `https://ok.example\@evil.example/cb`, false},
		{"backslash in host", `https://evil.example\ok.example/cb`, false},
		{"encoded host", "https://ok%2eexample/cb", false},
		{"host in other letters", "https://exаmple.com/cb", false},
		{"dot segment", "https://ok.example/cb/../x", false},
		{"encoded dot segment", "https://ok.example/cb/%2e%2e/x", false},
		{"encoded slash and dots", "https://ok.example/cb%2f..", false},
		{"encoded backslash and dots", "https://ok.example/cb%5c../x", false},
		{"single dot", "https://ok.example/./cb", false},
		{"encoded newline", "https://ok.example/cb%0d%0aX:y", false},
		{"encoded NUL", "https://ok.example/%00", false},
		{"space in front", " https://ok.example/cb", false},
		{"tab inside", "ht\ttps://ok.example/cb", false},
		{"newline inside", "https://ok.example/cb\r\nX: y", false},
		{"NUL inside", "https://ok.example/\x00", false},
		{"empty port", "https://ok.example:/cb", false},
		{"port zero", "https://ok.example:0/cb", false},
		{"port with zeros", "https://ok.example:0443/cb", false},
		{"port too high", "https://ok.example:65536/cb", false},
		{"trailing dot", "https://ok.example./cb", false},
		{"empty label", "https://ok..example/cb", false},

		{"loopback look-alike", "http://127.0.0.1.evil.example/cb", false},
		{"octal loopback", "http://0177.0.0.1/cb", false},
		{"decimal loopback", "http://2130706433/cb", false},
		{"decimal loopback over https", "https://2130706433/cb", false},
		{"hexadecimal loopback", "http://0x7f000001/cb", false},
		{"hexadecimal last part", "https://127.0.0.0x1/cb", false},
		{"short loopback", "http://127.1/cb", false},
		{"loopback mapped into IPv6", "http://[::ffff:127.0.0.1]/cb", false},
		{"long form of IPv6 loopback", "http://[0:0:0:0:0:0:0:1]/cb", false},
		{"zone", "http://[::1%25eth0]/cb", false},
		{"localhost look-alike", "http://localhost.evil.example/cb", false},
		{"any address", "http://0.0.0.0/cb", false},

		{"javascript, even if listed", "javascript:alert(1)", false},
		{"javascript with slashes, even if listed", "javascript://ok.example/%0aalert(1)", false},
		{"mixed case", "JaVaScRiPt:alert(1)", false},
		{"data, even if listed", "data:text/html,x", false},
		{"data with slashes", "data:/text", false},
		{"vbscript", "vbscript:x", false},
		{"file", "file:///etc/passwd", false},
		{"blob", "blob:https://ok.example/1", false},
		{"about", "about:blank", false},
		{"intent", "intent://x/#Intent;end", false},
		{"private-use scheme that is not listed", "windsurf://cb", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckRedirect(tt.uri, private)
			if ok := err == nil; ok != tt.ok {
				t.Fatalf("CheckRedirect(%q) = %v, want ok = %v", tt.uri, err, tt.ok)
			}
			if e, is := errors.AsType[*Error](err); err != nil && (!is || e.Code != InvalidRedirectURI) {
				t.Errorf("CheckRedirect(%q) = %v, want code %s", tt.uri, err, InvalidRedirectURI)
			}
		})
	}
}

func TestMatchRedirect(t *testing.T) {
	tests := []struct {
		name       string
		registered string
		asked      string
		want       bool
	}{
		{"the same", "https://ok.example/cb", "https://ok.example/cb", true},
		{"a private-use scheme", "cursor://x/cb", "cursor://x/cb", true},
		{"another port on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1:9/cb", true},
		{"no port on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true},
		{"a port where none was registered", "http://[::1]/cb", "http://[::1]:9/cb", true},
		{"another port on localhost, with query", "http://localhost:1/cb?a=b", "http://localhost:2/cb?a=b", true},

		{"asked for nothing", "https://ok.example/cb", "", false},
		{"registered nothing", "", "", false},
		{"dot segment", "https://ok.example/cb", "https://ok.example/cb/../x", false},
		{"encoded slash", "https://ok.example/cb", "https://ok.example/cb%2f..", false},
		{"more query", "https://ok.example/cb", "https://ok.example/cb?x=1", false},
		{"fragment", "https://ok.example/cb", "https://ok.example/cb#f", false},
		{"trailing slash", "https://ok.example/cb", "https://ok.example/cb/", false},
		{"case of the scheme", "https://ok.example/cb", "HTTPS://ok.example/cb", false},
		{"case of the host", "https://ok.example/cb", "https://OK.example/cb", false},
		{"default port", "https://ok.example/cb", "https://ok.example:443/cb", false},
		{"another port on https", "https://ok.example:1/cb", "https://ok.example:2/cb", false},
		{"user", "https://ok.example/cb", "https://ok.example@evil.example/cb", false},
		{"encoded user", "https://ok.example/cb", "https://ok.example%2f@evil.example/cb", false},
		{"backslash", "https://ok.example/cb", `https://ok.example\@evil.example/cb`, false},
		{"homograph", "https://example.com/cb", "https://exаmple.com/cb", false},
		{"localhost for 127.0.0.1", "http://127.0.0.1:1/cb", "http://localhost:9/cb", false},
		{"another loopback address", "http://127.0.0.1:1/cb", "http://127.0.0.2:9/cb", false},
		{"IPv6 for IPv4", "http://127.0.0.1:1/cb", "http://[::1]:1/cb", false},
		{"https for http on loopback", "http://127.0.0.1:1/cb", "https://127.0.0.1/cb", false},
		{"another path on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1:1/other", false},
		{"another query on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb?x=1", false},
		{"empty query on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb?", false},
		{"look-alike of loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1.evil.example:1/cb", false},
		{"user on loopback", "http://127.0.0.1:1/cb", "http://127.0.0.1:1@evil.example/cb", false},

		{"stored remote http", "http://ok.example/cb", "http://ok.example/cb", false},
		{"stored wildcard", "https://*.ok.example/cb", "https://a.ok.example/cb", false},
		{"stored wildcard, literally", "https://ok.example/*", "https://ok.example/*", false},
		{"stored script", "javascript:alert(1)", "javascript:alert(1)", false},
		{"stored short loopback", "http://127.1/cb", "http://127.1/cb", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			registered := []string{"https://other.example/cb", tt.registered}
			if got := MatchRedirect(registered, tt.asked); got != tt.want {
				t.Errorf("MatchRedirect(%q, %q) = %v, want %v", tt.registered, tt.asked, got, tt.want)
			}
		})
	}
}

func TestRedirectHost(t *testing.T) {
	tests := []struct {
		uri      string
		host     string
		loopback bool
	}{
		{"https://ok.example:8443/cb", "ok.example", false},
		{"https://xn--exmple-4uf.com/cb", "xn--exmple-4uf.com", false},
		{"https://localhost/cb", "localhost", true},
		{"http://127.0.0.1:9/cb", "127.0.0.1", true},
		{"http://[::1]:9/cb", "::1", true},
		{"cursor://anysphere/cb", "cursor:", false},
		{"cursor://localhost/cb", "cursor:", false},
		{"javascript:alert(1)", "", false},
		{"http://evil.example/", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			if got := RedirectHost(tt.uri); got != tt.host {
				t.Errorf("RedirectHost = %q, want %q", got, tt.host)
			}
			if got := IsLoopbackRedirect(tt.uri); got != tt.loopback {
				t.Errorf("IsLoopbackRedirect = %v, want %v", got, tt.loopback)
			}
		})
	}
}

// What is accepted must mean the same to the parser of every browser, so it
// has to survive being parsed and written again.
func FuzzRedirect(f *testing.F) {
	for _, s := range []string{
		"https://ok.example/cb?a=b", "http://127.0.0.1:9/cb", "http://[::1]/cb", "cursor://x/cb", "com.example.app:/cb",
		"https://a@b/", `https://a\@b/`, "javascript:alert(1)", "https://ok.example:443", "http://127.1/", "https://%2f/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if CheckRedirect(uri, []string{"cursor", "com.example.app"}) != nil {
			if MatchRedirect([]string{"https://ok.example/cb"}, uri) {
				t.Errorf("%q is refused and matches", uri)
			}
			return
		}
		if !MatchRedirect([]string{uri}, uri) {
			t.Errorf("%q is accepted and does not match itself", uri)
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q is accepted and is no URL: %v", uri, err)
		}
		if got := u.String(); got != uri && !strings.HasSuffix(uri, "?") {
			if again, err := url.Parse(got); err != nil || again.Host != u.Host || again.Scheme != u.Scheme {
				t.Errorf("%q reads as %q", uri, got)
			}
		}
		switch u.Scheme {
		case "https", "cursor", "com.example.app":
		case "http":
			if !IsLoopbackRedirect(uri) {
				t.Errorf("%q is http and not loopback", uri)
			}
		default:
			t.Errorf("%q has scheme %q", uri, u.Scheme)
		}
		if u.User != nil || u.Fragment != "" || (u.Scheme == "https" && RedirectHost(uri) != u.Hostname()) {
			t.Errorf("%q: host %q reads as %q", uri, u.Hostname(), RedirectHost(uri))
		}
	})
}
