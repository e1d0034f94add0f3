package config

import (
	"reflect"
	"testing"
)

func TestSuggest(t *testing.T) {
	known := fieldsOf(reflect.TypeFor[Backend]())
	for name, want := range map[string]string{
		"comand":      "do you mean command?",
		"agrs":        "do you mean args?",
		"inheritEnv":  "do you mean inherit_env?",
		"Prompt":      "do you mean prompts?",
		"concurrancy": "do you mean concurrency?",
	} {
		if got := suggest(name, known); got != want {
			t.Errorf("suggest(%q) = %q, want %q", name, got, want)
		}
	}
	if got, want := suggest("zzzzzz", map[string]int{"b": 1, "a": 2}), "there are a, b"; got != want {
		t.Errorf("suggest of nothing near = %q, want %q", got, want)
	}
}

func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"same", "same", 0},
		{"login", "lgoin", 1},
		{"args", "arg", 1},
		{"kitten", "sitting", 3},
	} {
		if got := between(tt.a, tt.b); got != tt.want || between(tt.b, tt.a) != got {
			t.Errorf("between(%q, %q) = %d, want %d both ways", tt.a, tt.b, got, tt.want)
		}
	}
}
