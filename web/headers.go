package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// setHeaders says what a browser may do with a page. formTargets are where its
// forms may lead besides this host.
//
// There is no Cross-Origin-Opener-Policy: web clients open /authorize in a
// popup, and any such policy would cut the client's own callback page, which
// comes after ours in that popup, off from the window that waits for it.
func setHeaders(h http.Header, formTargets ...string) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(formTargets))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // URLs here hold codes and states
	h.Set("Cache-Control", "no-store")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

func policy(formTargets []string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src '" + look().hash + "'",
		"img-src 'self'",
		"form-action " + strings.Join(slices.Concat([]string{"'self'"}, formTargets), " "),
		"frame-ancestors 'none'",
		"base-uri 'none'",
	}, "; ")
}

// FormTargets returns the sources that the form-action of a page must allow
// for its form to end at a redirect URI. Chromium holds every redirect after
// a form to that list. Web clients like to redirect once more, to another
// https host of theirs, and so do native ones, to a page that says "done":
// without https as a whole the browser would stop there without a word.
func FormTargets(redirectURI string) []string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil || u.Scheme == "":
		return nil
	case u.Scheme == "https":
		return []string{"https:"}
	case u.Scheme != "http":
		return []string{u.Scheme + ":", "https:"}
	case strings.Contains(u.Hostname(), ":"):
		return []string{"http:", "https:"} // a source cannot name an IPv6 address
	}
	return []string{"http://" + u.Host, "https:"}
}
