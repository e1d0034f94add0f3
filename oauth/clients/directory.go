// Package clients knows who a client is and whether it is really that client.
//
//	client_id -> Directory -> configured | Registry | Documents -> oauth.Client
//	request   -> Authenticator -> Directory -> oauth.Client, proven
//
// There are three origins. The operator configured it; it registered itself
// (RFC 7591); or its id is the https URL of a document that describes it
// (OAuth Client ID Metadata Document), which is fetched through a door that
// leads to public addresses only.
package clients

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

// Directory finds clients of every origin.
type Directory struct {
	Configured map[string]oauth.Client
	Registry   *Registry  // nil: clients cannot register
	Documents  *Documents // nil: ids that are URLs are unknown
}

// Find returns the client, or fault.NotFound with words that say why there is
// none. fault.Unavailable and fault.TooMany are failures to find out.
func (d *Directory) Find(ctx context.Context, id string) (oauth.Client, error) {
	if c, ok := d.Configured[id]; ok {
		return c, nil
	}
	switch {
	case id == "":
		return oauth.Client{}, fault.New(fault.NotFound, "The request does not say which client it is from (client_id).")
	case strings.Contains(id, "://"):
		if d.Documents == nil {
			return oauth.Client{}, fault.New(fault.NotFound, "This server does not take client ids that are URLs.")
		}
		return d.Documents.Find(ctx, id)
	case d.Registry == nil:
		return oauth.Client{}, unknown()
	}
	return d.Registry.Find(ctx, id)
}

// Used tells the directory that a person let the client in, so that it is kept
// for longer. It is to be called after a code was redeemed or a token
// refreshed.
func (d *Directory) Used(ctx context.Context, id string) error {
	if _, ok := d.Configured[id]; ok || d.Registry == nil || strings.Contains(id, "://") {
		return nil
	}
	err := d.Registry.Used(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func unknown() error {
	return fault.New(fault.NotFound, "This server does not know the client. Its registration may have ended: let the client register again.")
}
