package mcp_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

var (
	info     = jsontext.Value(`{"name":"g","version":"1"}`)
	called   = mcp.Finish{Info: info}
	listed   = mcp.Finish{Info: info, Cacheable: true, TTL: time.Minute}
	nameless = mcp.Finish{}
)

func TestOutcome(t *testing.T) {
	tests := []struct {
		name   string
		finish mcp.Finish
		raw    string
		want   string
	}{
		{"an empty result becomes complete", called, `{}`,
			`{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"g","version":"1"}}}`},
		{"members keep their place and their spaces", nameless, ` { "b": 1, "a":[ ] } `,
			`{"resultType":"complete", "b": 1, "a":[ ] } `},
		{"nothing is added to what has all", called,
			`{"resultType":"task","_meta":{"io.modelcontextprotocol/serverInfo":{}}}`,
			`{"resultType":"task","_meta":{"io.modelcontextprotocol/serverInfo":{}}}`},
		{"_meta keeps its members", called, `{"resultType":"complete","_meta":{"a":1},"z":2}`,
			`{"resultType":"complete","_meta":{"a":1,"io.modelcontextprotocol/serverInfo":{"name":"g","version":"1"}},"z":2}`},
		{"a list may be kept for a while, by one person", listed, `{"resultType":"complete","_meta":null,"tools":[]}`,
			`{"ttlMs":60000,"cacheScope":"private","resultType":"complete","_meta":null,"tools":[]}`},
		{"a backend decides how long, but not for whom", listed, `{"cacheScope":"public","_meta":null,"resultType":"complete","ttlMs":5}`,
			`{"cacheScope":"private","_meta":null,"resultType":"complete","ttlMs":5}`},
		{"both edits, whichever comes first", listed, `{"_meta":{},"ttlMs":0,"cacheScope":"public"}`,
			`{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"g","version":"1"}},"ttlMs":0,"cacheScope":"private"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := mcp.ReadOutcome(jsontext.Value(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Append(nil, tt.finish); string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestReadOutcomeRefusesWhatIsNoObject(t *testing.T) {
	for _, raw := range []string{``, `[]`, `"x"`, `{"a":`, `{"resultType":"complete","resultType":"input_required"}`, `{"_meta":{},"\u005fmeta":{}}`} {
		if _, err := mcp.ReadOutcome(jsontext.Value(raw)); err == nil {
			t.Errorf("ReadOutcome(%s) went well", raw)
		}
	}
}

func FuzzOutcome(f *testing.F) {
	for _, raw := range []string{
		`{}`, `{"content":[{"type":"text","text":"3"}]}`, `{"_meta":{"a":1},"cacheScope":"public"}`,
		`{"\u005fmeta":{},"resultTyp\u0065":"task"}`, ` { "ttlMs" : 1 } `,
	} {
		f.Add([]byte(raw), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, cacheable bool) {
		o, err := mcp.ReadOutcome(raw)
		var before map[string]jsontext.Value
		if err != nil || json.Unmarshal(raw, &before) != nil {
			return
		}
		done := o.Append(nil, mcp.Finish{Info: info, Cacheable: cacheable})
		var after map[string]jsontext.Value
		if err := json.Unmarshal(done, &after); err != nil {
			t.Fatalf("%s became %s: %v", raw, done, err)
		}
		if after["resultType"] == nil || after["_meta"] == nil {
			t.Errorf("%s became %s, which lacks something", raw, done)
		}
		if cacheable && (string(after["cacheScope"]) != `"private"` || after["ttlMs"] == nil) {
			t.Errorf("%s became %s, which may be shared", raw, done)
		}
		for name, value := range before {
			if name != "_meta" && !(cacheable && name == "cacheScope") && string(after[name]) != string(value) {
				t.Errorf("%s became %s: %s was %s", raw, done, name, value)
			}
		}
	})
}
