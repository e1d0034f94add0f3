package host_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/internal/dialog"
	"gatehouse/oauth"
	"gatehouse/store/mem"
)

// conversationToken is a personal token, made once.
const conversationToken = "gth_pt_Conversation01234567892G9XY5ENzsivUgSJKkumYWljPdR5H3FMhRbERe6bqHn2hXBVO"

func TestConversations(t *testing.T) {
	dialog.Run(t, func(t *testing.T) http.Handler {
		kv := new(mem.KV)
		s := startOn(t, kv, func(c *host.Config) { c.URLs = []string{"http://localhost:8787"} })
		_, id, ok := oauth.ParseToken(conversationToken)
		if !ok {
			t.Fatal("the token is none of ours")
		}
		g := oauth.Grant{
			ID: id, Subject: "token:ci", Name: "ci", ClientID: "personal-access-token",
			Issuer: "http://localhost:8787", Resource: "http://localhost:8787",
			Scopes: []string{"math"}, Created: time.Now(), Expires: time.Now().Add(time.Hour),
		}
		g.AddAccess(oauth.AccessState{Hash: oauth.HashToken(conversationToken), Scopes: g.Scopes, Expires: g.Expires}, time.Now())
		if err := host.NewTables(kv).Grants.Insert(t.Context(), id, g); err != nil {
			t.Fatal(err)
		}
		return s.handler
	})
}
