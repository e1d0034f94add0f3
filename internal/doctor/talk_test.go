package doctor

import (
	"net/http"
	"testing"
)

func TestBecause(t *testing.T) {
	for header, want := range map[string]string{
		`Bearer resource_metadata="https://a.example/m", error="invalid_token", error_description="It is for another resource."`: ": It is for another resource.",
		`Bearer error="invalid_token"`: "",
		`Basic realm="x"`:              "",
		"":                             "",
	} {
		if got := because(http.Header{"Www-Authenticate": {header}}); got != want {
			t.Errorf("because of %s: %q, want %q", header, got, want)
		}
	}
}
