package client

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/retry"
	"gatehouse/mcp"
)

// Watch calls notify with the notifications of those changes until ctx ends.
// It returns once the watch stands, with the subset that the server tells of.
// A watch that breaks off is renewed; what may have been missed is told.
func (s *Server) Watch(ctx context.Context, who identity.Principal, client *mcp.Client, changes mcp.Changes, notify func(method string, params jsontext.Value)) (mcp.Changes, error) {
	n := newNews()
	lists := changes
	lists.URIs = nil
	honoured, err := s.feed.join(ctx, s, lists, n)
	if err != nil {
		return mcp.Changes{}, s.failure(ctx, err)
	}
	if len(changes.URIs) > 0 {
		k := &keeper{server: s, news: n, wanted: mcp.Changes{URIs: changes.URIs}, again: retry.Sleep}
		k.session = func(ctx context.Context) (*session, error) { return s.session(ctx, who, client) }
		got, err := k.start(ctx)
		if err != nil {
			return mcp.Changes{}, s.failure(ctx, err)
		}
		honoured.URIs = got.URIs
	}
	if !honoured.Empty() {
		s.work.Go(func() { n.tell(ctx, s.ctx, notify) })
	}
	return honoured, nil
}
