package production

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/road"
)

// everything is all that the tools of the site ask for.
const everything = "math whoami"

// post sends a form, as a client that authenticates by header.
func (p *place) post(t *testing.T, path string, form url.Values, header http.Header) road.Reply {
	t.Helper()
	q := road.Form(path, form)
	maps.Copy(q.Header, header)
	return p.Ask(t, q)
}

func readTokens(t *testing.T, r road.Reply) (got road.Tokens) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Body), &got); err != nil || r.Status != http.StatusOK || got.Access == "" {
		t.Fatalf("/token = %v", r)
	}
	return got
}

// tryRegister registers a client that may be refused.
func (p *place) tryRegister(t *testing.T, header http.Header) road.Reply {
	t.Helper()
	return p.Ask(t, road.Request{Path: "/register", Body: road.Registration, Header: header})
}
