//go:build !js

package cli

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/stdio"
	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
	"gatehouse/internal/h1"
)

// backends are those that are built in, and what can be configured beside them.
func (p *program) backends(log *slog.Logger) *assemble.Backends {
	return &assemble.Backends{
		Servers: p.servers,
		Log:     log,
		HTTP:    outward(p.getenv),
		Lines:   func(name string, b config.Backend) (assemble.Lines, error) { return lines(name, b, log) },
	}
}

// outward is the way to servers elsewhere. Their connections are kept, as many
// as calls may run. Where the environment says that a proxy leads out, the
// standard library follows it.
func outward(getenv func(string) string) http.RoundTripper {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if getenv(name) != "" {
			t := http.DefaultTransport.(*http.Transport).Clone()
			t.MaxIdleConns = 0 // in all
			t.MaxIdleConnsPerHost = 256
			return t
		}
	}
	return new(h1.Transport)
}

// lines makes the lines to the processes of a backend.
func lines(name string, b config.Backend, log *slog.Logger) (*stdio.Dialer, error) {
	c := stdio.Config{
		Name:      name,
		Command:   b.Command,
		Env:       make(map[string]string),
		Inherit:   b.InheritEnv,
		Dir:       b.Cwd,
		Idle:      time.Duration(b.Idle),
		Processes: b.Processes,
		Memory:    int64(b.Memory),
		Log:       log,
	}
	for _, arg := range b.Args {
		c.Args = append(c.Args, arg.Reveal())
	}
	for variable, value := range b.Env {
		c.Env[variable] = value.Reveal()
	}
	return stdio.New(c)
}

// apart says where the arguments stand, if a command seems to have some.
func apart(command string) string {
	if name, args, found := strings.Cut(command, " "); found {
		return fmt.Sprintf("; if %q are its arguments, write command: %s and args: [%s]", args, name, strings.Join(strings.Fields(args), ", "))
	}
	return ""
}

// checkCommands finds the commands of backends that are not there. A server
// starts without them: one that is missing takes nothing away from the others.
func checkCommands(c config.Config) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
		b := c.Backends[name]
		if !b.Child() || b.Disabled {
			continue
		}
		d, err := lines(name, b, nil)
		if err == nil {
			err = d.Check()
		}
		if err != nil {
			errs = append(errs, c.Fault(b.Path()+".command", "%v%s", err, apart(b.Command)))
		}
	}
	return config.Join(errs...)
}
