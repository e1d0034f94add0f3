package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/fault"
)

func TestRender(t *testing.T) {
	tests := []struct {
		name      string
		err       error
		basic     bool
		status    int
		body      string
		challenge string
		retry     string
	}{
		{"a standard failure", Fail(InvalidGrant, "The code was used."), false,
			400, `{"error":"invalid_grant","error_description":"The code was used."}`, "", ""},
		{"a description with forbidden characters", Fail(InvalidRequest, "a\"b\\c\né"), false,
			400, `{"error":"invalid_request","error_description":"a'b/c??"}`, "", ""},
		{"bad credentials in the body", Fail(InvalidClient, "No."), false,
			401, `{"error":"invalid_client","error_description":"No."}`, "", ""},
		{"bad credentials in the header", Fail(InvalidClient, "No."), true,
			401, `{"error":"invalid_client","error_description":"No."}`, `Basic realm="oauth", charset="UTF-8"`, ""},
		{"too many tries", fault.New(fault.TooMany, "Slow down."), false,
			429, `{"error":"temporarily_unavailable","error_description":"Slow down."}`, "", "60"},
		{"the store is down", fault.Wrap(errors.New("disk full"), fault.Unavailable, "Try later."), false,
			503, `{"error":"temporarily_unavailable","error_description":"Try later."}`, "", "5"},
		{"too large a body", fault.New(fault.TooLarge, "Too large."), false,
			413, `{"error":"invalid_request","error_description":"Too large."}`, "", ""},
		{"a defect keeps its words to itself", errors.New("secret path"), false,
			500, `{"error":"server_error","error_description":"The server could not answer this request. Try again; if it persists, give the operator the request id."}`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/token", nil)
			if tt.basic {
				r.SetBasicAuth("a", "b")
			}
			w := httptest.NewRecorder()
			Render(w, r, tt.err)
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("Render = %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != tt.challenge {
				t.Errorf("challenge = %q, want %q", got, tt.challenge)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After = %q, want %q", got, tt.retry)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control = %q", got)
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	for method, want := range map[string]int{"POST": 0, "OPTIONS": 204, "GET": 405, "PUT": 405} {
		t.Run(method, func(t *testing.T) {
			w := httptest.NewRecorder()
			done := Preflight(w, httptest.NewRequest(method, "/token", nil), http.MethodPost)
			if done != (want != 0) || (done && w.Code != want) {
				t.Errorf("Preflight = %v with %d, want %d", done, w.Code, want)
			}
			if done && w.Header().Get("Allow") != "POST, OPTIONS" {
				t.Errorf("Allow = %q", w.Header().Get("Allow"))
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("CORS headers = %v", w.Header())
			}
		})
	}
}
