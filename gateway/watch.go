package gateway

import (
	"context"
	"slices"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// Watch calls notify with the notifications of the changes that who asked
// for, until ctx ends. It returns once the watch stands, with the subset that
// is honoured. notify may be called concurrently.
func (g *Gateway) Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify Notify) (mcp.Changes, error) {
	cat, err := g.catalog(ctx)
	if err != nil {
		return mcp.Changes{}, err
	}
	var honoured mcp.Changes
	for i := range g.Mounts {
		m := &g.Mounts[i]
		if !who.Has(m.Scopes...) {
			continue
		}
		wanted := changes
		wanted.URIs = cat.served(m, changes.URIs)
		if wanted.Empty() {
			continue
		}
		got, err := m.Backend.Watch(ctx, who, client, wanted, notify)
		if err != nil {
			return mcp.Changes{}, err
		}
		honoured.Tools = honoured.Tools || got.Tools
		honoured.Prompts = honoured.Prompts || got.Prompts
		honoured.Resources = honoured.Resources || got.Resources
		honoured.URIs = append(honoured.URIs, got.URIs...)
	}
	return honoured, nil
}

// served returns those of the URIs that the mount serves.
func (c *catalog) served(m *Mount, uris []string) []string {
	return slices.DeleteFunc(slices.Clone(uris), func(uri string) bool {
		r, err := c.resource(uri)
		return err != nil || r.mount != m
	})
}
