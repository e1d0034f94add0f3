package legacy

import "testing"

func TestParseAccept(t *testing.T) {
	both, jsonOnly, eventsOnly, none := accepts{true, true}, accepts{json: true}, accepts{events: true}, accepts{}
	for _, tt := range []struct {
		header []string
		want   accepts
	}{
		{nil, both},
		{[]string{""}, both},
		{[]string{"*/*"}, both},
		{[]string{"application/json, text/event-stream"}, both},
		{[]string{"text/event-stream;q=0.9 , Application/JSON; charset=utf-8"}, both},
		{[]string{"application/json", "text/event-stream"}, both},
		{[]string{"application/*, text/*"}, both},
		{[]string{"application/json"}, jsonOnly},
		{[]string{"text/event-stream"}, eventsOnly},
		{[]string{"text/html, application/xhtml+xml"}, none},
		{[]string{"application/jsonp"}, none},
	} {
		if got := parseAccept(tt.header); got != tt.want {
			t.Errorf("parseAccept(%q) = %+v, want %+v", tt.header, got, tt.want)
		}
	}
}

func FuzzParseAccept(f *testing.F) {
	f.Add("application/json;q=1, text/event-stream")
	f.Add(",;,*/*")
	f.Fuzz(func(t *testing.T, header string) {
		alone := parseAccept([]string{header})
		more := parseAccept([]string{header, typeJSON, typeEvents})
		if more != (accepts{true, true}) {
			t.Errorf("%q hides what comes after it: %+v", header, more)
		}
		if again := parseAccept([]string{header}); again != alone {
			t.Errorf("%q is read in two ways", header)
		}
	})
}
