package production

import (
	"testing"

	"gatehouse/e2e/provider"
	"gatehouse/e2e/trial"
)

func TestOpenIDConnect(t *testing.T) {
	t.Parallel()
	one, two := provider.NewOpenID(t), provider.NewOpenID(t)
	p := newPlace(t, "http")
	p.configure(t, trial.OpenIDConfig(one, two, "${file:"+p.write(t, "secret", provider.ClientSecret+"\n")+"}"))
	p.start(t) // before either provider can be reached
	trial.OpenIDConnect(t, p.Site, one, two)
	p.wantRecord(t, `"subject":"oidc:one:g1"`)
}
