package person

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// inProcess answers a client's requests without a port.
type inProcess struct {
	handler http.Handler
}

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}

// house asks for a name, then for a decision, and redirects with both.
func house() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<form method=post action=login><input name=name><input type=password name=secret>`+
			`<input type=hidden name=kept value="a b"><input type=checkbox name=unasked><button>Log in</button></form>`+
			`<a href="http://elsewhere.test/?from=house">Log in <b>elsewhere</b></a>`)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("secret") == "" || r.FormValue("kept") != "a b" || r.Form.Has("unasked") {
			http.Error(w, "the form came back wrong", http.StatusBadRequest)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.FormValue("name")})
		http.Redirect(w, r, "/consent", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /consent", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<form method=post action=switch><button>Another account</button></form>`+
			`<form method=post><button name=decision value=deny>Deny</button>`+
			`<button name=decision value=approve>Approve</button></form>`)
	})
	mux.HandleFunc("POST /consent", func(w http.ResponseWriter, r *http.Request) {
		who, err := r.Cookie("who")
		if err != nil {
			http.Error(w, "nobody is logged in", http.StatusForbidden)
			return
		}
		http.Redirect(w, r, "http://127.0.0.1:1/cb?"+r.FormValue("decision")+"="+who.Value, http.StatusSeeOther)
	})
	return mux
}

func TestFollow(t *testing.T) {
	for _, decision := range []string{"approve", "deny"} {
		t.Run(decision, func(t *testing.T) {
			p := New("ada")
			p.Decision = decision
			p.Client.Transport = inProcess{house()}
			got, err := p.Follow(t.Context(), "http://house.test/authorize")
			if want := "http://127.0.0.1:1/cb?" + decision + "=ada"; err != nil || got.String() != want {
				t.Errorf("Follow = %v, %v, want %s", got, err, want)
			}
		})
	}

	t.Run("a link goes before the form", func(t *testing.T) {
		p := New("ada")
		p.Link = "Log in elsewhere"
		p.Client.Transport = inProcess{house()}
		got, err := p.Follow(t.Context(), "http://house.test/authorize")
		if want := "http://elsewhere.test/?from=house"; err != nil || got.String() != want {
			t.Errorf("Follow = %v, %v, want %s", got, err, want)
		}
	})

	t.Run("an error page is the end, and is shown", func(t *testing.T) {
		p := New("ada")
		p.Client.Transport = inProcess{house()}
		_, err := p.Follow(t.Context(), "http://house.test/nowhere")
		if err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("Follow = %v, want the 404", err)
		}
	})

	t.Run("a circle has an end", func(t *testing.T) {
		p := New("ada")
		p.Client.Transport = inProcess{http.RedirectHandler("/", http.StatusFound)}
		if _, err := p.Follow(t.Context(), "http://house.test/"); err == nil {
			t.Error("Follow went round a circle and came home")
		}
	})
}
