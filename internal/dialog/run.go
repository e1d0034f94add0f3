package dialog

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the answers of the handlers into the conversations")

// Run holds the conversations in testdata/*.txtar with a handler, each with
// one of its own. With -update it writes what the handler answers into the
// files instead of comparing: read the difference before you keep it.
func Run(t *testing.T, handler func(t *testing.T) http.Handler) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in testdata (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			run(t, file, handler(t))
		})
	}
}

func run(t *testing.T, file string, h http.Handler) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	got := Script{About: want.About, Turns: slices.Clone(want.Turns)}
	for i := range got.Turns {
		got.Turns[i].answer(t, h)
	}
	text := got.Format()
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(text, want.Format()) {
		t.Errorf("%s: the conversation went\n%s", file, text)
	}
}

// answer puts what h answers in the place of the answer that t has.
func (t *Turn) answer(test *testing.T, h http.Handler) {
	r := httptest.NewRequestWithContext(test.Context(), t.Method, t.Target, strings.NewReader(t.Request.Body))
	for name, values := range t.Request.header() {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	t.Status = w.Code
	t.Answer = Part{
		Headers: t.Answer.like(w.Header(), []string{"Content-Type"}),
		Body:    strings.TrimRight(w.Body.String(), "\n"),
	}
}
