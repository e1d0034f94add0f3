package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
	"gatehouse/store/mem"
)

const (
	documentID   = "https://client.example/app.json"
	goodDocument = `{"client_id":"https://client.example/app.json","client_name":"App","redirect_uris":["http://127.0.0.1/cb"],"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"]}`
)

// doorFunc is a door to a world that a test makes up.
type doorFunc func(*http.Request) (*http.Response, error)

func (f doorFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, contentType, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {contentType}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func newDocuments(door doorFunc) *Documents {
	return &Documents{Fetch: NewFetcher(door, nil, time.Now), Cache: store.NewCache(new(mem.KV), "cache"), Now: time.Now}
}

func TestDocument(t *testing.T) {
	d := newDocuments(func(r *http.Request) (*http.Response, error) {
		if r.Method != "GET" || r.URL.String() != documentID || r.Header.Get("Accept") != "application/json" ||
			r.Header.Get("User-Agent") != userAgent || r.Header.Get("Cookie") != "" {
			t.Errorf("request = %s %s %v", r.Method, r.URL, r.Header)
		}
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("the request has no deadline")
		}
		return answer(200, "application/json", goodDocument), nil
	})
	c, err := (&Directory{Documents: d}).Find(t.Context(), documentID)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != documentID || c.Origin != oauth.Document || c.Name != "App" || !c.Public() ||
		!c.May(oauth.GrantCode) || !c.May(oauth.GrantRefresh) || len(c.GrantTypes) != 2 || !c.Expires.IsZero() {
		t.Errorf("client = %+v", c)
	}
}

func TestDocumentIDs(t *testing.T) {
	asked := false
	d := newDocuments(func(*http.Request) (*http.Response, error) {
		asked = true
		return answer(404, "", ""), nil
	})
	for _, id := range []string{
		"http://client.example/app.json", "https://client.example", "https://client.example/", "https://a@client.example/x",
		"https://client.example/x#f", "https://client.example/x?y", "https://client.example/a/../x", "https://client.example/%2e%2e/x",
		"HTTPS://client.example/x", "https://Client.example/x", "ftp://client.example/x", "file:///etc/passwd",
		"https://127.0.0.1/x", "https://localhost/x", "http://127.0.0.1/x", "https://[::1]/x", "https://0x7f000001/x", "https://127.1/x",
		"https://client.example/" + strings.Repeat("a", 600), "https:///x", "https://client.example:0/x", "javascript://x/y",
	} {
		if c, err := d.Find(t.Context(), id); !errors.Is(err, fault.NotFound) {
			t.Errorf("Find(%q) = %+v, %v", id, c, err)
		}
	}
	if asked {
		t.Error("a document was fetched")
	}
}

func TestLoopbackDocumentsAreForDevelopment(t *testing.T) {
	const id = "http://localhost:9000/app.json"
	d := newDocuments(nil)
	d.Fetch.Loopback = doorFunc(func(*http.Request) (*http.Response, error) {
		return answer(200, "application/json", strings.Replace(goodDocument, documentID, id, 1)), nil
	})
	if c, err := d.Find(t.Context(), id); err != nil || c.ID != id {
		t.Errorf("Find = %+v, %v", c, err)
	}
}

func TestUnusableDocuments(t *testing.T) {
	doc := func(old, new string) string {
		s := strings.Replace(goodDocument, old, new, 1)
		if s == goodDocument {
			t.Fatalf("%q is not in the document", old)
		}
		return s
	}
	member := func(m string) string { return doc(`"client_name"`, m+`,"client_name"`) }
	const json = "application/json"
	tests := []struct {
		name string
		resp *http.Response
	}{
		{"a redirect", answer(302, json, goodDocument, "Location", "https://client.example/other")},
		{"not found", answer(404, json, goodDocument)},
		{"partial", answer(206, json, goodDocument)},
		{"a failure", answer(500, json, goodDocument)},
		{"HTML", answer(200, "text/html", goodDocument)},
		{"no media type", answer(200, "", goodDocument)},
		{"too large", answer(200, json, goodDocument+strings.Repeat(" ", maxDocument))},
		{"no JSON", answer(200, json, "<html>")},
		{"a list", answer(200, json, "[]")},
		{"a second value", answer(200, json, goodDocument+"{}")},
		{"a name twice", answer(200, json, member(`"client_id":"https://evil.example/x"`))},
		{"another client_id", answer(200, json, doc("client.example", "evil.example"))},
		{"a client_id in other letters", answer(200, json, doc("client.example", "Client.example"))},
		{"a secret", answer(200, json, member(`"client_secret":"x"`))},
		{"an expiring secret", answer(200, json, member(`"client_secret_expires_at":0`))},
		{"no name", answer(200, json, doc(`"App"`, `""`))},
		{"a name of nothing but marks", answer(200, json, doc(`"App"`, `"\u202e\u0000"`))},
		{"a name too long", answer(200, json, doc(`App`, strings.Repeat("a", 81)))},
		{"no redirect_uris", answer(200, json, doc(`["http://127.0.0.1/cb"]`, `[]`))},
		{"a remote http redirect", answer(200, json, doc("http://127.0.0.1/cb", "http://client.example/cb"))},
		{"a script as redirect", answer(200, json, doc("http://127.0.0.1/cb", "javascript:alert(1)"))},
		{"a private-use redirect", answer(200, json, doc("http://127.0.0.1/cb", "cursor://cb"))},
		{"a shared secret method", answer(200, json, member(`"token_endpoint_auth_method":"client_secret_post"`))},
		{"keys without keys", answer(200, json, member(`"token_endpoint_auth_method":"private_key_jwt"`))},
		{"an empty key set", answer(200, json, member(`"jwks":{"keys":[]}`))},
		{"a symmetric key", answer(200, json, member(`"jwks":{"keys":[{"kty":"oct","k":"AAAA"}]}`))},
		{"a private key", answer(200, json, member(`"jwks":{"keys":[`+privateKeyJSON+`]}`))},
		{"keys in two places", answer(200, json, member(`"jwks":{"keys":[`+publicKeyJSON+`]},"jwks_uri":"https://client.example/k"`))},
		{"keys over http", answer(200, json, member(`"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"http://client.example/k"`))},
		{"a logo that is a script", answer(200, json, member(`"logo_uri":"javascript:alert(1)"`))},
		{"a home page that is data", answer(200, json, member(`"client_uri":"data:text/html,x"`))},
		{"another response type", answer(200, json, member(`"response_types":["token"]`))},
		{"an unknown application type", answer(200, json, member(`"application_type":"spacecraft"`))},
		{"no code grant", answer(200, json, doc(`"authorization_code",`, ``))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDocuments(func(*http.Request) (*http.Response, error) { return tt.resp, nil })
			c, err := d.Find(t.Context(), documentID)
			if !errors.Is(err, fault.NotFound) {
				t.Fatalf("Find = %+v, %v, want not found", c, err)
			}
			if words := fault.Public(err); !strings.HasPrefix(words, "The client's metadata document cannot be used. ") {
				t.Errorf("public words = %q", words)
			}
		})
	}
}

// A door that follows redirects, as it must not, changes nothing.
func TestFollowedRedirectIsRefused(t *testing.T) {
	d := newDocuments(func(r *http.Request) (*http.Response, error) {
		resp := answer(200, "application/json", goodDocument)
		resp.Request, _ = http.NewRequest("GET", "https://evil.example/app.json", nil)
		return resp, nil
	})
	if _, err := d.Find(t.Context(), documentID); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find = %v", err)
	}
}

// The doors that lead outside are tried where they must not lead. Nothing is
// sent: the guard refuses before it connects.
func TestPublicDoorRefusesThisMachine(t *testing.T) {
	for _, address := range []string{
		"https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1/x", "https://192.168.1.1/x", "https://169.254.169.254/x",
		"https://100.64.0.1/x", "https://[::ffff:127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://[fd00::1]/x",
		"https://0.0.0.0/x", "https://198.18.0.1/x", "https://192.0.2.1:22/x",
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := PublicDoor().Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "prohibited") {
			t.Errorf("%s: %v, want prohibited", address, err)
		}
	}
}

func TestDocumentCaching(t *testing.T) {
	tests := []struct {
		name    string
		control string
		fresh   time.Duration
	}{
		{"no header", "", defaultFresh},
		{"max-age", "public, max-age=3600", time.Hour},
		{"quoted", `max-age="3600"`, time.Hour},
		{"more than a day", "max-age=31536000", maxFresh},
		{"nothing", "max-age=0", minFresh},
		{"no-store", "max-age=3600, no-store", minFresh},
		{"no-cache", "No-Cache", minFresh},
		{"nonsense", "max-age=soon", minFresh},
		{"negative", "max-age=-1", minFresh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetches := 0
				d := newDocuments(func(*http.Request) (*http.Response, error) {
					fetches++
					return answer(200, "application/json", goodDocument, "Cache-Control", tt.control), nil
				})
				for i, wait := range []time.Duration{0, tt.fresh - time.Millisecond, time.Millisecond} {
					time.Sleep(wait)
					if _, err := d.Find(t.Context(), documentID); err != nil {
						t.Fatal(err)
					}
					if want := 1 + i/2; fetches != want {
						t.Errorf("step %d: %d fetches, want %d", i, fetches, want)
					}
				}
			})
		})
	}
}

func TestDocumentOfAHostThatFails(t *testing.T) {
	tests := []struct {
		name string
		resp func() (*http.Response, error)
		kept bool
	}{
		{"cannot be reached", func() (*http.Response, error) { return nil, errors.New("connection refused") }, true},
		{"fails", func() (*http.Response, error) { return answer(503, "", ""), nil }, true},
		{"says it is gone", func() (*http.Response, error) { return answer(410, "", ""), nil }, false},
		{"says something else", func() (*http.Response, error) { return answer(200, "application/json", "{}"), nil }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failing := false
				d := newDocuments(func(*http.Request) (*http.Response, error) {
					if failing {
						return tt.resp()
					}
					return answer(200, "application/json", goodDocument), nil
				})
				if _, err := d.Find(t.Context(), documentID); err != nil {
					t.Fatal(err)
				}
				failing = true
				time.Sleep(defaultFresh)
				if _, err := d.Find(t.Context(), documentID); (err == nil) != tt.kept {
					t.Errorf("Find = %v, want kept = %v", err, tt.kept)
				}
				time.Sleep(keepStale)
				if _, err := d.Find(t.Context(), documentID); !errors.Is(err, fault.NotFound) {
					t.Errorf("a day later Find = %v", err)
				}
			})
		})
	}
}

func TestFailuresAreRememberedForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetches := 0
		d := newDocuments(func(*http.Request) (*http.Response, error) {
			fetches++
			return answer(404, "", ""), nil
		})
		for range 5 {
			if _, err := d.Find(t.Context(), documentID); !errors.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
		}
		time.Sleep(failureKept)
		d.Find(t.Context(), documentID)
		if fetches != 2 {
			t.Errorf("%d fetches, want 2", fetches)
		}
	})
}

func TestOneFlightForManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetches atomic.Int32
		d := newDocuments(func(*http.Request) (*http.Response, error) {
			fetches.Add(1)
			time.Sleep(time.Second)
			return answer(200, "application/json", goodDocument), nil
		})
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := d.Find(first, documentID); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who left = %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if _, err := d.Find(t.Context(), documentID); err != nil {
					t.Errorf("one who stayed = %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		if n := fetches.Load(); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestOneHostIsNotAskedTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetches := 0
		d := newDocuments(func(*http.Request) (*http.Response, error) {
			fetches++
			return answer(404, "", ""), nil
		})
		var last error
		for i := range 100 {
			_, last = d.Find(t.Context(), fmt.Sprintf("https://victim.example/%d", i))
		}
		if fetches != 30 || !errors.Is(last, fault.TooMany) {
			t.Errorf("%d fetches, then %v", fetches, last)
		}
	})
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(goodDocument))
	f.Add([]byte(`{"client_id":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := parseDocument(documentID, body, nil)
		if err != nil {
			if !errors.Is(err, fault.Invalid) {
				t.Errorf("err = %v, want invalid", err)
			}
			return
		}
		if c.ID != documentID || c.Name == "" || len(c.RedirectURIs) == 0 || !c.SecretHash.IsZero() ||
			(c.AuthMethod != oauth.AuthNone && c.AuthMethod != oauth.AuthPrivateKeyJWT) {
			t.Errorf("client = %+v", c)
		}
		for _, uri := range c.RedirectURIs {
			if oauth.CheckRedirect(uri, nil) != nil {
				t.Errorf("redirect %q", uri)
			}
		}
	})
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"App":                    "App",
		"  An \t app\n ":         "An app",
		"Ga\u202emi":             "Gami",
		"a\u0000\u200f\u2066b":   "ab",
		"Überraschung 日本語 🎉":     "Überraschung 日本語 🎉",
		"\xff<script>&amp;":      "<script>&amp;",
		"zero\u200bwidth\ufeff!": "zerowidth!",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", in, got, want)
		}
	}
}

// full is a store that can be read but not written.
type full struct{ mem.KV }

func (*full) Swap(context.Context, store.Item) error {
	return fault.New(fault.Unavailable, "The disk is full.")
}

// broken is a cache that cannot be used.
type broken struct{}

var errBroken = fault.New(fault.Unavailable, "The cache is gone.")

func (broken) Get(context.Context, string) ([]byte, bool, error) { return nil, false, errBroken }

func (broken) Put(context.Context, string, []byte, time.Duration) error { return errBroken }

func TestDocumentThatCannotBeKept(t *testing.T) {
	d := newDocuments(func(*http.Request) (*http.Response, error) { return answer(200, "application/json", goodDocument), nil })
	d.Cache = broken{}
	if _, err := d.Find(t.Context(), documentID); err != nil {
		t.Error(err)
	}
}

// confused is a cache that has one value for every key.
type confused struct{ value string }

func (c confused) Get(context.Context, string) ([]byte, bool, error) {
	return []byte(c.value), true, nil
}

func (confused) Put(context.Context, string, []byte, time.Duration) error { return nil }

func TestCacheThatIsWrong(t *testing.T) {
	for name, value := range map[string]string{
		"no JSON":                       "<html>",
		"the document of another":       `{"client":{"id":"https://other.example/app"},"fresh":"2999-01-01T00:00:00Z"}`,
		"what should long be forgotten": `{"client":{"id":"` + documentID + `"},"fresh":"2001-01-01T00:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			fetches := 0
			d := newDocuments(func(*http.Request) (*http.Response, error) {
				fetches++
				return answer(503, "", ""), nil
			})
			d.Cache = confused{value}
			if c, err := d.Find(t.Context(), documentID); fetches != 1 || err == nil {
				t.Errorf("Find = %+v, %v after %d fetches, want one fetch and its failure", c, err, fetches)
			}
		})
	}
}
