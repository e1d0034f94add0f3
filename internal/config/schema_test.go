package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the schema that is made of the types")

const schemaFile = "../../docs/gatehouse.schema.json"

func TestSchemaIsCurrent(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(schemaFile); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types say (%v); run go test ./internal/config -update", schemaFile, err)
	}
}

// published is the schema that editors use.
func published(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func validate(t *testing.T, s *jsonschema.Resolved, text string) error {
	t.Helper()
	var v any
	if err := yaml.Load([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// TestSchemaTakesTheExamples holds the schema to what the documents show.
func TestSchemaTakesTheExamples(t *testing.T) {
	s := published(t)
	example := regexp.MustCompile("(?s)```(yaml|json)\n(.*?)```")
	for _, file := range []string{"README.md", "docs/guide.md"} {
		text, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range example.FindAllStringSubmatch(string(text), -1) {
			if err := validate(t, s, m[2]); err != nil {
				t.Errorf("%s: %v in\n%s", file, err, m[2])
			}
		}
	}
}

func TestSchema(t *testing.T) {
	s := published(t)
	for _, text := range []string{
		"limits: {depth: 64, body: 4MiB, headers: 4096, batch: '${env:NUMBER}'}\nregistration: false\ntokens: {access: 1h30m}",
		"backends: {issues: {url: 'https://a.example', auth: {basic: {user: u, password: p}}, tools: {include: [a], override: {a: {annotations: {readOnlyHint: true}}}}}}",
		`{"mcpServers": {"My Files": {"command": "npx", "args": ["-y", 1], "env": {"PORT": 80, "ON": true}, "alwaysAllow": ["x"]}}}`,
		`{"inputs": [{"id": "x", "type": "promptString"}], "servers": {"a": {"type": "http", "url": "https://a.example"}}}`,
		"backends: {math: {disabled: true}}",
	} {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%v in %s", err, text)
		}
		if _, err := parse(text); err != nil {
			t.Errorf("%v in %s", err, text)
		}
	}
	for name, text := range map[string]string{
		"a setting that there is not":     "lgoin: {password: true}",
		"one of a backend":                "backends: {a: {comand: x}}",
		"a name in capitals":              "backends: {GitHub: {url: 'https://a.example'}}",
		"a server of two kinds":           "backends: {a: {url: 'https://a.example', command: x}}",
		"a list where a value should be":  "addr: [x]",
		"a value where a list should be":  "urls: https://a.example",
		"a word that is none of them":     "log: {level: loud}",
		"a duration without a unit":       "tokens: {access: '90'}",
		"a size in another unit":          "limits: {body: 4MB}",
		"a number that is a word":         "limits: {depth: deep}",
		"a file of variables":             "mcpServers: {a: {command: x, envFile: .env}}",
		"a time-out in milliseconds":      "mcpServers: {a: {command: x, timeout: 60000}}",
		"an annotation that there is not": "backends: {a: {command: x, tools: {override: {b: {annotations: {readonly: true}}}}}}",
	} {
		t.Run(name, func(t *testing.T) {
			if err := validate(t, s, text); err == nil {
				t.Errorf("the schema takes %s", text)
			}
			c, err := parse(text)
			if Join(err, c.CheckBackends()) == nil {
				t.Errorf("the configuration takes %s", text)
			}
		})
	}
}
