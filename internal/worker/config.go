package worker

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
	"gatehouse/internal/httpx"
)

// The variables of the Worker.
const (
	varURLs = "GATEHOUSE_URLS" // public URLs, where the file has none
	varKeys = "GATEHOUSE_KEYS" // a secret: what seals the store
	varDev  = "DEV_LOGIN"      // "on" lets anybody in, on loopback names
)

// configuration reads gatehouse.yaml and the variables. In development the file
// does not say where the program is and how people log in. Where no URL is
// configured, it serves the loopback names of the origin that was asked for
// first, and no other.
func configuration(file string, getenv func(string) string, origin string, backends *assemble.Backends) (c config.Config, dev bool, err error) {
	c, err = config.Parse([]byte(file), getenv, noFiles)
	misread, partly := errors.AsType[*config.Misread](err)
	if err != nil && !partly {
		return c, dev, fmt.Errorf("gatehouse.yaml:\n%w", err)
	}
	lacks := checkTarget(&c)
	if dev = getenv(varDev) == "on"; dev {
		stayLocal(&c)
		if partly {
			err = misread.Except("urls", "login")
		}
	}
	if len(c.URLs) == 0 {
		c.URLs = strings.FieldsFunc(getenv(varURLs), func(r rune) bool { return r == ' ' || r == ',' })
	}
	_, wrong := assemble.Configured(c)
	errs := []error{err, wrong, lacks, backends.Check(c)}
	if dev {
		if len(c.URLs) == 0 {
			c.URLs = loopbackURLs(origin)
		}
		errs = append(errs, c.CheckDev(), checkDev(c, origin))
	} else {
		errs = append(errs, c.CheckServe())
	}
	if err := config.Join(errs...); err != nil {
		return c, dev, fmt.Errorf("gatehouse.yaml:\n%w", err)
	}
	return c, dev, nil
}

// stayLocal leaves out what the file says of the place where the program is in
// production.
func stayLocal(c *config.Config) {
	c.URLs = slices.DeleteFunc(c.URLs, func(u string) bool { return !isLoopback(u) })
	c.Login = config.Default().Login
}

func noFiles(name string) ([]byte, error) {
	return nil, fmt.Errorf("${file:%s}: a Worker has no files; make it a secret with wrangler secret put NAME, and write ${env:NAME}", name)
}

// checkTarget returns what a Worker cannot have.
func checkTarget(c *config.Config) error {
	var errs []error
	refuse := func(is bool, setting, why string) {
		if is {
			errs = append(errs, c.Fault(setting, "%s", why))
		}
	}
	usual := config.Default()
	refuse(c.Addr != usual.Addr, "addr", "a Worker does not listen; its routes are in wrangler.jsonc")
	refuse(c.Data != usual.Data, "data", "a Worker has no folder; its records are in its Durable Object")
	refuse(c.TLS != usual.TLS, "tls", "Cloudflare has the certificate")
	refuse(len(c.Proxies) > 0, "proxies", "Cloudflare itself says where a request comes from")
	refuse(c.Audit != usual.Audit, "audit", "a Worker has no files; the record goes to its log")
	refuse(c.Login.Password, "login.password", "there is no command that adds accounts to a Worker; use an oidc provider or github")
	return errors.Join(errs...)
}

// checkDev keeps the development login from strangers.
func checkDev(c config.Config, origin string) error {
	if len(c.URLs) == 0 {
		return refuseDev(origin)
	}
	var errs []error
	for _, u := range c.URLs {
		if !isLoopback(u) {
			errs = append(errs, refuseDev(u))
		}
	}
	return errors.Join(errs...)
}

func refuseDev(address string) error {
	return fmt.Errorf("%s: the development login lets everybody in, so it is for loopback names only, and %s is none; turn it off, and set login and urls in gatehouse.yaml", varDev, address)
}

// loopbackURLs are the names by which a browser and a command line reach a
// server on the same machine; none if the origin is elsewhere.
func loopbackURLs(origin string) []string {
	u, err := url.Parse(origin)
	if err != nil || !isLoopback(origin) {
		return nil
	}
	at := ""
	if port := u.Port(); port != "" {
		at = ":" + port
	}
	return []string{u.Scheme + "://localhost" + at, u.Scheme + "://127.0.0.1" + at}
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && httpx.IsLoopback(u.Hostname())
}
