package backends

import (
	"fmt"
	"net/http"
	"testing"

	"gatehouse/e2e/road"
	"gatehouse/e2e/workerd"
	"gatehouse/mcp"
)

// TestWorker reaches servers elsewhere from a Worker, over fetch.
func TestWorker(t *testing.T) {
	t.Parallel()
	built := workerd.Build(t, "gatehouse/cmd/gatehouse")
	modern := startElsewhere(t, newServer("Hello", "Greets."), mcp.R20260728)
	legacy := startElsewhere(t, newServer("Bonjour", "Greets."), mcp.R20251125)
	oldest := startElsewhere(t, newServer("Salve", "Greets."), mcp.R20241105)
	dir := workerd.Configure(t, built, fmt.Sprintf(`
servers:
  modern: {type: http, url: %q, headers: {Authorization: "Bearer key"}}
  legacy: {url: %q}
  oldest: {type: sse, url: %q}
`, modern.url, legacy.url, oldest.url))
	p := &place{Site: road.New(workerd.Start(t, dir, t.TempDir(), workerd.NewKey()).URL)}
	token := p.Connect(t, p.Person("ada"), "modern legacy oldest").Access
	for tool, want := range map[string]string{
		"modern_greet": "Hello, Ada",
		"legacy_greet": "Bonjour, Ada",
		"oldest_greet": "Salve, Ada",
	} {
		if r := p.greet(t, token, tool); !r.Has(http.StatusOK, want) {
			t.Errorf("%s = %v, want %s", tool, r, want)
		}
	}
	if got := fmt.Sprint(modern.credentials()); got != "[Bearer key]" {
		t.Errorf("modern was sent %s", got)
	}
}
