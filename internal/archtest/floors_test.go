package archtest

import "strings"

// The floors of the house. An import goes to a lower floor, never sideways or
// up. A name that ends in /* stands for every package below it.
const (
	ground      = iota // know nothing of what the house does
	vocabulary         // types and pure functions
	foundation         // what every service leans on
	service            // hold state, or reach out
	flow               // carry one request through
	composition        // puts the parts together
	entry              // choose the drivers, and little else
	outside            // look at the house from outside; nobody imports them
)

var floors = map[string]int{
	"internal/fault":   ground,
	"internal/httpx":   ground,
	"internal/h1":      ground,
	"internal/jsrt":    ground,
	"internal/late":    ground,
	"internal/serve":   ground,
	"internal/connect": ground,
	"internal/html":    ground,
	"internal/events":  ground,
	"internal/retry":   ground,
	"worker":           ground,

	"identity": vocabulary,
	"mcp":      vocabulary,
	"oauth":    vocabulary,

	"gateway/uritemplate": vocabulary,

	"store":  foundation,
	"policy": foundation,
	"audit":  foundation,

	"internal/running": foundation,
	"mcp/client/wire":  foundation,
	"mcp/client/offer": foundation,
	"gateway/bounds":   foundation,
	"gateway/view":     foundation,

	"oauth/clients":   service,
	"oauth/login":     service,
	"oauth/login/*":   service,
	"oauth/vault":     service,
	"mcp/session":     service,
	"mcp/hold":        service,
	"mcp/client":      service,
	"gateway/pins":    service,
	"gateway/tasks":   service,
	"web":             service,
	"store/*":         service,
	"internal/config": service,
	"internal/doctor": service,

	"internal/project":          service,
	"internal/project/template": outside, // what it writes: a program on the public face

	"oauth/authorize": flow,
	"oauth/token":     flow,
	"oauth/register":  flow,
	"oauth/discovery": flow,
	"oauth/guard":     flow,
	"oauth/idp/*":     flow,
	"mcp/modern":      flow,
	"mcp/legacy":      flow,
	"gateway":         flow,
	"web/console":     flow,
	"backend/*":       flow,

	"host": composition,

	"cmd/gatehouse":     entry,
	".":                 entry,
	"sdk":               entry,
	"internal/cli":      entry,
	"internal/worker":   entry,
	"internal/assemble": entry,
	"internal/operate":  entry,

	"bench":             outside,
	"bench/*":           outside,
	"conformance":       outside,
	"conformance/*":     outside,
	"e2e":               outside,
	"e2e/*":             outside,
	"examples/*":        outside,
	"internal/archtest": outside,
	"internal/dialog":   outside, // conversations that the tests of flows read
}

// drivers are chosen by entry points alone, so that a build has what its
// target can use and no more.
var drivers = []string{"store/*", "backend/*", "oauth/idp/*"}

// exceptions are the imports that the floors would forbid.
var exceptions = []struct{ from, to, why string }{
	{"internal/h1", "internal/late", "a clock is the ground of the ground"},
	{"internal/serve", "internal/late", "the same"},
	{"internal/httpx", "internal/fault", "the kinds of failure are the ground of the ground; their status is decided there"},
	{"mcp/client/offer", "mcp/client/wire", "what a server says that makes no sense is of one kind of failure"},
	{"backend/*", "gateway", "gateway holds the contract that a backend keeps"},
	{".", "gateway", "a Backend is mounted by the contract's own types"},
	{"internal/assemble", "gateway", "the same; it hands the mounts on to the host"},
	{"internal/cli", "gateway", "an operator reads how backends do"},
	{"internal/cli", "internal/assemble", "what both targets make of a configuration"},
	{"internal/worker", "internal/assemble", "the same"},
	{"internal/cli", "internal/operate", "what an operator orders, wherever the records are"},
	{"internal/worker", "internal/operate", "the same"},
	{".", "internal/assemble", "Main names the backends to either target"},
	{"cmd/gatehouse", ".", "main is what a user would write: it calls the public face"},
	{"sdk", ".", "it makes a Backend; it is beside the public face so that only who hosts the SDK links it"},
	{".", "internal/cli", "Main is the command line on a machine"},
	{".", "internal/worker", "Main is the request handler in a Worker"},
}

// matches reports whether a pattern of a table stands for the package.
func matches(pattern, path string) bool {
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(path, parent+"/")
	}
	return pattern == path
}

func matchesAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if matches(p, path) {
			return true
		}
	}
	return false
}

// floorOf returns the floor of a package: that of its own name, else of the
// longest pattern.
func floorOf(path string) (floor int, known bool) {
	longest := -1
	for pattern, f := range floors {
		if matches(pattern, path) && len(pattern) > longest {
			floor, known, longest = f, true, len(pattern)
		}
	}
	if f, exact := floors[path]; exact {
		return f, true
	}
	return floor, known
}

// excepted reports whether the table of exceptions lets an import pass.
func excepted(from, to string) bool {
	for _, e := range exceptions {
		if matches(e.from, from) && matches(e.to, to) {
			return true
		}
	}
	return false
}
