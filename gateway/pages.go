package gateway

import (
	"cmp"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// pageOf is the URI of a tool's page, and who has the tool.
type pageOf struct {
	mount *mount
	uri   string
}

// notePage notes the page of a tool (MCP Apps), which need not be in the list
// of resources.
func (c *catalog) notePage(m *mount, tool jsontext.Value) {
	meta := mcp.Member(tool, "_meta")
	if meta == nil {
		return
	}
	uri := cmp.Or(mcp.StringMember(mcp.Member(meta, "ui"), "resourceUri"), mcp.StringMember(meta, "ui/resourceUri"))
	if uri != "" && !m.Resources.Hides(uri) {
		c.pages = append(c.pages, pageOf{m, uri})
	}
}

// addPages makes the pages of tools known that no backend lists. One that a
// backend lists is that backend's, whoever's tool names it.
func (c *catalog) addPages() {
	for _, p := range c.pages {
		if _, known := c.resources[p.uri]; !known {
			c.resources[p.uri] = c.way(p.mount, nil)
		}
	}
}
