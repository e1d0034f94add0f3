package gatehouse

import (
	"gatehouse/internal/assemble"
	"gatehouse/internal/worker"
)

func run(servers []assemble.Server) { worker.Main(servers) }
