package builtin

import (
	stdjson "encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"
)

type point struct {
	X int8  `json:"x"`
	Y uint  `json:"y,omitempty"`
	Z *bool `json:"z,omitempty"`
}

type everything struct {
	Name   string            `json:"name"`
	Points []point           `json:"points,omitempty"`
	Two    [2]int            `json:"two,omitzero"`
	Labels map[string]string `json:"labels,omitempty"`
	When   time.Time         `json:"when,omitzero"`
	Wait   time.Duration     `json:"wait,omitzero"`
	Addr   netip.Addr        `json:"addr,omitzero"`
	Blob   []byte            `json:"blob,omitempty"`
	Any    any               `json:"any,omitempty"`
	Raw    jsontext.Value    `json:"raw,omitempty"`
	Ratio  float64           `json:"ratio,omitempty"`
}

// read takes arguments the way a call takes them.
func read(t testing.TB, arguments string) (everything, error) {
	t.Helper()
	s, err := schemaOf(reflect.TypeFor[everything]())
	if err != nil {
		t.Fatal(err)
	}
	var v everything
	fitted, err := s.shape.fit(jsontext.Value(arguments))
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(fitted, &v, strict); err != nil {
		return v, unreadable(err)
	}
	return v, nil
}

func TestArgumentsThatFit(t *testing.T) {
	yes := true
	for arguments, want := range map[string]everything{
		`{"name":"a"}`:                {Name: "a"},
		`{"n\u0061me":"a","ratio":3}`: {Name: "a", Ratio: 3},
		`{"name":"a","points":[{"x":1.0,"y":2e1,"z":true},{"x":-128,"z":null}]}`: {Name: "a", Points: []point{{1, 20, &yes}, {-128, 0, nil}}},
		`{"name":"a","points":[],"two":[1,2],"labels":{"k":"v"}}`:                {Name: "a", Points: []point{}, Two: [2]int{1, 2}, Labels: map[string]string{"k": "v"}},
		`{"name":"a","when":"2026-07-28T00:00:00Z","wait":1000000000}`:           {Name: "a", When: time.Date(2026, 7, 28, 0, 0, 0, 0, time.UTC), Wait: time.Second},
		`{"name":"a","addr":"127.0.0.1","blob":"aGk="}`:                          {Name: "a", Addr: netip.MustParseAddr("127.0.0.1"), Blob: []byte("hi")},
		`{"name":"a","any":[1,"x"],"raw":{"deep":[{}]}}`:                         {Name: "a", Any: []any{1.0, "x"}, Raw: jsontext.Value(`{"deep":[{}]}`)},
	} {
		got, err := read(t, arguments)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", arguments, got, err, want)
		}
	}
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	for arguments, want := range map[string]string{
		`[]`:                                       `Invalid arguments: want object, got an array`,
		`{}`:                                       `Invalid arguments: missing required property "name"`,
		`{"Name":"a"}`:                             `Invalid arguments: unknown property "Name"`,
		`{"name":null}`:                            `Invalid arguments: property "name": want string, got null`,
		`{"name":1}`:                               `Invalid arguments: property "name": want string, got a number`,
		`{"name":"a","name":"b"}`:                  `Invalid arguments: a property stands twice`,
		`{"name":"a","ratio":"1"}`:                 `Invalid arguments: property "ratio": want number, got a string`,
		`{"name":"a","ratio":1e999}`:               `Invalid arguments: property "ratio": number out of range`,
		`{"name":"a","two":[1]}`:                   `Invalid arguments: property "two": want 2 items, got 1`,
		`{"name":"a","labels":{"k":1}}`:            `Invalid arguments: property "labels.k": want string, got a number`,
		`{"name":"a","points":{}}`:                 `Invalid arguments: property "points": want array, got an object`,
		`{"name":"a","points":null}`:               `Invalid arguments: property "points": want array, got null`,
		`{"name":"a","points":[{"x":1,"z":0}]}`:    `Invalid arguments: property "points.0.z": want null or boolean, got a number`,
		`{"name":"a","points":[{}]}`:               `Invalid arguments: property "points.0": missing required property "x"`,
		`{"name":"a","wait":1.5}`:                  `Invalid arguments: property "wait": want integer, got 1.5`,
		`{"name":"a","wait":99999999999999999999}`: `Invalid arguments: property "wait": number out of range`,
		`{"name":"a","points":[{"x":200}]}`:        `Invalid arguments: property "points.0.x": want at most 127, got 200`,
		`{"name":"a","points":[{"x":1,"y":-1}]}`:   `Invalid arguments: property "points.0.y": want at least 0, got -1`,
		`{"name":"a","points":[{"x":1,"q":1}]}`:    `Invalid arguments: property "points.0": unknown property "q"`,
		`{"name":"a","when":"noon"}`:               `Invalid arguments: property "when": this string cannot be read`,
		`{"name":`:                                 `Invalid arguments: property "name": not JSON`,
	} {
		if _, err := read(t, arguments); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", arguments, err, want)
		}
	}
}

// What the shape lets through, the published schema lets through, and the
// other way round.
func FuzzShapeAgreesWithSchema(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a"}`, `{"name":"a","points":[{"x":1}]}`, `{"name":"a","two":[1,2.0]}`, `{"name":1}`,
		`{"name":"a","labels":{"k":null}}`, `{"name":"a","points":[{"x":128}]}`, `{"name":"a","ratio":null}`,
	} {
		f.Add(seed)
	}
	s, err := schemaOf(reflect.TypeFor[everything]())
	if err != nil {
		f.Fatal(err)
	}
	var published jsonschema.Schema
	if err := stdjson.Unmarshal(s.raw, &published); err != nil {
		f.Fatal(err)
	}
	resolved, err := published.Resolve(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, arguments string) {
		var v any
		if err := json.Unmarshal([]byte(arguments), &v); err != nil {
			t.Skip("not JSON")
		}
		_, got := s.shape.fit(jsontext.Value(arguments))
		if want := resolved.Validate(v); (got == nil) != (want == nil) {
			t.Errorf("shape: %v\nschema: %v", got, want)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"name":"a","points":[{"x":1.0}]}`)
	f.Fuzz(func(t *testing.T, arguments string) {
		if _, err := read(t, arguments); err != nil && !strings.HasPrefix(err.Error(), "Invalid arguments") {
			t.Errorf("error = %v", err)
		}
	})
}
