package operate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/internal/operate"
)

const secret = "0123456789abcdef0123456789abcdef"

// office is an endpoint, with what it has recorded.
type office struct {
	*operate.Endpoint
	events []audit.Event
	full   error // of the record
}

func newOffice(do func(operate.Order) (operate.Result, error)) *office {
	o := &office{}
	o.Endpoint = &operate.Endpoint{
		Secret: secret,
		Do:     func(_ context.Context, order operate.Order) (operate.Result, error) { return do(order) },
		Audit:  o,
		Tries:  operate.NewTries(time.Now),
		Now:    time.Now,
	}
	return o
}

func (o *office) Record(_ context.Context, ev audit.Event) error {
	if o.full == nil {
		o.events = append(o.events, ev)
	}
	return o.full
}

// RoundTrip lets a client come in without a port.
func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	in.Header = r.Header
	httpx.Serve(o.Serve, operate.Render).ServeHTTP(w, in)
	return w.Result(), nil
}

func (o *office) client(t *testing.T, secret string) *operate.Client {
	t.Helper()
	c, err := operate.NewClient("https://mcp.example/", secret, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEndpoint(t *testing.T) {
	list := operate.Order{Do: operate.List, Of: operate.Grants}

	t.Run("an order is carried out and recorded, and its result comes back", func(t *testing.T) {
		d := newDesk(t)
		id := d.grant(t, "one", "dev:ada")
		o := newOffice(func(order operate.Order) (operate.Result, error) { return d.Do(t.Context(), order) })
		res, err := o.client(t, secret).Do(t.Context(), list)
		if err != nil || len(res.Rows) != 1 || res.Rows[0][0].Text != id || res.Rows[0][4].Time.IsZero() {
			t.Errorf("list = %+v, %v", res, err)
		}
		if _, err := o.client(t, secret).Do(t.Context(), operate.Order{Do: operate.Revoke, Of: operate.Grants, ID: id}); err != nil {
			t.Errorf("revoke = %v", err)
		}
		if _, err := o.client(t, secret).Do(t.Context(), operate.Order{Do: operate.Revoke, Of: operate.Grants, ID: "x"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("revoke of nothing = %v, want %v", err, fault.NotFound)
		}
		token := operate.NewToken{Who: "dev:ada", Scopes: []string{"math"}, Expires: time.Now().Add(time.Hour)}
		if res, err := o.client(t, secret).Do(t.Context(), operate.Order{Do: operate.Create, Of: operate.Tokens, Token: token}); err != nil || res.Token == "" {
			t.Errorf("create = %+v, %v", res, err)
		}
		var got []string
		for _, ev := range o.events {
			got = append(got, strings.Join([]string{ev.Subject, ev.Action, ev.Target, string(ev.Phase), string(ev.Outcome)}, ","))
		}
		want := []string{
			"operator,operate,grants list,started,", "operator,operate,grants list,done,ok",
			"operator,operate,grants revoke " + id + ",started,", "operator,operate,grants revoke " + id + ",done,ok",
			"operator,operate,grants revoke x,started,", "operator,operate,grants revoke x,done,failed",
			"operator,operate,tokens create dev:ada,started,", "operator,operate,tokens create dev:ada,done,ok",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
	never := func(operate.Order) (operate.Result, error) {
		t.Error("the order was carried out")
		return operate.Result{}, nil
	}
	t.Run("what cannot be recorded is not done", func(t *testing.T) {
		o := newOffice(never)
		o.full = fault.New(fault.Unavailable, "The record is full.")
		if _, err := o.client(t, secret).Do(t.Context(), list); err == nil || err.Error() != "The record is full." {
			t.Errorf("list = %v", err)
		}
	})
	t.Run("who guesses has to wait, and so has who comes after from there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			done := 0
			o := newOffice(func(operate.Order) (operate.Result, error) { done++; return operate.Result{}, nil })
			wrong := strings.Replace(secret, "f", "e", 1)
			for range 10 {
				if _, err := o.client(t, wrong).Do(t.Context(), list); err == nil || !strings.Contains(err.Error(), "not the one") {
					t.Errorf("with a wrong secret = %v", err)
				}
			}
			for _, s := range []string{wrong, secret} {
				if _, err := o.client(t, s).Do(t.Context(), list); err == nil || !strings.Contains(err.Error(), "Too many") {
					t.Errorf("after ten guesses = %v", err)
				}
			}
			time.Sleep(10 * time.Minute)
			if _, err := o.client(t, secret).Do(t.Context(), list); err != nil || done != 1 {
				t.Errorf("later = %v", err)
			}
			if len(o.events) != 2 {
				t.Errorf("there are %d events, want 2", len(o.events))
			}
		})
	})
	t.Run("what is no order is refused", func(t *testing.T) {
		o := newOffice(never)
		for _, tt := range []struct {
			method, body, auth string
			want               int
		}{
			{"POST", `{"do":"list","of":"grants"}`, "", 403},
			{"POST", `{"do":"list","of":"grants"}`, secret, 403},
			{"POST", `{"do":"list","of":"grants"}`, "Bearer ", 403},
			{"POST", `{"do":"list","of":"grants"}`, "Bearer " + secret + " ", 403},
			{"GET", "", "Bearer " + secret, 400},
			{"POST", "", "Bearer " + secret, 400},
			{"POST", `{"do":"list","of":"grants","more":1}`, "Bearer " + secret, 400},
			{"POST", `{"do":"list","do":"revoke"}`, "Bearer " + secret, 400},
			{"POST", strings.Repeat(" ", 65<<10), "Bearer " + secret, 413},
		} {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), tt.method, operate.Path, strings.NewReader(tt.body))
			r.Header.Set("Authorization", tt.auth)
			httpx.Serve(o.Serve, operate.Render).ServeHTTP(w, r)
			if w.Code != tt.want || strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s %.40q with %q = %d %s, want %d", tt.method, tt.body, tt.auth, w.Code, w.Body, tt.want)
			}
		}
	})
}

// answering is a server that always says the same.
type answering struct {
	status int
	body   string
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Location", "https://elsewhere.example/operate")
	w.WriteHeader(a.status)
	w.WriteString(a.body)
	return w.Result(), nil
}

func TestClient(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer answering
		want   string
	}{
		{"a server that has no endpoint", answering{404, "<h1>There is no such page here.</h1>"}, "takes no orders (status 404)"},
		{"a server that leads elsewhere gets no second try", answering{307, ""}, "takes no orders (status 307)"},
		{"words that would command a terminal", answering{400, `{"error":"\u001b[2Jno"}`}, "?[2Jno"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := operate.NewClient("https://mcp.example", secret, tt.answer)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), operate.Order{Do: operate.List, Of: operate.Grants})
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, fault.NotFound) {
				t.Errorf("list = %v, want %q", err, tt.want)
			}
		})
	}
	for _, tt := range []struct{ name, url, secret, wrong string }{
		{"a server of this machine", "http://localhost:8787", secret, ""},
		{"a server elsewhere without encryption", "http://mcp.example", secret, "https only"},
		{"a path", "https://mcp.example/mcp", secret, "not the URL of a server"},
		{"no URL", "mcp.example", secret, "not the URL of a server"},
		{"a secret that could be guessed", "https://mcp.example", secret[1:], "could be guessed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := operate.NewClient(tt.url, tt.secret, nil)
			if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("client = %v, want %q", err, tt.wrong)
			}
		})
	}
}
