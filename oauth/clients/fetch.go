package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
)

const (
	fetchTimeout = 10 * time.Second
	userAgent    = "Gatehouse (OAuth client metadata)"
)

// Door is how the fetcher reaches the outside: an [http.Client], or what a
// target has in its place. It must not follow redirects, must not send
// cookies, and must not reach addresses that are not public.
type Door interface {
	Do(*http.Request) (*http.Response, error)
}

// PublicDoor leads to port 443 of public addresses only. The address is
// checked when it is dialled, so a name that changes its address between the
// check and the use gains nothing.
func PublicDoor() *http.Client {
	dialer := &net.Dialer{Timeout: fetchTimeout, Control: ssrf.New(ssrf.WithPorts(443)).Safe}
	return door(dialer)
}

// LoopbackDoor leads wherever it is asked to. It is for development, where
// documents come from the same machine.
func LoopbackDoor() *http.Client { return door(&net.Dialer{Timeout: fetchTimeout}) }

func door(dialer *net.Dialer) *http.Client {
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			// No proxy: it would dial for us, past the check.
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    fetchTimeout,
			MaxResponseHeaderBytes: 32 << 10,
			MaxIdleConns:           10,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Fetcher gets small JSON documents whose addresses strangers choose.
type Fetcher struct {
	Public Door
	// Loopback serves documents on this machine; nil refuses them.
	Loopback Door
	// PerHost bounds the fetches from one host, which did not ask for them.
	PerHost *oauth.Rate
}

// NewFetcher returns a fetcher that asks each host at most 30 times a minute.
func NewFetcher(public, loopback Door, now func() time.Time) *Fetcher {
	return &Fetcher{Public: public, Loopback: loopback, PerHost: &oauth.Rate{Max: 30, Window: time.Minute, Now: now}}
}

type fetched struct {
	body   []byte
	header http.Header
}

// errGone marks an answer by which the owner says that there is no document,
// unlike a failure to get one.
var errGone = errors.New("the document is not there")

// get fetches a document of at most limit bytes. Its failures say in public
// words what was wrong with the document.
func (f *Fetcher) get(ctx context.Context, address string, limit int64) (fetched, error) {
	door, u, err := f.doorTo(address)
	if err != nil {
		return fetched{}, err
	}
	if !f.PerHost.Allow(u.Host) {
		return fetched{}, fault.New(fault.TooMany, "This server asked %s too often. Try again in a minute.", u.Host)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fetched{}, fault.Wrap(err, fault.Invalid, "The address of the document is not valid.")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	resp, err := door.Do(req)
	if err != nil {
		return fetched{}, fault.Wrap(err, fault.Unavailable, "The document at "+u.Host+" could not be fetched.")
	}
	defer resp.Body.Close()
	if resp.Request != nil && resp.Request.URL.String() != req.URL.String() {
		return fetched{}, fault.New(fault.Invalid, "The document's address redirects, which is not followed.")
	}
	return readDocument(resp, limit)
}

// doorTo chooses by the host as it is written. A name that merely resolves to
// this machine goes through the public door, and is refused there.
func (f *Fetcher) doorTo(address string) (Door, *url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, nil, fault.New(fault.Invalid, "The address of the document is not valid.")
	}
	switch {
	case f.Loopback != nil && oauth.IsLoopbackRedirect(address):
		return f.Loopback, u, nil
	case u.Scheme == "https":
		return f.Public, u, nil
	}
	return nil, nil, fault.New(fault.Invalid, "The address of the document must begin with https://.")
}

func readDocument(resp *http.Response, limit int64) (fetched, error) {
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return fetched{}, fault.New(fault.Unavailable, "The document's host answered with status %d.", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return fetched{}, fault.Wrap(errGone, fault.Invalid, fmt.Sprintf("The document's host answered with status %d instead of 200.", resp.StatusCode))
	}
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && !(strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))) {
		return fetched{}, fault.New(fault.Invalid, "The document is not served as application/json.")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return fetched{}, fault.Wrap(err, fault.Unavailable, "The document could not be read to its end.")
	}
	if int64(len(body)) > limit {
		return fetched{}, fault.New(fault.Invalid, "The document is larger than %d bytes.", limit)
	}
	return fetched{body, resp.Header}, nil
}
