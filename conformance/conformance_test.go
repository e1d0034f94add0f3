package conformance

import (
	"maps"
	"testing"

	"gatehouse/e2e/node"
)

func TestConformance(t *testing.T) {
	s := suite{tools: node.Installed(t)}
	h := startHost(t)
	s.examine(t, authorized(t, h.URL+"/mcp", h.Token(t, "fixture")))
}

// TestConformanceWorker asks the same of the host in the Workers runtime.
func TestConformanceWorker(t *testing.T) {
	s := suite{tools: node.Installed(t), where: "workerd "}
	url := startWorker(t)
	s.examine(t, authorized(t, url+"/mcp", logIn(t, url)))
}

// examine runs all that the host should pass against the endpoint at url.
func (s suite) examine(t *testing.T, url string) {
	t.Helper()

	// What a revision requires, as frozen at its release.
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run("required by "+revision, func(t *testing.T) {
			t.Parallel()
			filter := []string{"--requirements", revision}
			s.server(t, url, filter...).report(t, s.where+revision, s.scenarios(t, filter...))
		})
	}

	// All that the suite has for an older revision.
	for _, revision := range []string{"2025-06-18", "2025-03-26"} {
		t.Run("all of "+revision, func(t *testing.T) {
			t.Parallel()
			filter := []string{"--spec-version", revision}
			s.server(t, url, append(filter, "--suite", "all")...).report(t, s.where+revision, s.scenarios(t, filter...))
		})
	}

	// What the suite has besides: what it does not require yet, and the tasks
	// extension. The package comment says what is left out.
	for title, besides := range map[string]struct {
		revision  string
		scenarios []string
	}{
		"2025-11-25 pending": {"2025-11-25", []string{"server-session-lifecycle", "json-schema-2020-12"}},
		"2026-07-28 pending": {"2026-07-28", []string{"json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation"}},
		"2026-07-28 tasks": {"2026-07-28", []string{
			"tasks-lifecycle",
			"tasks-capability-negotiation",
			"tasks-wire-fields",
			"tasks-request-state-removal",
			"tasks-mrtr-input",
			"tasks-request-headers",
			"tasks-dispatch-and-envelope",
			"tasks-required-task-error",
			"tasks-mrtr-composition",
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			found := findings{}
			for _, name := range besides.scenarios {
				maps.Copy(found, s.server(t, url, "--scenario", name, "--spec-version", besides.revision, "--force"))
			}
			found.report(t, s.where+title, besides.scenarios)
		})
	}
}
