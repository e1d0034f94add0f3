package client

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// about is what a server says of itself, in initialize or server/discover.
type about struct {
	mcp.Description
	revision mcp.Revision
	ttl      time.Duration // for which it is good; 0 if the server does not say
	both     bool          // it says that it serves both eras
}

// can reports whether the server has declared a capability.
func (a *about) can(name string) bool { return mcp.Member(a.Capabilities, name) != nil }

// flag reports whether a member of a capability is true.
func (a *about) flag(capability, name string) bool {
	return string(mcp.Member(mcp.Member(a.Capabilities, capability), name)) == "true"
}

// readWelcome reads the result of initialize.
func readWelcome(result jsontext.Value) (about, error) {
	a, err := readAbout(result)
	if err != nil {
		return a, err
	}
	a.revision = mcp.Revision(mcp.StringMember(result, "protocolVersion"))
	if a.revision == "" || a.revision.Modern() {
		return a, wire.Nonsense("initialize was answered with revision %q", a.revision)
	}
	a.Info = slices.Clone(mcp.Member(result, "serverInfo"))
	return a, nil
}

// readDiscovery reads the result of server/discover.
func readDiscovery(result jsontext.Value) (about, error) {
	a, err := readAbout(result)
	if err != nil {
		return a, err
	}
	var said struct {
		Revisions []mcp.Revision `json:"supportedVersions"`
		TTL       int64          `json:"ttlMs"`
	}
	if err := json.Unmarshal(result, &said); err != nil {
		return a, wire.Nonsense("server/discover: %v", err)
	}
	if a.revision = common(said.Revisions); a.revision == "" {
		return a, wire.Nonsense("the server speaks no revision that we do")
	}
	a.both = slices.ContainsFunc(said.Revisions, func(r mcp.Revision) bool { return r.Known() && !r.Modern() })
	a.ttl = time.Duration(said.TTL) * time.Millisecond
	a.Info = slices.Clone(mcp.Member(mcp.Member(result, "_meta"), mcp.MetaServerInfo))
	return a, nil
}

func readAbout(result jsontext.Value) (about, error) {
	var a about
	a.Capabilities = slices.Clone(mcp.Member(result, "capabilities"))
	if a.Capabilities == nil {
		a.Capabilities = jsontext.Value(`{}`)
	}
	if a.Capabilities.Kind() != '{' {
		return a, wire.Nonsense("the capabilities are not an object")
	}
	if len(result) > maxEntry {
		return a, wire.ErrTooLarge
	}
	a.Instructions = mcp.StringMember(result, "instructions")
	return a, nil
}

// common returns the newest modern revision that both ends know, or "".
func common(theirs []mcp.Revision) mcp.Revision {
	var best mcp.Revision
	for _, r := range theirs {
		if r.Known() && r.Modern() && cmp.Compare(r, best) > 0 {
			best = r
		}
	}
	return best
}
