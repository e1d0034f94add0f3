// Package person plays the human in front of the browser: it opens the page
// that a client wants opened, fills in the forms it is shown, and approves.
//
//	authorize -> login form -> consent form -> redirect to the client
//
// It knows nothing of the pages but what HTML says: links by their words,
// forms, inputs by name and type, buttons by value. So it can log in to any
// server that works without script.
package person

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"syscall"
	"time"
)

// maxSteps bounds the road from the first page to the last redirect.
const maxSteps = 12

// Person answers what the pages ask. The cookies are kept from one road to
// the next, as a browser does.
type Person struct {
	Name     string
	Password string
	Decision string // the value of the button to press, "approve" or "deny"
	Link     string // the words of a link that goes before any form; may be empty

	// Client is the browser. Its transport may be replaced.
	Client *http.Client
}

// New returns a person who approves.
func New(name string) *Person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // only options can be wrong
	}
	return &Person{
		Name:     name,
		Password: "correct horse battery staple",
		Decision: "approve",
		Client: &http.Client{
			Jar:           jar,
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Follow goes the road that begins at start, and returns the redirect that
// leads away from that server. It does not open it.
func (p *Person) Follow(ctx context.Context, start string) (*url.URL, error) {
	home, err := url.Parse(start)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return nil, err
	}
	for range maxSteps {
		if req.URL.Scheme != home.Scheme || req.URL.Host != home.Host {
			return req.URL, nil
		}
		if req, err = p.step(req); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("follow %s: no end after %d steps", start, maxSteps)
}

// Visit goes the same road, and opens the redirect at its end. A client that
// does not listen yet is tried again, as one does with a page that fails.
func (p *Person) Visit(ctx context.Context, start string) error {
	away, err := p.Follow(ctx, start)
	if err != nil {
		return err
	}
	for {
		status, err := p.open(ctx, away)
		switch {
		case err == nil && status < 400:
			return nil
		case err == nil:
			return fmt.Errorf("the client answered its redirect with %d", status)
		case !errors.Is(err, syscall.ECONNREFUSED):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *Person) open(ctx context.Context, page *url.URL) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page.String(), nil)
	if err != nil {
		return 0, err
	}
	res, err := p.Client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// step opens one page and returns the request that it leads to.
func (p *Person) step(req *http.Request) (*http.Request, error) {
	res, err := p.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	switch res.StatusCode {
	case http.StatusFound, http.StatusSeeOther:
		to, err := res.Location()
		if err != nil {
			return nil, err
		}
		return http.NewRequestWithContext(req.Context(), http.MethodGet, to.String(), nil)
	case http.StatusOK:
		if href, ok := findLink(body, p.Link); ok {
			return p.press(req, href)
		}
		form, err := readForm(body, p.Decision)
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", req.URL.Path, err, body)
		}
		return p.submit(req, form)
	}
	return nil, fmt.Errorf("%s %s: %s\n%s", req.Method, req.URL, res.Status, body)
}

// press follows a link of the page at req.
func (p *Person) press(req *http.Request, href string) (*http.Request, error) {
	to, err := req.URL.Parse(href)
	if err != nil {
		return nil, err
	}
	return http.NewRequestWithContext(req.Context(), http.MethodGet, to.String(), nil)
}

// submit sends a form filled in, as the browser would from the page at req.
func (p *Person) submit(req *http.Request, f *form) (*http.Request, error) {
	if f.method != http.MethodPost {
		return nil, errors.New("a form that changes something does not post")
	}
	to, err := req.URL.Parse(f.action)
	if err != nil {
		return nil, err
	}
	next, err := http.NewRequestWithContext(req.Context(), f.method, to.String(), f.fill(p))
	if err != nil {
		return nil, err
	}
	next.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	next.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	next.Header.Set("Sec-Fetch-Site", "same-origin")
	return next, nil
}
