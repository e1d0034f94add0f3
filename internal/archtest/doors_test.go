package archtest

// door says where something from outside comes into the house. What is
// imported nowhere else can be exchanged in one place.
type door struct {
	what string   // an import path; with a /* everything below it
	at   []string // the packages that may import it
	why  string
}

// nowhere is for what has no door.
var nowhere []string

var doors = []door{
	{"github.com/go-json-experiment/json", []string{"*"}, "how the house reads JSON: strict, duplicates refused"},
	{"github.com/go-json-experiment/json/*", []string{"*"}, "the same"},

	{"code.dny.dev/ssrf", []string{"oauth/clients"}, "documents of strangers are fetched there"},
	{"github.com/coreos/go-oidc/v3/*", []string{"oauth/idp/oidc"}, "the one place that trusts an OpenID provider"},
	{"github.com/go-jose/go-jose/v4", []string{"oauth/clients"}, "signatures are checked in one place"},
	{"github.com/go-jose/go-jose/v4/*", []string{"oauth/clients"}, "the same"},
	{"github.com/google/jsonschema-go/*", []string{"backend/builtin"}, "schemas of typed tools"},
	{"github.com/modelcontextprotocol/go-sdk/*", []string{"backend/gosdk", "backend/backendtest", "sdk"}, "the SDK is at the ends: hosted in process, in the signature of Server, and as the other side in tests"},
	{"go.yaml.in/yaml/v4", []string{"internal/config"}, "the configuration is read once"},
	{"golang.org/x/crypto/acme", []string{"internal/cli"}, "certificates are the business of the native target"},
	{"golang.org/x/crypto/acme/*", []string{"internal/cli"}, "the same"},
	{"golang.org/x/crypto/argon2", []string{"oauth/idp/password", "oauth/login/accounts"}, "passwords are hashed in one place"},
	{"golang.org/x/net/http/httpguts", []string{"internal/serve"}, "the rules of net/http for what stands in a head"},
	{"golang.org/x/oauth2", []string{"oauth/idp/*", "mcp/client"}, "where the house is itself a client"},
	{"golang.org/x/oauth2/*", []string{"oauth/idp/*", "mcp/client"}, "the same"},
	{"golang.org/x/term", []string{"internal/cli"}, "only the command line has a terminal"},
	{"modernc.org/sqlite", []string{"store/sqlite"}, "the driver"},
	{"modernc.org/sqlite/*", []string{"store/sqlite"}, "the driver"},

	{"syscall/js", []string{"internal/jsrt", "internal/worker", "store/durableobject", "store/workerskv"}, "JavaScript has few doors"},
	{"os/exec", []string{"backend/stdio", "internal/cli"}, "the host starts no program but the servers it is told to; the command shows a person a page"},
	{"database/sql", []string{"store/sqlite", "store/postgres", "backend/sql"}, "SQL is a driver's business"},
	{"database/sql/*", []string{"store/sqlite", "store/postgres", "backend/sql"}, "the same"},
	{"encoding/json", []string{"backend/builtin", "backend/gosdk"}, "it takes the last of two duplicate names; the types of jsonschema-go and of the SDK need it"},
	{"html/template", nowhere, "it calls methods by name, so the linker keeps every method there is: a sixth of the Worker"},
	{"text/template", nowhere, "the same; and it escapes nothing"},
	{"log", []string{"host"}, "logs are structured; net/http wants a *log.Logger for its own"},
	{"math/rand", nowhere, "what a stranger must not guess comes from crypto/rand"},
	{"math/rand/v2", nowhere, "the same"},
	{"unsafe", nowhere, "nothing here is worth it"},
	{"C", nowhere, "the binary is built without cgo"},
	{"reflect", []string{"backend/builtin", "internal/config"}, "types of tools are read once, when they are mounted, and those of settings when the file is"},
	{"expvar", nowhere, "it registers itself"},
	{"net/http/pprof", nowhere, "it registers itself"},
}

// pure may not reach out at all: a rule that does no I/O is a table test.
var pure = []string{"identity", "mcp", "oauth", "policy"}

// impure is what they may not import.
var impure = []string{"os", "os/*", "net", "database/sql", "io/fs", "path/filepath", "log/slog", "syscall", "net/http/httputil"}

// native is what cannot work in a Worker, or is too much for one.
var native = []string{
	"os/exec", "database/sql", "modernc.org/sqlite", "modernc.org/sqlite/*",
	"golang.org/x/term", "golang.org/x/crypto/acme", "golang.org/x/crypto/acme/*",
	"github.com/modelcontextprotocol/go-sdk/*", "html/template", "text/template",
	module + "/internal/cli", module + "/backend/stdio", module + "/store/sqlite", module + "/store/postgres",
}

// leaves may have files that only some target builds. Anywhere else a target
// would become a second way through the house.
var leaves = []struct{ at, why string }{
	{".", "Main is another on each target"},
	{"internal/cli", "signals and terminals differ by machine"},
	{"internal/worker", "the Worker target itself"},
	{"internal/jsrt", "the door to JavaScript"},
	{"internal/h1", "a look at an idle socket differs by system"},
	{"store/*", "drivers"},
	{"backend/*", "drivers"},
	{"oauth/idp/*", "drivers"},
	{"e2e/*", "starts programs, each system in its way"},
	{"bench/*", "the same"},
}

// vague are names that say nothing of what is inside.
var vague = []string{"util", "utils", "common", "helpers", "types", "models", "manager", "pkg", "misc", "shared"}
