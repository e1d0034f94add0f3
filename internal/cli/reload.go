//go:build !js

package cli

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/gateway"
	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
)

// reloader takes up changes of the configuration while the server runs: those
// of backends. A change with any fault in it is not taken up at all.
type reloader struct {
	from     source
	backends *assemble.Backends
	mount    func([]gateway.Mount, map[string]string) error // puts them before clients
	log      *slog.Logger

	current config.Config
	files   []string         // that the configuration names
	seen    map[string]stamp // of the files, when they were read
}

// stamp is what a look at a file shows of its content. One that is not there
// has none.
type stamp struct {
	changed time.Time
	size    int64
}

// first reads the configuration that the server starts with.
func (r *reloader) first() (config.Config, error) {
	r.seen = r.look()
	c, err := r.from.load()
	r.current, r.files = c, c.Files()
	r.follow()
	return c, err
}

// settle is how long files must look the same before they are read: who writes
// one may be half done.
const settle = 500 * time.Millisecond

// run reads the files again when they have changed, and upon a SIGHUP, until
// ctx ends.
func (r *reloader) run(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	every := time.NewTicker(settle)
	defer every.Stop()
	last := r.seen
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			r.reload()
		case <-every.C:
			now := r.look()
			if !maps.Equal(now, r.seen) && maps.Equal(now, last) {
				r.reload()
			}
			last = now
		}
	}
}

// look returns the stamps of the file and of those that it names.
func (r *reloader) look() map[string]stamp {
	all := map[string]stamp{r.from.file: look(r.from.file)}
	for _, path := range r.files {
		all[path] = look(path)
	}
	return all
}

func look(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// reload reads the configuration again, and serves by it if nothing is wrong
// with it.
func (r *reloader) reload() {
	r.seen = r.look() // before they are read: what changes meanwhile is read again
	next, err := r.from.load()
	if _, partly := errors.AsType[*config.Misread](err); err == nil || partly {
		r.files = next.Files()
		r.follow()
	}
	if err == nil {
		err = r.serve(next)
	}
	if err != nil {
		for _, fault := range config.Each(err) {
			r.log.Error("the changed configuration is refused, and the old one stays", "file", r.from.file, "fault", fault)
		}
		return
	}
	for _, setting := range next.Changed(r.current) {
		r.log.Warn("a changed setting waits for the next start", "file", r.from.file, "setting", setting)
	}
	for _, note := range next.Notes() {
		r.log.Warn("a setting has no effect", "file", r.from.file, "note", note)
	}
	r.log.Info("the changed configuration is in place", "file", r.from.file)
	r.current = next
}

// follow looks from now on at the files that the configuration names now.
func (r *reloader) follow() {
	now := r.look()
	for path := range now {
		if before, known := r.seen[path]; known {
			now[path] = before
		}
	}
	r.seen = now
}

func (r *reloader) serve(c config.Config) error {
	mounted, err := r.backends.Open(c)
	if err != nil {
		return err
	}
	return r.mount(mounted.Mounts, mounted.ScopeText)
}
