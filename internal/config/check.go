package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gatehouse/internal/httpx"
)

// CheckServe returns everything that keeps the configuration from serving in
// production, or nil.
func (c *Config) CheckServe() error {
	var errs []error
	if len(c.URLs) == 0 {
		errs = append(errs, c.Fault("urls", "no public URL; clients need to know where this server is. Add one, such as urls: [https://mcp.example.com]"))
	}
	if !c.Login.Password && len(c.Login.OIDC) == 0 && c.Login.GitHub == nil {
		errs = append(errs, c.Fault("login", "no way to log in. Add login: {password: true}, an oidc provider or github"))
	}
	errs = append(errs, c.checkLogin()...)
	errs = append(errs, c.checkListen()...)
	return Join(append(errs, c.CheckDev())...)
}

// CheckDev returns everything that keeps the configuration from serving with
// the development login, or nil.
func (c *Config) CheckDev() error {
	var errs []error
	for i, u := range c.URLs {
		if err := CheckURL(u); err != nil {
			errs = append(errs, c.Fault(item("urls", i), "%v", err))
		}
	}
	errs = append(errs, c.checkClients()...)
	errs = append(errs, c.checkRest()...)
	return Join(append(errs, c.CheckBackends())...)
}

// item is the path of one thing in a list.
func item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// CheckURL returns what is wrong with a public URL: it must be https, or http
// on a loopback address, and have neither path nor query nor fragment.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%q is no URL; write one like https://mcp.example.com", text)
	case u.Scheme != "https" && (u.Scheme != "http" || !httpx.IsLoopback(u.Hostname())):
		return fmt.Errorf("%q must begin with https:// (http:// is for loopback addresses only)", text)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#"):
		return fmt.Errorf("%q must end after the host: write %s://%s", text, u.Scheme, u.Host)
	case u.User != nil:
		return fmt.Errorf("%q must not hold a name or password", text)
	case u.Host != strings.ToLower(u.Host):
		return fmt.Errorf("%q must be in lower case: write %s://%s", text, u.Scheme, strings.ToLower(u.Host))
	case u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80":
		return fmt.Errorf("%q must leave out the usual port: write %s://%s", text, u.Scheme, u.Hostname())
	}
	return nil
}

// providerID stands in addresses and in front of the names of people.
var providerID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *Config) checkLogin() (errs []error) {
	seen := map[string]bool{"dev": true, "password": true, "github": true}
	for i, p := range c.Login.OIDC {
		at := item("login.oidc", i)
		if !providerID.MatchString(p.ID) || seen[p.ID] {
			errs = append(errs, c.Fault(at+".id", "%q: every provider needs an id of its own, of lower-case letters, digits and hyphens", p.ID))
		}
		seen[p.ID] = true
		if !isSecure(p.Issuer) {
			errs = append(errs, c.Fault(at+".issuer", "issuer %q must be an https URL", p.Issuer))
		}
		if p.ClientID == "" {
			errs = append(errs, c.Fault(at, "no client_id; register this server at the provider"))
		}
	}
	if g := c.Login.GitHub; g != nil {
		if g.ClientID == "" || g.ClientSecret == "" {
			errs = append(errs, c.Fault("login.github", "client_id and client_secret are both needed; make an OAuth app at GitHub"))
		}
		if len(g.Users) == 0 && len(g.Orgs) == 0 {
			errs = append(errs, c.Fault("login.github", "name the users or orgs who may log in; without them anybody on GitHub could"))
		}
	}
	return errs
}

func (c *Config) checkListen() (errs []error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		errs = append(errs, c.Fault("addr", "%q is not host:port; write one like 127.0.0.1:8787, or :443 for all addresses", c.Addr))
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		errs = append(errs, c.Fault("tls", "cert and key belong together"))
	}
	own := c.TLS.Cert != "" || c.TLS.ACME != nil
	if c.TLS.Cert != "" && c.TLS.ACME != nil {
		errs = append(errs, c.Fault("tls", "either cert and key, or acme"))
	}
	https := slices.ContainsFunc(c.URLs, func(u string) bool { return strings.HasPrefix(u, "https://") })
	if https && !own && len(c.Proxies) == 0 && !httpx.IsLoopback(host) {
		errs = append(errs, c.Fault("tls", "the URLs are https, but %s would speak plain HTTP to everybody. Add tls, or name the proxies in front of it, or listen on a loopback address", c.Addr))
	}
	if c.TLS.ACME != nil {
		errs = append(errs, c.checkACME()...)
	}
	for i, p := range c.Proxies {
		if _, err := ParsePrefix(p); err != nil {
			errs = append(errs, c.Fault(item("proxies", i), "%v", err))
		}
	}
	return errs
}

// checkACME finds what no certificate could be got for. Those who ask for an
// address do not say so in the handshake (RFC 6066, section 3).
func (c *Config) checkACME() (errs []error) {
	for _, text := range c.URLs {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" {
			continue
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
			errs = append(errs, c.Fault("tls.acme", "%s: a certificate by ACME is for a DNS name with a dot in it; use cert and key", text))
		}
	}
	if d := c.TLS.ACME.Directory; d != "" && !isSecure(d) {
		errs = append(errs, c.Fault("tls.acme.directory", "directory %q must be an https URL", d))
	}
	return errs
}

// isSecure reports whether a URL is https, or does not leave this machine.
func isSecure(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && httpx.IsLoopback(u.Hostname()))
}

// ParsePrefix reads an address, or a range of them such as 10.0.0.0/8.
func ParsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%q is neither an address nor a range such as 10.0.0.0/8", text)
	}
	return p.Masked(), nil
}

func (c *Config) checkClients() (errs []error) {
	ids := map[string]bool{}
	for i, cl := range c.Clients {
		at := item("clients", i)
		if cl.ID == "" || ids[cl.ID] {
			errs = append(errs, c.Fault(at, "%q: every client needs an id of its own", cl.ID))
		}
		ids[cl.ID] = true
		for j, g := range cl.Grants {
			if !slices.Contains([]string{"authorization_code", "refresh_token", "client_credentials"}, g) {
				errs = append(errs, c.Fault(item(at+".grants", j), "no such grant: %s", g))
			}
		}
		if (cl.Auth == "client_secret_basic" || cl.Auth == "client_secret_post") && cl.Secret == "" {
			errs = append(errs, c.Fault(at, "auth %s needs a secret", cl.Auth))
		}
		if cl.Auth == "private_key_jwt" && (cl.JWKS == "") == (cl.JWKSURI == "") {
			errs = append(errs, c.Fault(at, "auth private_key_jwt needs jwks or jwks_uri, and not both"))
		}
		public := cl.Auth == "" || cl.Auth == "none"
		if public && slices.Contains(cl.Grants, "client_credentials") {
			errs = append(errs, c.Fault(at, "client_credentials needs a client that authenticates (RFC 6749, section 4.4)"))
		}
	}
	return errs
}

func (c *Config) checkRest() (errs []error) {
	if c.Limits.Depth < 8 || c.Limits.Batch < 1 || c.Limits.Sessions < 1 || c.Limits.Streams < 1 || c.Limits.Registrations < 0 {
		errs = append(errs, c.Fault("limits", "depth must be at least 8, batch, sessions and streams at least 1, registrations at least 0"))
	}
	for i, o := range c.Origins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || o != u.Scheme+"://"+u.Host {
			errs = append(errs, c.Fault(item("origins", i), "%q is no origin; write one like https://app.example.com", o))
		}
	}
	return errs
}
