//go:build js && wasm

package worker

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"syscall/js"

	"gatehouse/internal/config"
	"gatehouse/internal/httpx"
)

// environment are the variables and secrets of the Worker.
type environment struct{ env js.Value }

func (e environment) get(name string) string {
	if v := e.env.Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// configuration is what the variables say. Where no URL is configured, the
// program serves the loopback names of the origin that was asked for first,
// and no other.
func configuration(env environment, origin string) (c config.Config, dev bool, err error) {
	c = config.Default()
	c.URLs = strings.Fields(strings.ReplaceAll(env.get("GATEHOUSE_URLS"), ",", " "))
	dev = env.get("DEV_LOGIN") == "on"
	if len(c.URLs) == 0 {
		if c.URLs, err = loopbackURLs(origin); err != nil {
			return c, dev, err
		}
	}
	for _, u := range c.URLs {
		if err := config.CheckURL(u); err != nil {
			return c, dev, fmt.Errorf("GATEHOUSE_URLS: %w", err)
		}
		if dev && !isLoopback(u) {
			return c, dev, fmt.Errorf("DEV_LOGIN: the development login lets everybody in, so it is for loopback names only, and %s is none", u)
		}
	}
	if !dev {
		return c, dev, errors.New("login: no way to log in. Set DEV_LOGIN to on for development")
	}
	return c, dev, nil
}

// loopbackURLs are the names by which a browser and a command line reach a
// server on the same machine.
func loopbackURLs(origin string) ([]string, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if !isLoopback(origin) {
		return nil, fmt.Errorf("GATEHOUSE_URLS: no public URL; clients need to know where this server is. Set it to %s if that is right", origin)
	}
	at := ""
	if port := u.Port(); port != "" {
		at = ":" + port
	}
	return []string{u.Scheme + "://localhost" + at, u.Scheme + "://127.0.0.1" + at}, nil
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && httpx.IsLoopback(u.Hostname())
}
