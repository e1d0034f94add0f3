package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/e2e/node"
	"gatehouse/e2e/person"
	"gatehouse/e2e/server"
)

// TestConformanceAuthorization examines the host as an authorization server: its
// metadata, and one authorization that a person goes through.
func TestConformanceAuthorization(t *testing.T) {
	suite{tools: node.Installed(t)}.examineIssuer(t, startHost(t).URL)
}

// TestConformanceAuthorizationWorker asks the same of the Worker.
func TestConformanceAuthorizationWorker(t *testing.T) {
	suite{tools: node.Installed(t), where: "workerd "}.examineIssuer(t, startWorker(t))
}

func (s suite) examineIssuer(t *testing.T, issuer string) {
	t.Helper()
	_, port, err := net.SplitHostPort(server.FreeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	client := register(t, issuer, "http://127.0.0.1:"+port+"/callback")

	found := s.authorization(t, issuer, "--client-id", client, "--resource", issuer+"/mcp", "--port", port)
	good, all := 0, 0
	for scenario, checks := range found {
		for _, c := range checks {
			all++
			if c.Status == "SUCCESS" {
				good++
				continue
			}
			t.Errorf("%s: %s is a %s: %s", scenario, c.Name, c.Status, c.ErrorMessage)
		}
	}
	fmt.Printf("%sauthorization: %d/%d\n", s.where, good, all)
	if all < 3 {
		t.Errorf("the suite made %d checks, want metadata, CIMD and the code grant", all)
	}
}

// opens is the line in which the suite wants a person to open a page.
var opens = regexp.MustCompile(`^http://\S+[?&]response_type=code\S*$`)

// authorization examines the authorization server of an issuer, with ada at
// the browser.
func (s suite) authorization(t *testing.T, issuer string, args ...string) findings {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"authorization", "--url", issuer, "--output-dir", dir}, args...)
	cmd := s.tools.Command(t, 2*time.Minute, s.script(), args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log server.Log
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	page := server.Await(t, io.TeeReader(stdout, &log), opens)[0]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := person.New("ada").Visit(ctx, page); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	return read(t, dir, log.Tail(8<<10), err)
}

// register registers a client without a secret, and returns its id.
func register(t *testing.T, issuer, redirect string) string {
	t.Helper()
	metadata, err := json.Marshal(map[string]any{
		"client_name":                "Conformance",
		"redirect_uris":              []string{redirect},
		"token_endpoint_auth_method": "none",
		"application_type":           "native",
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(issuer+"/register", "application/json", bytes.NewReader(metadata))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var client struct {
		ID string `json:"client_id"`
	}
	if err := json.UnmarshalRead(res.Body, &client); err != nil || client.ID == "" {
		t.Fatalf("register: %s, %v", res.Status, err)
	}
	return client.ID
}
