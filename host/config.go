package host

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"gatehouse/gateway"
	"gatehouse/mcp"
	"gatehouse/oauth"
	"gatehouse/oauth/clients"
	"gatehouse/oauth/login"
	"gatehouse/store"
)

// Config is what the operator decided. It has been checked.
type Config struct {
	Name string   // what people see on the pages
	URLs []string // each is an issuer of its own, without a trailing slash

	// Dev relaxes what keeps a server on the same machine from being used:
	// clients on loopback register without limit.
	Dev bool

	Proxies         []netip.Prefix // whose X-Forwarded-For is believed
	Origins         []string       // of web pages that may call the endpoint
	RedirectSchemes []string       // private-use schemes of native clients
	Registration    bool           // clients may register themselves
	Clients         []oauth.Client // that the operator vouches for
	Shards          int            // stores that grants are spread over; 0 is one

	// KeepAlive is how long a stream may be silent before a comment is sent;
	// zero means 15 seconds. A silent stream is cut by some proxies, and on
	// some targets only a write finds out that the client is gone.
	KeepAlive time.Duration

	Limits Limits
	Tokens Tokens
}

// Limits bound what one caller can cost.
type Limits struct {
	Body          int64 // bytes of one request
	JSON          mcp.Limits
	Sessions      int // legacy sessions, per person
	Streams       int // open streams, per person
	Registrations int // of clients, per address and hour
}

// Tokens says how long they live.
type Tokens struct {
	Access      time.Duration
	RefreshIdle time.Duration
	Grant       time.Duration
}

// Parts are the drivers and parts that an entry point chose.
type Parts struct {
	Store     store.KV
	Keys      *store.Keyring
	Audit     gateway.Recorder
	Mounts    []gateway.Mount
	ScopeText map[string]string // scope to a sentence for people
	Providers []login.Provider  // the ways to log in
	Log       *slog.Logger
	Version   string

	// Cache keeps documents of strangers. With a nil one the store does.
	Cache store.Cache

	// Public and Loopback lead to documents whose addresses strangers choose.
	// Nil ones dial for themselves.
	Public, Loopback clients.Door

	// Active reports whether a person may still come in. Nil lets all in whom
	// a provider does.
	Active func(ctx context.Context, subject string) (bool, error)
}

// Name returns the host name of a URL, without its port.
func Name(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
