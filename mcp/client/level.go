package client

import (
	"context"

	"gatehouse/mcp"
)

// setLevel tells a server of an older revision from which level up the client
// wants log messages. Where several share a session, the edges leave out what
// is too much for one of them.
func (ss *session) setLevel(ctx context.Context, client *mcp.Client) error {
	if ss.modern || client.LogLevel == "" || !ss.about.Can("logging") {
		return nil
	}
	if !ss.levelDiffers(client) {
		return nil
	}
	ss.turns.Lock()
	defer ss.turns.Unlock()
	if !ss.levelDiffers(client) {
		return nil
	}
	_, err := ss.request(ctx, mcp.MethodSetLevel, mcp.WithMember(nil, "level", quote(client.LogLevel)))
	if err != nil && !refused(err) {
		return err
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.level = client.LogLevel
	return nil
}

func (ss *session) levelDiffers(client *mcp.Client) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.of.kind == clientSession && ss.of.id == client.Session {
		return ss.level != client.LogLevel
	}
	return ss.level == "" || ss.level != client.LogLevel && mcp.LevelReaches(ss.level, client.LogLevel)
}
