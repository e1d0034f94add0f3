package mcp_test

import (
	"encoding/base64"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestHeaderMatches(t *testing.T) {
	tests := []struct {
		name, header, member string
		want                 bool
	}{
		{"a string is itself", "Hello", `"Hello"`, true},
		{"its case counts", "hello", `"Hello"`, false},
		{"escapes in the body do not", "Hello", `"H\u0065llo"`, true},
		{"a string in base64", "=?base64?SGVsbG8=?=", `"Hello"`, true},
		{"base64 without its padding", "=?base64?SGVsbG8?=", `"Hello"`, false},
		{"base64 of other letters", "=?base64?SGVs!!!bG8=?=", `"Hello"`, false},
		{"base64 with loose bits at its end", "=?base64?SGVsbG9=?=", `"Hello"`, false},
		{"base64 without a wrapping is text", "SGVsbG8=", `"SGVsbG8="`, true},
		{"half a wrapping is text", "=?base64?SGVsbG8=", `"=?base64?SGVsbG8="`, true},
		{"the wrapping's case counts", "=?BASE64?SGVsbG8=?=", `"Hello"`, false},
		{"an empty string", "", `""`, true},
		{"integers are compared as numbers", "1", `1.0`, true},
		{"with an exponent too", "1e2", `100`, true},
		{"another number", "2", `1`, false},
		{"a fraction cannot be in a header", "1.5", `1.5`, false},
		{"nor what a double cannot hold", "9007199254740993", `9007199254740993`, false},
		{"a number has the form of JSON", "0x10", `16`, false},
		{"an infinite number is none", "Inf", `1`, false},
		{"a boolean", "true", `true`, true},
		{"another boolean", "True", `true`, false},
		{"an object cannot be in a header", "{}", `{}`, false},
		{"null cannot either", "null", `null`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.HeaderMatches(tt.header, jsontext.Value(tt.member)); got != tt.want {
				t.Errorf("HeaderMatches(%q, %s) = %v, want %v", tt.header, tt.member, got, tt.want)
			}
		})
	}
}

func FuzzHeaderMatches(f *testing.F) {
	f.Add("Hello")
	f.Add("=?base64?SGVsbG8=?=")
	f.Add("1e400")
	f.Fuzz(func(t *testing.T, s string) {
		member, err := jsontext.AppendQuote(nil, s)
		if err != nil {
			return // no UTF-8, so no JSON string either
		}
		wrapped := "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
		if !mcp.HeaderMatches(wrapped, member) {
			t.Errorf("%q does not match itself in base64", s)
		}
		if mcp.HeaderMatches(wrapped+"x", member) && s != wrapped+"x" {
			t.Errorf("%q matches something else", s)
		}
		mcp.HeaderMatches(s, jsontext.Value("1"))
	})
}

func TestEncodeHeader(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain text is itself", "add", "add"},
		{"so are spaces within", "a b", "a b"},
		{"but not at the ends", " a", "=?base64?IGE=?="},
		{"nor other letters", "é", "=?base64?w6k=?="},
		{"nor line breaks", "a\r\nb", "=?base64?YQ0KYg==?="},
		{"what looks wrapped is wrapped", "=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="},
		{"nothing is nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mcp.EncodeHeader(tt.text)
			if got != tt.want {
				t.Errorf("EncodeHeader(%q) = %q, want %q", tt.text, got, tt.want)
			}
			if back, ok := mcp.DecodeHeader(got); !ok || back != tt.text {
				t.Errorf("DecodeHeader(%q) = %q, %t", got, back, ok)
			}
		})
	}
}
