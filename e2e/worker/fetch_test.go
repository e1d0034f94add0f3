package worker

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/e2e/road"
)

// TestFetch has the program fetch documents that describe clients, each once
// for all of several objects.
func TestFetch(t *testing.T) {
	t.Parallel()
	s, _ := start(t, command, manyShards)
	var asked []string // one at a time, so there is no race
	var outside *httptest.Server
	outside = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Accept"))
		switch r.URL.Path {
		case "/client.json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"client_id":%q,"client_name":"Documented","redirect_uris":[%q],"token_endpoint_auth_method":"none"}`, outside.URL+r.URL.Path, road.Callback)
		case "/moved.json":
			http.Redirect(w, r, "/client.json", http.StatusFound)
		case "/endless.json":
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat(" ", 1<<10))
			}
		}
	}))
	t.Cleanup(outside.Close)

	t.Run("a client that has a document connects", func(t *testing.T) {
		token := s.Way(outside.URL+"/client.json", "math").Walk(t, s.Person(nameFor(1))).Access
		if r := s.Call(t, token, "add", `{"a":2,"b":2}`); !strings.Contains(r.Body, `{"result":4}`) {
			t.Errorf("add = %v", r)
		}
		if len(asked) != 1 || asked[0] != "/client.json application/json" {
			t.Errorf("asked for %q", asked)
		}
	})

	for name, id := range map[string]string{
		"that redirects":              outside.URL + "/moved.json",
		"without an end":              outside.URL + "/endless.json",
		"on a machine of the network": "https://10.0.0.1/client.json",
		"by the name of this machine": "https://localhost/client.json",
	} {
		t.Run("a document "+name+" is refused", func(t *testing.T) {
			asked = nil
			r, err := s.Way(id, "math").Knock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r.Status < 400 || r.Status >= 500 || !strings.Contains(r.Body, "client_id") {
				t.Errorf("the page is %v", r)
			}
			want := 1
			if strings.HasPrefix(id, "https:") {
				want = 0 // the address alone is reason enough
			}
			if len(asked) != want {
				t.Errorf("asked for %q, want %d", asked, want)
			}
		})
	}
}
