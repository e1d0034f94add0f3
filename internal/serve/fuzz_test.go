package serve

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"
)

// seeds are the requests that are small enough to be made smaller.
func seeds(path string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, pieces := range requests {
			if said := strings.Join(at(path, pieces), ""); len(said) < 1000 && !yield([]byte(said)) {
				return
			}
		}
	}
}

// What is taken for a usual head, net/http reads in the same way; and what it
// refuses is never usual.
func FuzzParse(f *testing.F) {
	for said := range seeds("small") {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, read []byte) {
		size := headEnd(read)
		if size == 0 {
			return
		}
		var got http.Request
		if !parse(&got, string(read[:size])) {
			return
		}
		rest := bufio.NewReader(bytes.NewReader(read))
		want, err := http.ReadRequest(rest)
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", read, err)
		}
		if hosts := want.Header["Host"]; len(hosts) > 1 || !httpguts.ValidHostHeader(want.Host) || want.Host == "" {
			t.Errorf("the host of %q is %q", read, hosts)
		}
		want.Header.Del("Host") // its server does that
		if left := int64(len(read) - size); want.ContentLength <= left {
			io.Copy(io.Discard, want.Body)
			if behind, _ := io.ReadAll(rest); int64(len(behind)) != left-got.ContentLength {
				t.Errorf("net/http ends %q at %d bytes from its end, want %d", read, len(behind), left-got.ContentLength)
			}
		}
		want.Body = nil
		if !reflect.DeepEqual(got.WithContext(t.Context()), want.WithContext(t.Context())) {
			t.Errorf("read %q as\n%+v\nwant\n%+v", read, &got, want)
		}
	})
}

// Whatever is said on a connection, both servers answer the same, though
// net/http may wait for four bytes of what cannot become a request.
func FuzzSame(f *testing.F) {
	for said := range seeds("echo") {
		f.Add(said, 0)
		f.Add(append([]byte(post("/echo", "body")), said...), 20)
	}
	f.Fuzz(func(t *testing.T, said []byte, cut int) {
		if len(said) == 0 || bytes.Contains(said, []byte("HEAD")) || bytes.Contains(said, []byte("slow")) || len(said) > 16<<10 {
			return // nobody knows how much of an answer to HEAD is there
		}
		pieces := []string{string(said)}
		if 0 < cut && cut < len(said) {
			pieces = []string{string(said[:cut]), string(said[cut:])}
		}
		ours, theirs := both(t, http.MethodGet, pieces)
		if ours, theirs = withoutPauses(ours), withoutPauses(theirs); !slices.Equal(ours, theirs) {
			t.Errorf("%q:\n%s\nwant\n%s", pieces, strings.Join(ours, "\n-\n"), strings.Join(theirs, "\n-\n"))
		}
	})
}

func withoutPauses(heard []string) []string {
	heard = slices.DeleteFunc(heard, func(s string) bool { return s == "quiet" })
	return slices.Compact(heard) // it may have been closed twice
}
