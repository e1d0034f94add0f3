package offer

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/mcp/client/wire"
)

// About is what a server says of itself, in initialize or server/discover.
type About struct {
	mcp.Description
	Revision mcp.Revision
	TTL      time.Duration // for which it is good; 0 if the server does not say
	Both     bool          // it says that it serves both eras
}

// Can reports whether the server has declared a capability.
func (a *About) Can(name string) bool { return mcp.Member(a.Capabilities, name) != nil }

// Flag reports whether a member of a capability is true.
func (a *About) Flag(capability, name string) bool {
	return string(mcp.Member(mcp.Member(a.Capabilities, capability), name)) == "true"
}

// Welcome reads the result of initialize.
func Welcome(result jsontext.Value) (About, error) {
	a, err := readAbout(result)
	if err != nil {
		return a, err
	}
	a.Revision = mcp.Revision(mcp.StringMember(result, "protocolVersion"))
	if a.Revision == "" || a.Revision.Modern() {
		return a, wire.Nonsense("initialize was answered with revision %q", a.Revision)
	}
	a.Info = slices.Clone(mcp.Member(result, "serverInfo"))
	return a, nil
}

// Discovery reads the result of server/discover.
func Discovery(result jsontext.Value) (About, error) {
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
	if a.Revision = common(said.Revisions); a.Revision == "" {
		return a, wire.Nonsense("the server speaks no revision that we do")
	}
	a.Both = slices.ContainsFunc(said.Revisions, func(r mcp.Revision) bool { return r.Known() && !r.Modern() })
	a.TTL = time.Duration(said.TTL) * time.Millisecond
	a.Info = slices.Clone(mcp.Member(mcp.Member(result, "_meta"), mcp.MetaServerInfo))
	return a, nil
}

func readAbout(result jsontext.Value) (About, error) {
	var a About
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
