package gatehouse

import (
	"fmt"
	"os"

	"gatehouse/internal/assemble"
)

// Main is the whole program of a host that serves the backends. On a machine
// it is the command line: it reads the arguments of the process and ends it.
// In a Worker it answers the requests of its object.
func Main(backends ...*Backend) {
	places, err := mounts(backends)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		os.Exit(1)
	}
	var servers []assemble.Server
	for i, b := range backends {
		servers = append(servers, assemble.Server{Mount: places[i], Scopes: b.Descriptions()})
	}
	run(servers)
}
