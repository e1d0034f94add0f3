package doctor

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// patience is how long a person may take to log in.
const patience = 5 * time.Minute

// callback is where the browser comes back to (RFC 8252, section 7.3).
type callback struct {
	url    string
	server *http.Server
	came   chan url.Values
}

func listen() (*callback, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &callback{url: fmt.Sprintf("http://%s/callback", l.Addr()), came: make(chan url.Values, 1)}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second}
	go c.server.Serve(l)
	return c, nil
}

func (c *callback) close() { c.server.Close() }

// ServeHTTP takes the first answer that arrives.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/callback" {
		http.NotFound(w, r)
		return
	}
	select {
	case c.came <- r.URL.Query():
	default:
	}
	io.WriteString(w, "The doctor has its answer. You can close this window.\n")
}

// login takes the person through the page and redeems the code.
func (w *walk) login(ctx context.Context) bool {
	const step = "login"
	switch {
	case w.open:
		return true
	case w.Token != "":
		w.skip(step, "a token was given")
		return true
	case !w.Login:
		w.skip(step, "not asked for")
		w.short = "a login (--login) or a token of yours (--token-file) shows the rest."
		return false
	}
	fmt.Fprintf(w.out, "\nOpen this page and log in:\n\n  %s\n\n", oneLine(w.page))
	if w.Open != nil {
		if err := w.Open(w.page); err != nil {
			w.skip(step, "no browser opened: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case answer := <-w.callback.came:
		return w.checkAnswer(answer) && w.redeem(ctx, answer.Get("code"))
	case <-ctx.Done():
		w.fail(step, "send the browser back to the redirect URI after the login.", "nobody came back within %v", patience)
		return false
	}
}

// checkAnswer reads what the browser brought back, as a careful client does
// (RFC 6749, section 4.1.2; RFC 9207, section 2.4).
func (w *walk) checkAnswer(answer url.Values) bool {
	const step = "login"
	issuers := answer["iss"]
	switch {
	case answer.Get("state") != w.proof.state:
		w.fail(step, "return state unchanged.", "the answer has another state than the request")
	case len(issuers) == 0 && w.server.NamesItself:
		w.fail(step, "send iss with every authorization response, as the metadata promises (RFC 9207).", "the answer has no iss")
	case len(issuers) > 0 && (len(issuers) > 1 || issuers[0] != w.server.Issuer):
		w.fail(step, "let iss in the authorization response be the issuer of the metadata (RFC 9207).", "iss is %s", issuers[0])
	case answer.Has("error"):
		w.fail(step, "see why the authorization server refuses.", "%s %s", answer.Get("error"), answer.Get("error_description"))
	case answer.Get("code") == "":
		w.fail(step, "send a code.", "the answer has no code")
	default:
		w.fine(step, "a code came back")
		if len(issuers) > 0 && !w.server.NamesItself {
			w.stumble(step, "advertise authorization_response_iss_parameter_supported, for some clients refuse an iss that was not announced.",
				"iss is sent, but not announced in the metadata")
		}
		return true
	}
	return false
}

// redeem turns the code into a token.
func (w *walk) redeem(ctx context.Context, code string) bool {
	const step, fix = "token", "let the token endpoint redeem the code of a client that sends its verifier and resource."
	form := url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {w.client.redirect},
		"client_id":     {w.client.ID},
		"code_verifier": {w.proof.verifier},
		"resource":      {w.resourceID()},
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	w.client.authenticate(header, form)
	r, err := w.ask(ctx, http.MethodPost, w.server.Token, header, []byte(form.Encode()))
	if err != nil {
		w.fail(step, fix, "%v", err)
		return false
	}
	var got struct {
		Access  string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int64  `json:"expires_in"`
		Refresh string `json:"refresh_token"`
		Scope   string `json:"scope"`
	}
	if r.status != http.StatusOK {
		w.fail(step, fix, "the token endpoint answers %d%s", r.status, r.oauthError())
		return false
	}
	if err := r.decode(&got); err != nil || got.Access == "" {
		w.fail(step, "answer the token endpoint with JSON that has access_token and token_type.", "200 without an access token")
		return false
	}
	w.Token = got.Access
	refresh := "with a refresh token"
	if got.Refresh == "" {
		refresh = "without a refresh token"
	}
	w.fine(step, "%s for %ds, %s, scope %s", orNothing(got.Type), got.Expires, refresh, orNothing(got.Scope))
	return true
}

// authenticate adds the secret of a client that was given one although it
// asked for none.
func (c clientRecord) authenticate(header http.Header, form url.Values) {
	switch {
	case c.Secret == "" || c.Method == "none":
	case c.Method == "client_secret_post":
		form.Set("client_secret", c.Secret)
	default: // client_secret_basic is what counts if nothing is said (RFC 7591, section 2)
		form.Del("client_id")
		r := http.Request{Header: header}
		r.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
}
