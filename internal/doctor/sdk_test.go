package doctor

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

// TestRunMeetsTheOfficialSDK walks to a server that this house has not
// written, in each of its modes.
func TestRunMeetsTheOfficialSDK(t *testing.T) {
	for _, tt := range []struct {
		name      string
		stateless bool
		saw       string
	}{
		{"with sessions", false, "math at 2025-11-25, 1 tool: add"},
		{"stateless", true, "math at 2026-07-28, 1 tool: add"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite()
			sdk := sdkEndpoint(tt.stateless)
			for _, key := range []string{"POST mcp.example/mcp", "GET mcp.example/mcp", "DELETE mcp.example/mcp"} {
				s.instead[key] = sdk.ServeHTTP
			}
			s.instead["GET mcp.example/.well-known/oauth-protected-resource/mcp"] = auth.ProtectedResourceMetadataHandler(
				&oauthex.ProtectedResourceMetadata{Resource: endpoint, AuthorizationServers: []string{issuer}}).ServeHTTP
			var out bytes.Buffer
			err := Run(t.Context(), Options{URL: endpoint, Token: validToken, Out: &out, HTTP: &http.Client{Transport: s}})
			if err != nil || !strings.Contains(out.String(), tt.saw) {
				t.Errorf("Run = %v, want %q in:\n%s", err, tt.saw, out.String())
			}
			if !strings.Contains(out.String(), `Mend first: say error="invalid_token"`) {
				t.Errorf("the SDK's challenge has no error, and nobody noticed:\n%s", out.String())
			}
		})
	}
}

// sdkEndpoint is an endpoint as the SDK's own guide puts it together.
func sdkEndpoint(stateless bool) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "math", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "add"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, nil
	})
	verify := func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		if token != validToken {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{UserID: "alice", Expiration: time.Now().Add(time.Hour)}, nil
	}
	guard := auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{
		ResourceMetadataURL: "https://mcp.example/.well-known/oauth-protected-resource/mcp",
	})
	return guard(mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: stateless},
	))
}
