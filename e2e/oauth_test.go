package e2e

import (
	"testing"
	"time"

	"gatehouse/e2e/node"
)

func TestStrictOAuthClient(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		for _, transport := range []string{"http", "sse"} {
			t.Run("endpoint for "+transport, func(t *testing.T) {
				run(t, tools, time.Minute, "oauth4webapi.mjs", h.endpoint(transport))
			})
		}
	})
}
