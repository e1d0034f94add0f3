//go:build !js

package main

import (
	"maps"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestShares(t *testing.T) {
	const profile = `{"nodes": [
		{"id": 1, "callFrame": {"functionName": "(root)", "url": ""}},
		{"id": 2, "callFrame": {"functionName": "(idle)", "url": ""}},
		{"id": 3, "callFrame": {"functionName": "", "url": "wasm://wasm/0a1b"}, "hitCount": 2},
		{"id": 4, "callFrame": {"functionName": "syscall/js.valueGet", "url": "file:///worker.js"}},
		{"id": 5, "callFrame": {"functionName": "send", "url": "file:///worker.js"}},
		{"id": 6, "callFrame": {"functionName": "fetch", "url": ""}},
		{"id": 7, "callFrame": {"functionName": "(garbage collector)", "url": ""}}],
		"samples": [2, 3, 4, 3, 5, 6, 7], "timeDeltas": [1000, 10, 20, 30, 40, 50, 60]}`
	var s samples
	if err := json.Unmarshal([]byte(profile), &s); err != nil {
		t.Fatal(err)
	}
	got, busy := s.shares()
	want := map[string]int64{
		"the program in Go": 40,
		"JavaScript: the front door, and the steps to Go and back": 60,
		"workerd: requests, answers, calls of the object":          50,
		"garbage of JavaScript":                                    60,
	}
	if busy != 210 || !maps.Equal(got, want) {
		t.Errorf("shares = %v of %d, want %v", got, busy, want)
	}
}
