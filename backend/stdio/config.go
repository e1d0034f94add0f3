//go:build !js

package stdio

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"
)

// Config says which server to run, and within which bounds. Command is the
// only field that must be set.
type Config struct {
	Name    string            // of the backend, in logs and in what callers read
	Command string            // a path, or a name to look for in the PATH of the child
	Args    []string          // never logged
	Env     map[string]string // never logged, and blotted out of what the server says
	Inherit []string          // variables that the child takes from the host; nil stands for [Inherited]
	Dir     string            // where it runs; "" is where the host runs

	Idle      time.Duration // how long a process may have nothing to do: 10 minutes; negative for ever
	Processes int           // how many may run: 16
	Memory    int64         // bytes that a process may use with its family; 0 is no bound. Linux only
	Message   int           // bytes of the longest message that is read: 64 MiB

	Start time.Duration // from the start until the first message: two minutes, as package runners download first
	Write time.Duration // how long the child may leave its input unread: 10 seconds
	Grace time.Duration // for each step of asking it to end: 2 seconds

	Log *slog.Logger     // nil drops all
	Now func() time.Time // nil is time.Now
}

// Inherited returns the variables that a child takes from the host where the
// configuration names none: what programs need to be found, to speak a
// language and to write to a disk. None of them is a secret.
func Inherited() []string {
	if runtime.GOOS == "windows" {
		return []string{
			"APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "NUMBER_OF_PROCESSORS", "OS", "PATH", "PATHEXT",
			"PROCESSOR_ARCHITECTURE", "PROGRAMDATA", "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERNAME",
			"USERPROFILE", "WINDIR",
		}
	}
	return []string{"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"}
}

func (c Config) withDefaults() Config {
	c.Name = cmp.Or(c.Name, c.Command)
	c.Idle = cmp.Or(c.Idle, 10*time.Minute)
	c.Processes = cmp.Or(c.Processes, 16)
	c.Message = cmp.Or(c.Message, 64<<20)
	c.Start = cmp.Or(c.Start, 2*time.Minute)
	c.Write = cmp.Or(c.Write, 10*time.Second)
	c.Grace = cmp.Or(c.Grace, 2*time.Second)
	if c.Inherit == nil {
		c.Inherit = Inherited()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = c.Log.With("backend", c.Name)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// check finds what cannot be right, whatever the machine looks like.
func (c Config) check() error {
	switch {
	case c.Command == "":
		return fmt.Errorf("backend %q: no command", c.Name)
	case c.Processes < 0, c.Memory < 0, c.Message < 0, c.Start < 0, c.Write < 0, c.Grace < 0:
		return fmt.Errorf("backend %q: a negative limit", c.Name)
	}
	return nil
}

// environment returns the variables of the child: the named ones of the host,
// then those of the configuration.
func (c Config) environment() []string {
	var env []string
	for _, name := range c.Inherit {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range c.Env {
		env = append(env, name+"="+value)
	}
	return env
}
