package conformance

import (
	"os"
	"testing"

	"golang.org/x/oauth2"

	"gatehouse/e2e/person"
	"gatehouse/e2e/server"
	"gatehouse/e2e/workerd"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// everything is the host with the fixture behind its guard.
const everything = "gatehouse/conformance/everything"

// startHost starts the host on this machine.
func startHost(t *testing.T) *server.Server {
	t.Helper()
	return server.Start(t, everything)
}

// startWorker starts the host in the Workers runtime, and returns its URL.
func startWorker(t *testing.T) string {
	t.Helper()
	return workerd.Start(t, workerd.Build(t, everything), t.TempDir(), workerd.NewKey()).URL
}

// logIn returns a token of ada's for the fixture, which she gives to a client.
func logIn(t *testing.T, issuer string) string {
	t.Helper()
	const callback = "http://127.0.0.1:1/callback" // nobody listens: the code is read from the address
	config := oauth2.Config{
		ClientID:    register(t, issuer, callback),
		RedirectURL: callback,
		Scopes:      []string{"fixture"},
		Endpoint:    oauth2.Endpoint{AuthURL: issuer + "/authorize", TokenURL: issuer + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
	resource, verifier := oauth2.SetAuthURLParam("resource", issuer+"/mcp"), oauth2.GenerateVerifier()
	back, err := person.New("ada").Follow(t.Context(), config.AuthCodeURL("state", resource, oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	token, err := config.Exchange(t.Context(), back.Query().Get("code"), resource, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken
}
