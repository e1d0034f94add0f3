//go:build !js

package gatehouse

import (
	"gatehouse/internal/assemble"
	"gatehouse/internal/cli"
)

func run(servers []assemble.Server) { cli.Main(servers) }
