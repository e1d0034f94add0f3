package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// TrustProxies lets a request that came through the named proxies keep the
// address of its client: it sets RemoteAddr to the last address in
// X-Forwarded-For that is none of the proxies. Whoever is not named cannot
// forge an address, and nothing else of what proxies say is believed.
func TrustProxies(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(addr netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && trusted(peer.Addr().Unmap()) {
			if client, ok := forwarded(r.Header.Values("X-Forwarded-For"), trusted); ok {
				r = r.Clone(r.Context())
				r.RemoteAddr = net.JoinHostPort(client.String(), "0")
			}
		}
		next.ServeHTTP(w, r)
	})
}

// forwarded returns the nearest hop that is no trusted proxy.
func forwarded(values []string, trusted func(netip.Addr) bool) (netip.Addr, bool) {
	hops := strings.Split(strings.Join(values, ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return netip.Addr{}, false
		}
		if addr = addr.Unmap(); !trusted(addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// Address is the key by which a stranger is counted: the IP address, of which
// IPv6 has 2^64 in every household, so only its network counts.
func Address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := peer.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, _ := addr.Prefix(64)
	return network.String()
}

// IsLoopback reports whether a host name or address is this machine itself.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
