package road

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/person"
)

// Site is a server as a client sees it.
type Site struct {
	URL    string // without a slash at the end
	Client *http.Client
}

// New returns the site at a URL.
func New(url string) Site {
	return Over(url, &http.Transport{MaxIdleConnsPerHost: 128})
}

// Over returns the site at a URL that is reached in a way of its own.
func Over(url string, transport http.RoundTripper) Site {
	return Site{url, &http.Client{
		Timeout:       time.Minute,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Person is somebody whose browser reaches the site as the client does.
func (s Site) Person(name string) *person.Person {
	p := person.New(name)
	p.Client.Transport = s.Client.Transport
	return p
}

// Request is what a client sends: a message for the endpoint, unless it says
// otherwise.
type Request struct {
	Method string // POST if it is empty
	Path   string // /mcp if it is empty
	Token  string
	Body   string
	Header http.Header // besides the usual, or instead of it; Host is one, too
}

// Reply is an answer that came whole.
type Reply struct {
	Status int
	Proto  string
	Header http.Header
	Body   string
}

// String is the status and the body.
func (r Reply) String() string { return fmt.Sprintf("%d %s", r.Status, r.Body) }

// Has reports whether the answer has the status and the words.
func (r Reply) Has(status int, words string) bool {
	return r.Status == status && strings.Contains(r.Body, words)
}

// Begin sends a request, and returns when the header of the answer is there.
func (s Site) Begin(ctx context.Context, q Request) (*http.Response, error) {
	return s.BeginFrom(ctx, q, strings.NewReader(q.Body))
}

// BeginFrom does so with another body.
func (s Site) BeginFrom(ctx context.Context, q Request, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, cmp.Or(q.Method, http.MethodPost), s.URL+cmp.Or(q.Path, "/mcp"), body)
	if err != nil {
		return nil, err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	if q.Token != "" {
		req.Header.Set("Authorization", "Bearer "+q.Token)
	}
	for name, values := range q.Header {
		req.Header[name] = values
	}
	req.Host = cmp.Or(req.Header.Get("Host"), req.Host)
	return s.Client.Do(req)
}

// Send sends a request, and reads the whole answer.
func (s Site) Send(ctx context.Context, q Request) (Reply, error) {
	res, err := s.Begin(ctx, q)
	if err != nil {
		return Reply{}, err
	}
	return Read(res)
}

// Read reads an answer to its end.
func Read(res *http.Response) (Reply, error) {
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return Reply{res.StatusCode, res.Proto, res.Header, string(text)}, err
}

// Ask sends a request. If no answer comes, the test has failed.
func (s Site) Ask(t testing.TB, q Request) Reply {
	t.Helper()
	r, err := s.Send(t.Context(), q)
	if err != nil {
		t.Errorf("%s %s: %v", q.Method, q.Path, err)
	}
	return r
}

// Get asks for a page.
func (s Site) Get(t testing.TB, path string) Reply {
	t.Helper()
	return s.Ask(t, Request{Method: http.MethodGet, Path: path})
}
