package clients

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

const (
	maxDocument = 5 << 10
	// A document is taken as fresh for at least this long, whatever its
	// headers say: one authorization asks for it several times.
	minFresh     = time.Minute
	defaultFresh = 5 * time.Minute
	maxFresh     = 24 * time.Hour
	// keepStale is how long a document is used after it was fresh while its
	// host fails. A host that says it is gone is believed at once.
	keepStale = 24 * time.Hour
)

// Documents finds clients whose id is the URL of their metadata.
type Documents struct {
	Fetch          *Fetcher
	Cache          store.Cache
	PrivateSchemes []string // of redirect URIs, besides https and loopback http
	Now            func() time.Time

	flights flights
}

// document is a client as its document described it.
type document struct {
	Client oauth.Client `json:"client"`
	Fresh  time.Time    `json:"fresh"` // until
}

// Find returns the client that the document at the URL describes. Whatever is
// wrong with the document is fault.NotFound, with words that say what.
func (d *Documents) Find(ctx context.Context, id string) (oauth.Client, error) {
	if err := d.checkID(id); err != nil {
		return oauth.Client{}, err
	}
	had, found := d.cached(ctx, id)
	if found && d.Now().Before(had.Fresh) {
		return had.Client, nil
	}
	c, err := d.flights.do(ctx, id, d.Now, func(ctx context.Context) (oauth.Client, error) { return d.load(ctx, id) })
	switch {
	case err == nil:
		return c, nil
	case found && !errors.Is(err, fault.Invalid):
		return had.Client, nil // stale, but its host did not say otherwise
	case errors.Is(err, fault.TooMany) || ctx.Err() != nil:
		return oauth.Client{}, err
	}
	return oauth.Client{}, fault.Wrap(err, fault.NotFound, "The client's metadata document cannot be used. "+publicOf(err))
}

// checkID settles which URLs are client ids at all. They are compared byte for
// byte, so there is one way to write each.
func (d *Documents) checkID(id string) error {
	u, err := url.Parse(id)
	if err != nil || oauth.CheckRedirect(id, nil) != nil || strings.Contains(id, "?") || len(id) > 512 ||
		u.Path == "" || u.Path == "/" || u.Host != strings.ToLower(u.Host) {
		return fault.New(fault.NotFound, "A client id that is a URL must be an https URL with a path, without query, fragment, user information and dot segments.")
	}
	if d.Fetch.Loopback == nil && oauth.IsLoopbackRedirect(id) {
		return fault.New(fault.NotFound, "A client id that is a URL must lead to a public address.")
	}
	return nil
}

// cached returns what the cache has of the document, if it can be read. The
// cache saves work and decides nothing, so one that fails is not a reason to
// turn a client away.
func (d *Documents) cached(ctx context.Context, id string) (had document, found bool) {
	value, found, err := d.Cache.Get(ctx, cacheKey(id))
	if err != nil || !found || json.Unmarshal(value, &had) != nil {
		return document{}, false
	}
	return had, had.Client.ID == id && d.Now().Before(had.Fresh.Add(keepStale))
}

// keep puts the document into the cache.
func (d *Documents) keep(ctx context.Context, id string, doc document) {
	if value, err := json.Marshal(doc); err == nil {
		_ = d.Cache.Put(ctx, cacheKey(id), value, doc.Fresh.Add(keepStale).Sub(d.Now()))
	}
}

// load fetches the document, and keeps it. One that is gone is forgotten.
func (d *Documents) load(ctx context.Context, id string) (oauth.Client, error) {
	res, err := d.Fetch.get(ctx, id, maxDocument)
	if errors.Is(err, errGone) {
		_ = d.Cache.Put(ctx, cacheKey(id), nil, 0)
	}
	if err != nil {
		return oauth.Client{}, err
	}
	c, err := parseDocument(id, res.body, d.PrivateSchemes)
	if err != nil {
		return oauth.Client{}, err
	}
	d.keep(ctx, id, document{Client: c, Fresh: d.Now().Add(freshness(res.header))})
	return c, nil
}

// parseDocument makes a client of a document. What is wrong with it is
// fault.Invalid.
func parseDocument(id string, body []byte, privateSchemes []string) (oauth.Client, error) {
	var doc struct {
		Metadata `json:",inline"`
		Secret   jsontext.Value `json:"client_secret"`
		Expires  jsontext.Value `json:"client_secret_expires_at"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return oauth.Client{}, fault.Wrap(err, fault.Invalid, "It is not a JSON object of client metadata.")
	}
	switch {
	case doc.ClientID != id:
		return oauth.Client{}, fault.New(fault.Invalid, "Its client_id is not its own address.")
	case len(doc.Secret) > 0 || len(doc.Expires) > 0:
		return oauth.Client{}, fault.New(fault.Invalid, "It has a client_secret, which everyone could read.")
	case CleanName(doc.ClientName) == "":
		return oauth.Client{}, fault.New(fault.Invalid, "It has no client_name.")
	case len(doc.ResponseTypes) > 0 && !slices.Contains(doc.ResponseTypes, "code"):
		return oauth.Client{}, fault.New(fault.Invalid, "Its response_types do not have code.")
	}
	// One document serves every server that the client talks to, so it may
	// name grants and responses that are not for us.
	doc.ResponseTypes = nil
	doc.GrantTypes = slices.DeleteFunc(doc.GrantTypes, func(g string) bool { return !slices.Contains(grantTypes, g) })
	c, err := doc.Client(Rules{AuthMethods: []string{oauth.AuthNone, oauth.AuthPrivateKeyJWT}, PrivateSchemes: privateSchemes})
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return c, fault.Wrap(err, fault.Invalid, e.Description)
	}
	c.ID = id
	c.Origin = oauth.Document
	return c, err
}

// freshness reads how long a document may be kept (RFC 9111, section 5.2.2).
func freshness(h http.Header) time.Duration {
	fresh := defaultFresh
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return minFresh
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 32)
			if err != nil {
				return minFresh
			}
			fresh = time.Duration(seconds) * time.Second
		}
	}
	return max(minFresh, min(fresh, maxFresh))
}

// cacheKey is a hash because an id is longer than a key should be.
func cacheKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "documents/" + hex.EncodeToString(sum[:])
}

// publicOf is fault.Public for an error that has public words, and nothing for
// one that has none.
func publicOf(err error) string {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return fault.Public(err)
	}
	return ""
}
