package worker

import (
	"net/http"
	"testing"

	"gatehouse/e2e/road"
)

// site is a Worker as a client sees it.
type site struct{ road.Site }

// newSite gives each request a connection of its own. workerd hangs up on one
// that was idle for five seconds of its time, and on a machine that is busy
// enough these pass while a request waits to be read.
func newSite(url string) site {
	return site{road.Over(url, &http.Transport{DisableKeepAlives: true})}
}

// send may be called by many at once. If no answer comes the test has failed.
func (s site) send(t *testing.T, method, path, body string, header http.Header) road.Reply {
	t.Helper()
	return s.Ask(t, road.Request{Method: method, Path: path, Body: body, Header: header})
}

// connect registers a client, and returns ada's token for it.
func (s site) connect(t *testing.T, scopes string) string {
	t.Helper()
	return s.Connect(t, s.Person("ada"), scopes).Access
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// session opens a session of 2025-11-25, and returns the header of its calls.
func (s site) session(t *testing.T, token string) http.Header {
	t.Helper()
	header := road.InSession(s.Session(t, token))
	header.Set("Authorization", "Bearer "+token)
	return header
}
