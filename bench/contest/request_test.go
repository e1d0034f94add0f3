package contest

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestCallIsARequestThatNetHTTPReads(t *testing.T) {
	for _, e := range []Era{Legacy, Modern} {
		t.Run(e.revision(), func(t *testing.T) {
			c := newCall(Target{Addr: "127.0.0.1:1", Path: "/mcp", Token: "secret", Tool: "add", Era: e}, 3, "s1")
			c.next()
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(c.next())))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer secret" {
				t.Errorf("Authorization = %q", got)
			}
			if got := r.Header.Get("Mcp-Name"); (got == "add") != (e == Modern) {
				t.Errorf("Mcp-Name = %q in %s", got, e.revision())
			}
			var body struct {
				ID     int `json:"id"`
				Params struct {
					Arguments struct {
						A int `json:"a"`
						B int `json:"b"`
					} `json:"arguments"`
				} `json:"params"`
			}
			if err := json.UnmarshalRead(r.Body, &body); err != nil {
				t.Fatal(err)
			}
			args := body.Params.Arguments
			if body.ID != 2000002 || args.A != 1300000 || args.B != 2000002 {
				t.Errorf("body = %+v", body)
			}
			if got, want := string(c.sum()), fmt.Sprint(args.A+args.B); got != want {
				t.Errorf("sum = %s, want %s", got, want)
			}
		})
	}
}

func TestSumsKeepTheirWidth(t *testing.T) {
	c := newCall(Target{Tool: "add"}, maxSessions-1, "")
	for range stepA - 1 {
		c.next()
	}
	if got := string(c.sum()); len(got) != 7 || got != fmt.Sprint(firstA+(maxSessions-1)*stepA+firstB+stepA-1) {
		t.Errorf("the last sum = %s", got)
	}
}
