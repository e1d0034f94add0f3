package dialog

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"testing"
)

const echo = `Who speaks is answered.

-- > POST /echo --
X-Word: please

data: one

data: two
-- < 200 --
X-Word: please
Content-Type: text/plain

data: one

data: two
-- > GET / --
-- < 200 --
Content-Type: text/plain
`

func TestParse(t *testing.T) {
	s, err := Parse([]byte(echo))
	if err != nil {
		t.Fatal(err)
	}
	want := Script{About: "Who speaks is answered.", Turns: []Turn{
		{
			Method: "POST", Target: "/echo", Status: 200,
			Request: Part{[]Header{{"X-Word", "please"}}, "data: one\n\ndata: two"},
			Answer:  Part{[]Header{{"X-Word", "please"}, {"Content-Type", "text/plain"}}, "data: one\n\ndata: two"},
		},
		{
			Method: "GET", Target: "/", Status: 200,
			Answer: Part{Headers: []Header{{"Content-Type", "text/plain"}}},
		},
	}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("Parse = %+v, want %+v", s, want)
	}
	if got := s.Format(); string(got) != echo {
		t.Errorf("Format = %s, want %s", got, echo)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an answer to nothing":          "-- < 200 --\n",
		"two answers to one request":    "-- > GET / --\n-- < 200 --\n-- < 200 --\n",
		"a status that is none":         "-- > GET / --\n-- < ok --\n",
		"a turn that is of neither":     "-- GET / --\n",
		"a request without a target":    "-- > GET --\n",
		"a status outside of its range": "-- > GET / --\n-- < 20 --\n",
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := Parse([]byte(text)); err == nil {
				t.Errorf("Parse = %+v, want an error", s)
			}
		})
	}
}

func TestTurnTakesTheAnswerOfTheHandler(t *testing.T) {
	s, err := Parse([]byte(echo))
	if err != nil {
		t.Fatal(err)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Word", r.Header.Get("X-Word")+"!")
		w.Header().Set("Date", "today") // of no matter: the conversation does not name it
		w.WriteHeader(http.StatusTeapot)
		io.Copy(w, r.Body)
	})
	turn := s.Turns[0]
	turn.answer(t, h)
	want := Part{[]Header{{"X-Word", "please!"}, {"Content-Type", "text/html"}}, "data: one\n\ndata: two"}
	if turn.Status != http.StatusTeapot || !reflect.DeepEqual(turn.Answer, want) {
		t.Errorf("the answer became %d %+v, want %+v", turn.Status, turn.Answer, want)
	}
}

func TestRun(t *testing.T) {
	Run(t, func(*testing.T) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			if word := r.Header.Get("X-Word"); word != "" {
				w.Header().Set("X-Word", word)
			}
			io.Copy(w, r.Body)
		})
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(echo))
	f.Add([]byte("-- > GET / --\n\n\nX: y\n-- < 200 --\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			return
		}
		text := s.Format()
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("%s is not read again: %v", text, err)
		}
		if !bytes.Equal(again.Format(), text) {
			t.Errorf("%q became %q", text, again.Format())
		}
	})
}
