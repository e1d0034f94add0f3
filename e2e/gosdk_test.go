package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"gatehouse/e2e/node"
	"gatehouse/e2e/person"
)

func TestGoSDK(t *testing.T) {
	node.Asked(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, revision := range []string{"2025-11-25", "2026-07-28"} {
			t.Run(revision, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				session := connectGo(ctx, t, h, revision)
				defer session.Close()
				if got := session.InitializeResult().ProtocolVersion; got != revision {
					t.Errorf("connected at %s, want %s", got, revision)
				}
				tools, err := session.ListTools(ctx, nil)
				if err != nil || len(tools.Tools) == 0 {
					t.Fatalf("ListTools = %+v, %v", tools, err)
				}
				res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "add", Arguments: map[string]any{"a": 2, "b": 3}})
				if err != nil || res.IsError {
					t.Fatalf("add = %+v, %v", res, err)
				}
			})
		}
	})
}

// connectGo connects the SDK's client, which registers itself, sends its
// person to log in, and comes back with a token.
func connectGo(ctx context.Context, t *testing.T, h host, revision string) *mcp.ClientSession {
	t.Helper()
	const callback = "http://127.0.0.1:41234/callback" // the redirect is read, not opened
	handler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		RedirectURL: callback,
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{
			Metadata: &oauthex.ClientRegistrationMetadata{
				ClientName:              "Go SDK",
				RedirectURIs:            []string{callback},
				TokenEndpointAuthMethod: "none",
				GrantTypes:              []string{"authorization_code", "refresh_token"},
			},
		},
		RequestRefreshToken: true,
		AuthorizationCodeFetcher: func(ctx context.Context, a *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			away, err := person.New("ada").Follow(ctx, a.URL)
			if err != nil {
				return nil, err
			}
			q := away.Query()
			return &auth.AuthorizationResult{Code: q.Get("code"), State: q.Get("state"), Iss: q.Get("iss")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "go-sdk", Version: "1"}, nil)
	session, err := client.Connect(ctx,
		&mcp.StreamableClientTransport{Endpoint: h.mcp(), OAuthHandler: handler},
		&mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return session
}
