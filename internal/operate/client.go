package operate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
)

// maxResult bounds what is read of an answer.
const maxResult = 64 << 20

// Client sends orders to a server elsewhere.
type Client struct {
	url, secret string
	http        *http.Client
}

// NewClient returns a client for the server at a public URL. The secret goes
// over https only, or to this machine.
func NewClient(at, secret string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("%q is not the URL of a server, such as https://gatehouse.ACCOUNT.workers.dev", at)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && httpx.IsLoopback(u.Hostname())) {
		return nil, fmt.Errorf("%s: the operator's secret goes over https only", at)
	}
	if err := CheckSecret(secret); err != nil {
		return nil, err
	}
	return &Client{url: u.Scheme + "://" + u.Host + Path, secret: secret, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Do has an order carried out. It fails with fault.NotFound as [Records.Do]
// does, and with other failures of the server in its own words.
func (c *Client) Do(ctx context.Context, o Order) (res Result, err error) {
	body, err := json.Marshal(o)
	if err != nil {
		return res, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return res, err
	}
	req.Header.Set("Authorization", "Bearer "+c.secret)
	req.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(req)
	if err != nil {
		return res, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxResult))
	if err != nil {
		return res, fmt.Errorf("read the answer of %s: %w", c.url, err)
	}
	if answer.StatusCode != http.StatusOK {
		return res, c.refused(answer.StatusCode, text)
	}
	return res, json.Unmarshal(text, &res)
}

// refused is why an order was not carried out. What does not say so as an
// Endpoint does is none.
func (c *Client) refused(status int, text []byte) error {
	var r refusal
	switch err := json.Unmarshal(text, &r); {
	case err != nil || r.Error == "":
		return fmt.Errorf("%s takes no orders (status %d); has the server the secret %s?", c.url, status, Variable)
	case status == http.StatusNotFound:
		return fault.NotFound
	}
	return errors.New(Cell{Text: r.Error}.String())
}
