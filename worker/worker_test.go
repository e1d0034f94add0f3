package worker

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestFiles(t *testing.T) {
	folder, err := Files(Program{Name: "tea", Main: "..", Config: "../tea.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		".gitignore":        {"/node_modules/", "/operator.secret"},
		"build.mjs":         {`[source = "..", folder`},
		"key.mjs":           {"GATEHOUSE_KEYS"},
		"package.json":      {`"tea-worker"`},
		"package-lock.json": {`"tea-worker"`},
		"object.mjs":        {`from "../tea.yaml"`},
		"wrangler.jsonc":    {`"name": "tea",`, "https://tea.ACCOUNT.workers.dev"},
	} {
		for _, want := range wants {
			if !strings.Contains(folder[file], want) {
				t.Errorf("%s does not say %s", file, want)
			}
		}
	}

	// What is called gatehouse still is the host, and not its command.
	left := regexp.MustCompile(`cmd/gatehouse|gatehouse-worker|"gatehouse"|\./gatehouse\.yaml|gatehouse\.ACCOUNT`)
	argv := `go.argv = ["gatehouse", name]`
	for file, text := range folder {
		if found := left.FindAllString(strings.ReplaceAll(text, argv, ""), -1); found != nil {
			t.Errorf("%s still says %q", file, slices.Compact(found))
		}
	}
}
