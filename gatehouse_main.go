package gatehouse

import (
	"fmt"
	"os"

	"gatehouse/internal/cli"
)

// Main is the command line of a host that serves the backends: dev, serve and
// the rest. It reads the arguments of the process and ends it.
func Main(backends ...*Backend) {
	places, err := mounts(backends)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		os.Exit(1)
	}
	var servers []cli.Server
	for i, b := range backends {
		servers = append(servers, cli.Server{Mount: places[i], Scopes: b.Descriptions()})
	}
	cli.Main(servers)
}
