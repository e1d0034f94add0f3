package doctor

import (
	"maps"
	"net/http"
	"testing"
)

func TestBearer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
		found  bool
		want   map[string]string
	}{
		{"no header", nil, false, nil},
		{"another scheme alone", []string{`Basic realm="x"`}, false, nil},
		{"a scheme without parameters", []string{"Bearer"}, true, map[string]string{}},
		{
			"parameters, quoted or not",
			[]string{`Bearer realm=x, resource_metadata="https://h/a,b?c=\"d\"" , scope="a b"`},
			true, map[string]string{"realm": "x", "resource_metadata": `https://h/a,b?c="d"`, "scope": "a b"},
		},
		{"names in any case", []string{`BEARER Scope="a"`}, true, map[string]string{"scope": "a"}},
		{
			"after another challenge in the same field",
			[]string{`Basic realm="bearer", Bearer scope="a", Digest nonce="n"`},
			true, map[string]string{"scope": "a"},
		},
		{"in the second field", []string{`Negotiate abc/def==`, `Bearer error="x"`}, true, map[string]string{"error": "x"}},
		{"a parameter that stands twice keeps its first value", []string{`Bearer scope="a", scope="b"`}, true, map[string]string{"scope": "a"}},
		{"a quote that is never closed", []string{`Bearer scope="a b`}, true, map[string]string{"scope": "a b"}},
		{"blanks around the equals sign", []string{`Bearer scope = "a"`}, true, map[string]string{"scope": "a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := bearer(http.Header{"Www-Authenticate": tt.header})
			if found != tt.found || !maps.Equal(got.params, tt.want) {
				t.Errorf("bearer = %v %v, want %v %v", got.params, found, tt.want, tt.found)
			}
		})
	}
}

func FuzzParseChallenges(f *testing.F) {
	f.Add(`Bearer resource_metadata="https://h/x", scope="a b"`)
	f.Add(`Negotiate abc==, Basic realm="\"`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range parseChallenges(s) {
			if c.scheme == "" || c.params == nil {
				t.Errorf("challenge without a scheme or parameters: %+v", c)
			}
		}
	})
}
