package sdk_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/backendtest"
	"gatehouse/sdk"
)

func TestServerMounts(t *testing.T) {
	m, err := sdk.Server("suite", backendtest.NewServer()).Prefix("s-").Scopes("a", "b").Mount()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Backend.Close()
	if m.Prefix != "s-" || !slices.Equal(m.Scopes, []string{"a", "b"}) || m.AsksInCall {
		t.Errorf("mount = %+v", m)
	}
	c, err := m.Backend.Catalog(t.Context())
	if err != nil || len(c.Tools) == 0 {
		t.Errorf("catalog = %+v, %v", c, err)
	}
}

func TestAServerThatAsksInCall(t *testing.T) {
	m, err := sdk.Server("suite", backendtest.NewServer()).AsksInCall().Mount()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Backend.Close()
	if !m.AsksInCall {
		t.Errorf("mount = %+v, want one whose calls are held", m)
	}
}

func TestNoServer(t *testing.T) {
	if _, err := sdk.Server("none", nil).Mount(); err == nil || !strings.Contains(err.Error(), "no server") {
		t.Errorf("err = %v, want no server", err)
	}
}
