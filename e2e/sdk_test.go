package e2e

import (
	"testing"
	"time"

	"gatehouse/e2e/node"
)

func TestTypeScriptSDK(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, c := range []struct {
			name, script, transport, era string
		}{
			{"version 1 over http", "sdk-v1.mjs", "http", ""},
			{"version 1 over sse", "sdk-v1.mjs", "sse", ""},
			{"version 2 over http, older revisions", "sdk-v2.mjs", "http", "legacy"},
			{"version 2 over http, what is offered", "sdk-v2.mjs", "http", "auto"},
			{"version 2 over http, the newest revision", "sdk-v2.mjs", "http", "modern"},
			{"version 2 over sse", "sdk-v2.mjs", "sse", "legacy"},
		} {
			t.Run(c.name, func(t *testing.T) {
				run(t, tools, time.Minute, c.script, h.endpoint(c.transport), c.transport, c.era)
			})
		}
	})
}
