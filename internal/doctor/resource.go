package doctor

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/oauth"
)

// resourceRecord is what an endpoint says of itself (RFC 9728, section 2).
type resourceRecord struct {
	Resource string   `json:"resource"`
	Servers  []string `json:"authorization_servers"`
	Scopes   []string `json:"scopes_supported"`
}

// readResource finds the metadata of the endpoint: where the challenge says,
// else at the well-known place for its path, else at that of the origin.
func (w *walk) readResource(ctx context.Context) bool {
	const step = "resource"
	if w.open {
		return true
	}
	places := []string{wellKnown(w.endpoint, "oauth-protected-resource")}
	if root := *w.endpoint; strings.Trim(root.Path, "/") != "" {
		root.Path = ""
		places = append(places, wellKnown(&root, "oauth-protected-resource"))
	}
	if w.metadata != "" {
		places = []string{w.metadata}
	}
	found := w.readFirst(ctx, step, places, func(from string) error {
		w.resource = resourceRecord{}
		return w.read(ctx, from, &w.resource)
	})
	if !found {
		w.fail(step, "serve the resource metadata at "+places[0]+" (RFC 9728, section 3).", "no resource metadata at %s", words(places))
		w.resource.Servers = []string{origin(w.endpoint)}
		return true // a client of revision 2025-03-26 would go on so
	}
	w.checkResource()
	return w.checkServers()
}

// readFirst tries the places in turn, until one has the document. One that has
// something else there, or nothing to say, is a failure.
func (w *walk) readFirst(ctx context.Context, step string, places []string, read func(from string) error) bool {
	for _, from := range places {
		err := read(from)
		status, isStatus := errors.AsType[statusError](err)
		switch {
		case err == nil:
			return true
		case errors.Is(err, errSilent):
			w.fail(step, "answer every unknown path under /.well-known/ with 404 at once, for clients wait there before they go on.",
				"%s: no answer within %v", from, w.Timeout)
		case isStatus && status < http.StatusInternalServerError:
			// Nothing there. The next place may have it.
		default:
			w.fail(step, "answer "+clean(from)+" with the metadata as application/json, or with 404 if there is none.", "%s: %s", from, err.Error())
		}
		if ctx.Err() != nil {
			return false
		}
	}
	return false
}

// checkResource compares the resource with the URL that the person gave, as
// clients do before they send a token there (RFC 9728, section 3.3).
func (w *walk) checkResource() {
	const step = "resource"
	said, err := url.Parse(w.resource.Resource)
	switch {
	case w.resource.Resource == "" || err != nil:
		w.fail(step, "say resource in the resource metadata: "+w.URL, "the metadata has no resource")
	case same(w.resource.Resource, w.URL):
		w.fine(step, "%s", w.resource.Resource)
	case !strings.EqualFold(said.Scheme, w.endpoint.Scheme) || !strings.EqualFold(said.Host, w.endpoint.Host):
		w.fail(step, "let resource in the metadata be the URL that clients use, "+w.URL+" (behind a proxy: configure the public URL).",
			"the metadata is of %s, not of %s", w.resource.Resource, w.URL)
	case within(said.Path, w.endpoint.Path):
		w.stumble(step, "let resource in the metadata be exactly the URL that clients use, "+w.URL+".",
			"the metadata is of %s, not exactly of %s", w.resource.Resource, w.URL)
	default:
		w.fail(step, "let resource in the metadata be exactly the URL that clients use, "+w.URL+".",
			"the metadata is of %s, not of %s", w.resource.Resource, w.URL)
	}
}

func (w *walk) checkServers() bool {
	const step = "resource"
	if len(w.resource.Servers) == 0 {
		w.fail(step, "name the authorization server in the resource metadata (authorization_servers).", "the metadata names no authorization server")
		return false
	}
	w.fine(step, "authorization server %s", w.resource.Servers[0])
	return true
}

// same reports whether two resources are one after the normalisation that
// RFC 3986 allows without loss.
func same(a, b string) bool {
	x, err1 := oauth.CanonicalResource(a)
	y, err2 := oauth.CanonicalResource(b)
	return err1 == nil && err2 == nil && x == y
}

// within reports whether path lies at or below parent, slashes at the end
// aside. Clients let such a parent pass.
func within(parent, path string) bool {
	parent, path = strings.TrimRight(parent, "/")+"/", strings.TrimRight(path, "/")+"/"
	return strings.HasPrefix(path, parent)
}

// wellKnown is the place of a document about u, which goes between its host
// and its path (RFC 8414, section 3.1).
func wellKnown(u *url.URL, name string) string {
	return origin(u) + "/.well-known/" + name + strings.TrimRight(u.EscapedPath(), "/")
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
