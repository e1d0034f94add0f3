package clients

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"code.dny.dev/ssrf"
)

// PublicDoorOver is [PublicDoor] for a target that cannot see what it dials:
// it leads over transport to port 443 of addresses that are public as far as
// their URL shows. What a name resolves to stays the transport's business.
func PublicDoorOver(transport http.RoundTripper) *http.Client {
	return doorOver(shown{transport, ssrf.New(ssrf.WithPorts(443))})
}

// LoopbackDoorOver is [LoopbackDoor] over transport.
func LoopbackDoorOver(transport http.RoundTripper) *http.Client { return doorOver(transport) }

func doorOver(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:       fetchTimeout,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shown refuses what a URL shows to be no public server.
type shown struct {
	next  http.RoundTripper
	guard *ssrf.Guardian
}

func (s shown) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := s.check(r.URL); err != nil {
		return nil, err
	}
	return s.next.RoundTrip(r)
}

// plainName is a DNS name with a dot in it. Anything else could become one, or
// an address, only in the hands of who reads it as browsers do.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$`)

// number is the last label of what browsers read as an IPv4 address, such as
// 0x7f.1 (WHATWG URL, "ends in a number").
var number = regexp.MustCompile(`\.([0-9]+|0[xX][0-9A-Fa-f]*)$`)

// private are the ends of names that only some network knows.
var private = []string{".localhost", ".local", ".internal", ".home.arpa"}

func (s shown) check(u *url.URL) error {
	if port := u.Port(); u.Scheme != "https" || port != "" && port != "443" {
		return fmt.Errorf("%s: only https on port 443 is reached from here", u.Host)
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		return s.guard.SafeAddr(addr)
	}
	if !plainName.MatchString(host) || number.MatchString(host) {
		return fmt.Errorf("%s: this is no name of a public server", u.Host)
	}
	for _, end := range private {
		if strings.HasSuffix(strings.ToLower(host), end) {
			return fmt.Errorf("%s: this is no name of a public server", u.Host)
		}
	}
	return nil
}
