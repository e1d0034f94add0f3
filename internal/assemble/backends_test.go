package assemble

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/builtin"
	"gatehouse/gateway"
	"gatehouse/internal/config"
	"gatehouse/mcp/client/wire"
)

func parse(t *testing.T, text string) config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text), func(string) string { return "secret" }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// math is a backend that is built in.
func math(t *testing.T) Server {
	t.Helper()
	tools, err := builtin.NewTools("math")
	if err != nil {
		t.Fatal(err)
	}
	return Server{
		Mount:  gateway.Mount{Name: "math", Scopes: []string{"math"}, Backend: tools},
		Scopes: map[string]string{"math": "Calculate"},
	}
}

// noLines are to no process at all.
type noLines struct{ closed int }

func (*noLines) Dial(context.Context, string) (wire.Conn, error) {
	return nil, errors.New("no process")
}

func (l *noLines) Close() error { l.closed++; return nil }

func TestOpen(t *testing.T) {
	s := &Backends{Servers: []Server{math(t)}, HTTP: http.DefaultTransport, Log: slog.New(slog.DiscardHandler),
		Lines: func(string, config.Backend) (Lines, error) { return new(noLines), nil }}
	all, err := s.Open(parse(t, `
backends:
  files: {command: x, description: Read files, scopes: [read], prefix: ""}
  issues: {url: "https://a.example", timeout: 5s, concurrency: 3, pin: true, tools: {include: [get_*], override: {get_x: {title: X, annotations: {readOnlyHint: true}}}}}
  gone: {url: "https://a.example", disabled: true}
  math: {scopes: [], prefix: m_, description: Unused}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all.Mounts {
		got = append(got, m.Kind+" "+m.Name+" "+m.Prefix+" "+strings.Join(m.Scopes, ","))
	}
	if want := []string{"builtin math m_ ", "stdio files  read", "remote issues issues_ issues"}; !slices.Equal(got, want) {
		t.Errorf("mounts = %q, want %q", got, want)
	}
	issues := all.Mounts[2]
	if issues.Limits.Timeout != 5*time.Second || issues.Limits.Concurrency != 3 || !issues.Pin {
		t.Errorf("issues = %+v", issues)
	}
	if o := issues.Tools.Override["get_x"]; !slices.Equal(issues.Tools.Include, []string{"get_*"}) || o.Title != "X" || string(o.Annotations) != `{"readOnlyHint":true}` {
		t.Errorf("tools = %+v", issues.Tools)
	}
	if all.ScopeText["read"] != "Read files" || all.ScopeText["math"] != "Calculate" {
		t.Errorf("scopes = %v", all.ScopeText)
	}
}

func TestScopes(t *testing.T) {
	s := &Backends{Servers: []Server{math(t)}}
	for text, want := range map[string]string{
		"":                            "math",
		"backends: {a: {command: x}}": "a math",
		"backends: {math: {scopes: [calculate]}, a: {url: 'https://a.example', scopes: []}}":                              "calculate",
		"backends: {math: {disabled: true}, a: {url: 'https://a.example', scopes: [x, b]}, c: {command: x, scopes: [b]}}": "b x",
	} {
		if got := strings.Join(s.Scopes(parse(t, text)), " "); got != want {
			t.Errorf("scopes of %q = %q, want %q", text, got, want)
		}
	}
}

func TestOpenAgainKeepsWhatStays(t *testing.T) {
	var made []*noLines
	s := &Backends{HTTP: http.DefaultTransport, Log: slog.New(slog.DiscardHandler),
		Lines: func(string, config.Backend) (Lines, error) {
			made = append(made, new(noLines))
			return made[len(made)-1], nil
		}}
	open := func(text string) []gateway.Mount {
		t.Helper()
		all, err := s.Open(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return all.Mounts
	}
	first := open("backends: {a: {command: x}, b: {url: 'https://b.example'}, c: {command: z}}")
	second := open("backends: {a: {command: x, prefix: '', timeout: 3s}, b: {url: 'https://b.example', auth: {bearer: '${env:T}'}}, d: {command: z}}")
	if first[0].Backend != second[0].Backend || second[0].Prefix != "" {
		t.Error("a has another backend, though its server is the same")
	}
	if first[1].Backend == second[1].Backend {
		t.Error("b has the same backend, though it has another token")
	}
	if len(made) != 3 {
		t.Errorf("%d lines were made, want those of a, c and d", len(made))
	}
	if err := second[2].Backend.Close(); err != nil || made[2].closed != 1 {
		t.Errorf("d is closed, its lines %d times: %v", made[2].closed, err)
	}
}

func TestOpenInVainLeavesAllAsItWas(t *testing.T) {
	var made []*noLines
	s := &Backends{HTTP: http.DefaultTransport, Log: slog.New(slog.DiscardHandler),
		Lines: func(name string, _ config.Backend) (Lines, error) {
			if name == "bad" {
				return nil, errors.New("no such thing")
			}
			made = append(made, new(noLines))
			return made[len(made)-1], nil
		}}
	before, err := s.Open(parse(t, "backends: {a: {command: x}}"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(parse(t, "backends:\n  a: {command: x}\n  b: {command: y}\n  bad: {command: z}"))
	if err == nil || err.Error() != "line 4: backends.bad: no such thing" {
		t.Errorf("err = %v", err)
	}
	if made[0].closed != 0 || made[1].closed != 1 {
		t.Errorf("a was closed %d times, b %d times; want b alone", made[0].closed, made[1].closed)
	}
	after, err := s.Open(parse(t, "backends: {a: {command: x}}"))
	if err != nil || after.Mounts[0].Backend != before.Mounts[0].Backend {
		t.Errorf("a is another now: %v", err)
	}
}

func TestCheck(t *testing.T) {
	native := &Backends{Servers: []Server{math(t)}, Lines: func(string, config.Backend) (Lines, error) { return new(noLines), nil }}
	worker := &Backends{}
	for _, tt := range []struct {
		name, text string
		in         *Backends
		want       string
	}{
		{"settings of what is built in", "backends: {math: {disabled: true}}", native, ""},
		{"settings of nothing", "backends: {maths: {disabled: true}}", native, "line 1: backends.maths: a backend needs a url, or a command; built in are math"},
		{"settings of nothing where nothing is built in", "backends: {math: {disabled: true}}", worker, "a backend needs a url, or a command"},
		{"the name of what is built in", "backends: {math: {command: x}}", native, "a backend of this name is built in"},
		{"a child process where there are none", "servers: {a: {command: x}}", worker, "line 1: servers.a.command: there are no child processes here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.in.Check(parse(t, tt.text))
			if tt.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

// carrier is an http.RoundTripper over a handler.
type carrier struct{ http.Handler }

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestCredentials(t *testing.T) {
	for _, tt := range []struct{ name, auth, header, want string }{
		{"a token", "auth: {bearer: '${env:T}'}", "Authorization", "Bearer secret"},
		{"a name and a password", "auth: {basic: {user: me, password: '${env:T}'}}", "Authorization", "Basic bWU6c2VjcmV0"},
		{"a header of its own", "auth: {header: {name: X-API-Key, value: '${env:T}'}}", "X-Api-Key", "secret"},
		{"any header", "headers: {Authorization: 'Token ${env:T}'}", "Authorization", "Token secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen := make(chan string, 16)
			s := &Backends{Log: slog.New(slog.DiscardHandler), HTTP: carrier{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- r.Header.Get(tt.header)
				http.Error(w, "no", http.StatusForbidden)
			})}}
			all, err := s.Open(parse(t, "backends: {a: {url: 'https://a.example/mcp', "+tt.auth+"}}"))
			if err != nil {
				t.Fatal(err)
			}
			defer all.Mounts[0].Backend.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			all.Mounts[0].Backend.Catalog(ctx)
			select {
			case got := <-seen:
				if got != tt.want {
					t.Errorf("%s: %s, want %s", tt.header, got, tt.want)
				}
			default:
				t.Error("the server was never asked")
			}
		})
	}
}

func TestTheTransportThatTheOperatorNames(t *testing.T) {
	for word, want := range map[string]string{
		"":                "POST POST GET", // asked for each in turn
		"http":            "POST POST GET",
		"auto":            "POST POST GET",
		"sse":             "GET",
		"streamable-http": "POST POST",
		"streamableHttp":  "POST POST",
		"streamable_http": "POST POST",
	} {
		t.Run(word, func(t *testing.T) {
			var asked []string
			upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.Method)
				http.NotFound(w, r)
			}))
			defer upstream.Close()
			s := &Backends{HTTP: http.DefaultTransport, Log: slog.New(slog.DiscardHandler)}
			all, err := s.Open(parse(t, `backends: {x: {url: "`+upstream.URL+`", type: "`+word+`"}}`))
			if err != nil {
				t.Fatal(err)
			}
			defer all.Mounts[0].Backend.Close()
			if _, err := all.Mounts[0].Backend.Catalog(t.Context()); err == nil {
				t.Error("there is a catalog of nothing")
			}
			if got := strings.Join(asked, " "); got != want {
				t.Errorf("the server got %s, want %s", got, want)
			}
		})
	}
}
