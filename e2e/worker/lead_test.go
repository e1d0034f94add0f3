package worker

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"testing"

	"gatehouse/e2e/workerd"
)

// leadTo dials the process that runs now, whatever the address.
func leadTo(t *testing.T, p **workerd.Process) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true, // what is kept dies with the process
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			u, err := url.Parse((*p).URL)
			if err != nil {
				t.Fatal(err)
			}
			return new(net.Dialer).DialContext(ctx, network, u.Host)
		},
	}
}
