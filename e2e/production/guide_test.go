package production

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gatehouse/e2e/provider"
)

// block finds the example in a document that begins with this language and
// holds these words.
func block(t *testing.T, document, language, words string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if m[1] == language && strings.Contains(m[2], words) {
			return m[2]
		}
	}
	t.Fatalf("%s has no %s with %q", document, language, words)
	return ""
}

// TestExamples does what the documents say.
func TestExamples(t *testing.T) {
	t.Parallel()
	t.Run("the configuration of the README is good", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "https")
		secret := p.write(t, "oidc", provider.ClientSecret)
		p.write(t, "gatehouse.yaml", strings.ReplaceAll(block(t, "README.md", "yaml", "acme:"), "/run/secrets/oidc", secret))
		if got := p.run(t, "", "check"); got.code != 0 {
			t.Errorf("check = %+v", got)
		}
	})
	t.Run("the client of the guide is good", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, "login: {password: true}\n"+block(t, "docs/guide.md", "yaml", "nightly"))
		if got := p.run(t, "", "check"); got.code != 0 {
			t.Errorf("check = %+v", got)
		}
	})
	t.Run("the call of the guide is answered", func(t *testing.T) {
		t.Parallel()
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("no curl here")
		}
		p := newPlace(t, "http")
		p.configure(t, "login: {password: true}")
		p.start(t)
		script := strings.NewReplacer("https://mcp.example.com", p.URL, "gth_pt_…", p.personal(t, "ci"))
		out, err := exec.CommandContext(t.Context(), "sh", "-c", script.Replace(block(t, "docs/guide.md", "sh", "tools/call"))).Output()
		if err != nil || !strings.Contains(string(out), `"structuredContent":{"result":3}`) {
			t.Errorf("the call = %s, %v", out, err)
		}
	})
}
