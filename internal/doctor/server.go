package doctor

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"
)

// serverRecord is what an authorization server says of itself (RFC 8414,
// section 2).
type serverRecord struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Registration  string   `json:"registration_endpoint"`
	Documents     bool     `json:"client_id_metadata_document_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Responses     []string `json:"response_types_supported"`
	NamesItself   bool     `json:"authorization_response_iss_parameter_supported"`
}

// readServer finds the metadata of the authorization server, in the order in
// which clients look for it.
func (w *walk) readServer(ctx context.Context) bool {
	const step = "server"
	if w.open {
		return true
	}
	issuer := w.resource.Servers[0]
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		w.fail(step, "let authorization_servers hold the issuer's https URL.", "%s is not the URL of an issuer", issuer)
		return false
	}
	places := []string{wellKnown(u, "oauth-authorization-server"), wellKnown(u, "openid-configuration")}
	if path := strings.TrimRight(u.EscapedPath(), "/"); path != "" {
		places = append(places, origin(u)+path+"/.well-known/openid-configuration")
	}
	found := w.readFirst(ctx, step, places, func(from string) error {
		w.server = serverRecord{}
		return w.read(ctx, from, &w.server)
	})
	if !found {
		w.fail(step, "serve the authorization server's metadata at "+places[0]+" (RFC 8414, section 3).", "no metadata at %s", words(places))
		return false
	}
	w.checkIssuer(issuer)
	w.checkPKCE()
	return w.checkEndpoints()
}

// checkIssuer holds the issuer to the very string that led here (RFC 8414,
// section 3.3).
func (w *walk) checkIssuer(issuer string) {
	const step = "server"
	switch {
	case w.server.Issuer == issuer:
		w.fine(step, "issuer %s", issuer)
	case strings.TrimRight(w.server.Issuer, "/") == strings.TrimRight(issuer, "/"):
		w.fail(step, "write the issuer the same way in authorization_servers and in its own metadata: one has a slash at the end.",
			"issuer %s, but authorization_servers says %s", w.server.Issuer, issuer)
	default:
		w.fail(step, "let issuer in the authorization server's metadata be the string that authorization_servers has.",
			"issuer %s, but authorization_servers says %s", orNothing(w.server.Issuer), issuer)
	}
}

func (w *walk) checkPKCE() {
	const step = "server"
	if slices.Contains(w.server.Challenges, "S256") {
		w.fine(step, "proof keys %s", words(w.server.Challenges))
		return
	}
	w.fail(step, `say code_challenge_methods_supported: ["S256"] in the authorization server's metadata; without it MCP clients refuse to go on.`,
		"proof keys: %s, not S256", words(w.server.Challenges))
}

func (w *walk) checkEndpoints() bool {
	const step = "server"
	for _, e := range []struct{ name, at string }{
		{"authorization_endpoint", w.server.Authorization},
		{"token_endpoint", w.server.Token},
	} {
		if !safe(e.at) {
			w.fail(step, "give the authorization server an "+e.name+" at an https URL.", "%s: %s", e.name, orNothing(e.at))
			return false
		}
	}
	if len(w.server.Responses) > 0 && !slices.Contains(w.server.Responses, "code") {
		w.fail(step, `support response type "code".`, "response types: %s, not code", words(w.server.Responses))
		return false
	}
	return true
}

// safe reports whether secrets may be sent to that URL: by https, or to this
// machine.
func safe(to string) bool {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
