package login

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/oauth"
)

// Cookie is one kind of secret that a browser keeps for an issuer.
type Cookie struct {
	Issuer string
	Name   string
	Life   time.Duration
}

// secretLength is that of 256 bits in base64url.
const secretLength = 43

// Read returns the secret that the browser sent, if it has the form of one of
// ours.
func (c Cookie) Read(r *http.Request) (string, bool) {
	cookie, err := r.Cookie(c.name())
	if err != nil || len(cookie.Value) != secretLength {
		return "", false
	}
	return cookie.Value, true
}

// Write gives the browser a secret to keep.
func (c Cookie) Write(w http.ResponseWriter, secret string) {
	c.set(w, secret, int(c.Life.Seconds()))
}

// Clear makes the browser forget the secret.
func (c Cookie) Clear(w http.ResponseWriter) { c.set(w, "", -1) }

func (c Cookie) set(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name:     c.name(),
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   c.secure(),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

func (c Cookie) secure() bool { return strings.HasPrefix(c.Issuer, "https://") }

// name has the prefix by which browsers refuse cookies that another host of
// the domain, or plain http, tries to plant (RFC 6265bis, section 4.1.3.2).
// Without TLS there is no such thing, and all ports of a host share their
// cookies, so there the port is part of the name.
func (c Cookie) name() string {
	if c.secure() {
		return "__Host-gatehouse-" + c.Name
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Port() == "" {
		return "gatehouse-" + c.Name
	}
	return "gatehouse-" + c.Name + "-" + u.Port()
}

// NewSecret returns 256 random bits as text.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// key is the name that a secret's record is kept under: nobody who reads the
// store can use it as a cookie.
func key(secret string) string {
	hash := oauth.HashToken(secret)
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
