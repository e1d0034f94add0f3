package worker

import (
	"net/http"
	"reflect"
	"testing"
)

func TestReadHead(t *testing.T) {
	for _, tt := range []struct {
		name, in, method, url string
		header                http.Header
	}{
		{"without a header", "GET\nhttp://localhost/", "GET", "http://localhost/", http.Header{}},
		{
			"names as a server has them", "POST\nhttp://localhost/mcp\ncontent-type\napplication/json\naccept\na, b",
			"POST", "http://localhost/mcp", http.Header{"Content-Type": {"application/json"}, "Accept": {"a, b"}},
		},
		{"the same name twice", "GET\n/\ncookie\na=1\ncookie\nb=2", "GET", "/", http.Header{"Cookie": {"a=1", "b=2"}}},
		{"an empty value, at the end too", "GET\n/\nx-a\n\nx-b\n", "GET", "/", http.Header{"X-A": {""}, "X-B": {""}}},
		{"nothing", "", "", "", http.Header{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method, url, h := readHead(tt.in)
			if method != tt.method || url != tt.url || !reflect.DeepEqual(h, tt.header) {
				t.Errorf("readHead = %q %q %q", method, url, h)
			}
		})
	}
}

func TestAppendHead(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header http.Header
		want   string
	}{
		{"without a header", nil, "200"},
		{"two values of a name", http.Header{"Set-Cookie": {"a=1", "b=2"}}, "200\nSet-Cookie\na=1\nSet-Cookie\nb=2"},
		{"a value cannot add a header", http.Header{"Location": {"/\r\nX-Admin\nyes"}}, "200\nLocation\n/  X-Admin yes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendHead(nil, 200, tt.header)); got != tt.want {
				t.Errorf("appendHead = %q, want %q", got, tt.want)
			}
		})
	}
}
