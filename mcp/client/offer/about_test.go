package offer

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

func TestWelcome(t *testing.T) {
	for _, tt := range []struct {
		name, result string
		want         mcp.Revision
		kind         error
	}{
		{"of an older revision", `{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s"}}`, mcp.R20250618, nil},
		{"of one that nobody knows", `{"protocolVersion":"2024-01-01","capabilities":{}}`, "2024-01-01", nil},
		{"of the modern one", `{"protocolVersion":"2026-07-28","capabilities":{}}`, "", wire.ErrNonsense},
		{"of none", `{"capabilities":{}}`, "", wire.ErrNonsense},
		{"without capabilities", `{"protocolVersion":"2025-06-18"}`, mcp.R20250618, nil},
		{"with capabilities that are none", `{"protocolVersion":"2025-06-18","capabilities":[]}`, "", wire.ErrNonsense},
		{"with endless words", `{"protocolVersion":"2025-06-18","instructions":"` + strings.Repeat("x", maxEntry) + `"}`, "", wire.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Welcome(jsontext.Value(tt.result))
			if !errors.Is(err, tt.kind) || err == nil && (got.Revision != tt.want || got.Capabilities.Kind() != '{') {
				t.Errorf("Welcome = %+v, %v", got, err)
			}
		})
	}
}

func TestDiscovery(t *testing.T) {
	for _, tt := range []struct {
		name, result string
		want         About
		kind         error
	}{
		{"one revision", `{"supportedVersions":["2026-07-28"],"ttlMs":1000}`, About{Revision: mcp.R20260728, TTL: time.Second}, nil},
		{"both eras", `{"supportedVersions":["2025-11-25","2026-07-28","2099-01-01"]}`, About{Revision: mcp.R20260728, Both: true}, nil},
		{"only the older era", `{"supportedVersions":["2025-11-25"]}`, About{}, wire.ErrNonsense},
		{"no list of revisions", `{"supportedVersions":"2026-07-28"}`, About{}, wire.ErrNonsense},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Discovery(jsontext.Value(tt.result))
			if !errors.Is(err, tt.kind) || err == nil && (got.Revision != tt.want.Revision || got.TTL != tt.want.TTL || got.Both != tt.want.Both) {
				t.Errorf("Discovery = %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}
