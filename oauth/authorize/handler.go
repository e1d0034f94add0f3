package authorize

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/oauth/login"
	"gatehouse/store"
	"gatehouse/web"
)

// Clients knows the clients.
type Clients interface {
	// Find returns the client, or fault.NotFound. It fails with fault.Invalid,
	// in words for a person, if the id is a document that is not in order.
	Find(ctx context.Context, id string) (oauth.Client, error)
}

// Grants keeps what people approved.
type Grants interface {
	Insert(ctx context.Context, id string, g oauth.Grant) error
}

// Recorder writes down who logged in and what they decided. What cannot be
// recorded does not happen.
type Recorder interface {
	Record(ctx context.Context, ev audit.Event) error
}

// Handler serves the authorization endpoint of one issuer. All it needs is in
// its fields.
type Handler struct {
	Issuer    string
	Resources []string          // what access can be asked for, in canonical form
	Scopes    map[string]string // what can be asked, with a sentence each: "Use the math tools"
	Baseline  []string          // the scopes of a request that names none
	Providers []login.Provider

	Clients  Clients
	Requests *store.Table[Request]
	Grants   Grants
	Sessions *login.Sessions
	Flights  *login.Flights
	Pages    web.Pages
	Audit    Recorder
	Now      func() time.Time
	Shards   int // that grants are spread over; 0 is one

	// PerAddress counts the requests that are kept, by address. Nil is no
	// limit. See [NewPerAddress].
	PerAddress *oauth.Rate
}

// NewPerAddress allows as many requests to wait as a large office behind one
// address has people who connect at once.
func NewPerAddress(now func() time.Time) *oauth.Rate {
	return &oauth.Rate{Max: 600, Window: requestLife, Now: now}
}

// path is where a page of the issuer is, for links and redirects of our own.
func (h *Handler) path(page string) string {
	u, err := url.Parse(h.Issuer)
	if err != nil {
		return page
	}
	return strings.TrimSuffix(u.EscapedPath(), "/") + page
}

// stepPath is where the request goes on; step is "" or begins with a slash.
func (h *Handler) stepPath(handle, step string) string {
	return h.path("/authorize/" + url.PathEscape(handle) + step)
}

// seeOther sends the browser on with a GET, whatever it came with. Nothing
// else will do after a form with a password (RFC 9700, section 4.12).
func seeOther(w http.ResponseWriter, to string) error {
	h := w.Header()
	h.Set("Location", to)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// sameOrigin refuses a form that another site submitted (CSRF).
func sameOrigin(r *http.Request) error {
	// Our own pages have this origin, since they send no referrer; browsers
	// that say nothing more exact than that come so. The cookies of such a
	// form, which are never sent along from another site, must do.
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return nil
	}
	var protection http.CrossOriginProtection
	if err := protection.Check(r); err != nil {
		return &web.Problem{
			Kind:    fault.Denied,
			Heading: "This came from another site",
			What:    "Another site tried to send this form in your name, so it was not accepted.",
			Do:      "Go back to the application and connect again.",
			Err:     err,
		}
	}
	return nil
}
