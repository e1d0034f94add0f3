package host

import (
	"maps"
	"slices"

	"gatehouse/gateway"
	"gatehouse/oauth"
)

// offer is what can be asked for at the sites, with the backends as they are
// now. When they change the sites are made anew.
type offer struct {
	// baseline are the scopes that a token needs for the tools that ask for
	// nothing more.
	baseline []string
	// scopes are all that can be asked for, with a sentence each for people.
	scopes map[string]string
}

func newOffer(mounts []gateway.Mount, words map[string]string) offer {
	o := offer{scopes: map[string]string{oauth.OfflineAccess: "Stay connected while you are away"}}
	for _, m := range mounts {
		for _, scope := range m.Scopes {
			if !slices.Contains(o.baseline, scope) {
				o.baseline = append(o.baseline, scope)
				o.scopes[scope] = "Use the tools of " + scope
			}
		}
	}
	for scope, text := range words {
		if text == "" {
			text = "Use what needs " + scope
		}
		o.scopes[scope] = text
	}
	return o
}

// all are the scopes in order.
func (o offer) all() []string { return slices.Sorted(maps.Keys(o.scopes)) }
