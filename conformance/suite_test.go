package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/e2e/node"
)

// check is one line of what the suite found.
type check struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Status       string         `json:"status"`
	ErrorMessage string         `json:"errorMessage"`
	Details      jsontext.Value `json:"details"`
}

// findings are the checks of each scenario that was run.
type findings map[string][]check

// passed reports whether a scenario proved something, and nothing wrong.
func (f findings) passed(scenario string) bool {
	good := false
	for _, c := range f[scenario] {
		switch c.Status {
		case "FAILURE":
			return false
		case "SUCCESS":
			good = true
		}
	}
	return good
}

// report logs one line, "2025-11-25: 30/30", and fails the test with the
// details of each scenario that did not pass.
func (f findings) report(t *testing.T, title string, scenarios []string) {
	t.Helper()
	good := 0
	for _, s := range scenarios {
		if f.passed(s) {
			good++
			continue
		}
		t.Errorf("%s: %s did not pass:\n%s", title, s, f.explain(s))
	}
	fmt.Printf("%s: %d/%d\n", title, good, len(scenarios))
}

func (f findings) explain(scenario string) string {
	var b strings.Builder
	if len(f[scenario]) == 0 {
		b.WriteString("\tit left no findings\n")
	}
	for _, c := range f[scenario] {
		if c.Status == "SUCCESS" || c.Status == "INFO" {
			continue
		}
		fmt.Fprintf(&b, "\t%s %s (%s): %s\n\t\t%.2000s\n", c.Status, c.Name, c.ID, c.ErrorMessage, c.Details)
	}
	return b.String()
}

// suite is the official suite.
type suite struct {
	tools node.Tools
	where string // what a title begins with; empty for a host on this machine
}

func (s suite) script() string {
	return s.tools.Package("@modelcontextprotocol/conformance/dist/index.js")
}

var listed = regexp.MustCompile(`(?m)^  - (\S+)`)

// scenarios lists what a run with these filters holds.
func (s suite) scenarios(t *testing.T, filters ...string) []string {
	t.Helper()
	args := append([]string{"list"}, filters...)
	out, err := s.tools.Command(t, time.Minute, s.script(), args...).Output()
	if err != nil {
		t.Fatalf("list %v: %v", filters, err)
	}
	// Only servers are examined here; the list of clients comes after.
	servers, _, _ := strings.Cut(string(out), "Client scenarios")
	var names []string
	for _, m := range listed.FindAllStringSubmatch(servers, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatalf("list %v: no scenarios in %q", filters, out)
	}
	return names
}

// server examines the server at url.
func (s suite) server(t *testing.T, url string, args ...string) findings {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"server", "--url", url, "--output-dir", dir}, args...)
	out, err := s.tools.Command(t, 5*time.Minute, s.script(), args...).CombinedOutput()
	return read(t, dir, out, err)
}

// stamp is what the suite puts behind a scenario's name.
var stamp = regexp.MustCompile(`-\d{4}-\d{2}-\d{2}T.*$`)

// read collects what a run of the suite has left in dir. A run that found
// something wrong exits with 1, which says no more than the files do.
func read(t *testing.T, dir string, out []byte, err error) findings {
	t.Helper()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("run the suite: %v\n%s", err, out)
	}
	found := findings{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "checks.json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var checks []check
		if err := json.Unmarshal(b, &checks); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		name := stamp.ReplaceAllString(filepath.Base(filepath.Dir(path)), "")
		for _, role := range []string{"authorization-server-", "server-"} {
			if rest, ok := strings.CutPrefix(name, role); ok {
				name = rest
				break
			}
		}
		found[name] = checks
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("the suite found nothing:\n%s", out)
	}
	return found
}
