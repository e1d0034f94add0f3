package clients

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// reached is a transport that answers everything with a redirect.
type reached struct{ count int }

func (t *reached) RoundTrip(r *http.Request) (*http.Response, error) {
	t.count++
	w := httptest.NewRecorder()
	http.Redirect(w, r, "https://127.0.0.1/", http.StatusFound)
	res := w.Result()
	res.Request = r
	return res, nil
}

func TestPublicDoorOver(t *testing.T) {
	for _, tt := range []struct {
		name, url string
		open      bool
	}{
		{"a name", "https://app.example.com/client.json", true},
		{"a name on the port that goes without saying", "https://app.example.com:443/client.json", true},
		{"a name with the dot of the root", "https://app.example.com./client.json", true},
		{"a public address", "https://93.184.215.14/", true},
		{"plain HTTP", "http://app.example.com/", false},
		{"another port", "https://app.example.com:8443/", false},
		{"loopback", "https://127.0.0.1/", false},
		{"loopback in IPv6", "https://[::1]/", false},
		{"loopback, mapped into IPv6", "https://[::ffff:127.0.0.1]/", false},
		{"a private address", "https://10.1.2.3/", false},
		{"the metadata of a cloud", "https://169.254.169.254/latest/", false},
		{"loopback as browsers read it in hex", "https://0x7f.1/", false},
		{"loopback as browsers read it in octal", "https://0177.0.0.01/", false},
		{"loopback as one number", "https://2130706433/", false},
		{"loopback with a dot after it", "https://127.0.0.1./", false},
		{"loopback in wide digits", "https://１２７.0.0.1/", false},
		{"a dot that only browsers take for one", "https://127。0。0。1/", false},
		{"a name without a dot", "https://localhost/", false},
		{"a name below localhost", "https://app.LOCALHOST/", false},
		{"a name of the cloud's own network", "https://metadata.google.internal/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			behind := new(reached)
			res, err := PublicDoorOver(behind).Get(tt.url)
			if err == nil {
				res.Body.Close()
			}
			if open := err == nil; open != tt.open || (behind.count == 1) != tt.open {
				t.Errorf("reached %d times, %v; want open = %t, and no redirect followed", behind.count, err, tt.open)
			}
		})
	}
}
