package gosdk_test

import (
	"testing"

	"gatehouse/backend/backendtest"
	"gatehouse/backend/gosdk"
	"gatehouse/gateway"
)

func TestServerPassesTheSuite(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) gateway.Backend {
		b, err := gosdk.New("suite", backendtest.NewServer())
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}
