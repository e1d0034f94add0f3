package serve

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var silent = log.New(io.Discard, "", 0)

// handlers are the ways of answering that both servers are asked for, by path.
var handlers = map[string]http.HandlerFunc{
	"small": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json"}
		io.WriteString(w, `{"ok":true}`)
	},
	"nothing": func(http.ResponseWriter, *http.Request) {},
	"echo": func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s %v %d %q %v %v", r.Method, r.URL, r.Host, r.Proto, r.Header, r.ContentLength, body, err, r.Close)
	},
	"a part of the body": func(w http.ResponseWriter, r *http.Request) {
		part := make([]byte, 3)
		n, err := r.Body.Read(part)
		fmt.Fprintf(w, "%q %v", part[:n], err)
	},
	"body closed": func(w http.ResponseWriter, r *http.Request) {
		r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprintf(w, "%v", err)
	},
	"a sniffed type":      func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<!DOCTYPE html><p>hello") },
	"a type of no values": func(w http.ResponseWriter, r *http.Request) { w.Header()["Content-Type"] = nil; io.WriteString(w, "x") },
	"an encoding": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, "x")
	},
	"a type found in parts": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!DOC")
		io.WriteString(w, "TYPE html>"+strings.Repeat("a", 9000))
	},
	"large": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("large ", 20_000)) },
	"large, in parts": func(w http.ResponseWriter, r *http.Request) {
		for i := range 5000 {
			fmt.Fprintln(w, "line", i)
		}
	},
	"large, of a length": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "120000")
		io.WriteString(w, strings.Repeat("large ", 20_000))
	},
	"flushed": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		http.NewResponseController(w).Flush()
		io.WriteString(w, "two")
	},
	"flushed first": func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		io.WriteString(w, "x")
	},
	"flushed, of a length": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		http.NewResponseController(w).Flush()
		io.WriteString(w, "abc")
	},
	"less than said": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "abc")
	},
	"more than said": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		io.WriteString(w, "abc")
	},
	"no content": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		_, err := io.WriteString(w, "x")
		must(err != nil)
	},
	"no content, of a length": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(204)
	},
	"not modified": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Etag", `"a"`)
		w.WriteHeader(304)
	},
	"no content, flushed": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		http.NewResponseController(w).Flush()
	},
	"a strange status": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(799); io.WriteString(w, "x") },
	"two statuses": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		w.WriteHeader(200)
		io.WriteString(w, "x")
	},
	"header after the status": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.Header().Set("X-Late", "x")
		io.WriteString(w, "x")
	},
	"lines in a value": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Split", "a\r\nX-Forged: b\nc")
		io.WriteString(w, "x")
	},
	"spaces around a value": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Space", " \ta b\r\n")
		io.WriteString(w, "x")
	},
	"a name that is no token": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-A: b\r\nX-Forged"] = []string{"c"}
		w.Header()[""] = []string{"d"}
		io.WriteString(w, "x")
	},
	"many values": func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=b", "c=d"}
		w.Header()["x-lower"] = []string{"e"}
		io.WriteString(w, "x")
	},
	"a date":  func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Date", "never"); io.WriteString(w, "x") },
	"no date": func(w http.ResponseWriter, r *http.Request) { w.Header()["Date"] = nil; io.WriteString(w, "x") },
	"the last answer": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "x")
	},
	"a panic":                     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"a panic behind a small part": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x"); panic(http.ErrAbortHandler) },
	"a panic behind a flush": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"an answer before the body": func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		_, err := io.ReadAll(r.Body)
		fmt.Fprint(w, err)
	},
	"slow": func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Second); io.WriteString(w, "x") },
}

func must(ok bool) {
	if !ok {
		panic("not so")
	}
}

// byPath calls the handler that the path names, where _ is a space.
func byPath(w http.ResponseWriter, r *http.Request) {
	if h := handlers[strings.ReplaceAll(strings.Trim(r.URL.Path, "/"), "_", " ")]; h != nil {
		h(w, r)
		return
	}
	http.NotFound(w, r)
}

// requests are what is said on a connection, in pieces. PATH is that of a handler.
var requests = map[string][]string{
	"a GET":                         {"GET PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a GET with fields":             {"GET PATH?a=b HTTP/1.1\r\nHost: h:80\r\naccept: a\r\nACCEPT:b\r\nX-Empty:\r\nX-Space: \t a b \t\r\nConnection: Keep-Alive\r\nCookie: a=b\r\n\r\n"},
	"a POST":                        {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"},
	"a POST without a body":         {"POST PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a POST in two pieces":          {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", "hello"},
	"a body in pieces":              {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nh", "el", "l", "o"},
	"a body of 100,000 bytes":       {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("b", 100_000)},
	"a body that is far too large":  {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("b", 100_000)},
	"a DELETE":                      {"DELETE PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"OPTIONS":                       {"OPTIONS PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"OPTIONS of all":                {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
	"two at once":                   {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\naGET PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"one and a half":                {"GET PATH HTTP/1.1\r\nHost: h\r\n\r\nGET PATH HT", "TP/1.1\r\nHost: h\r\n\r\n"},
	"HEAD":                          {"HEAD PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"PUT":                           {"PUT PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"},
	"a body in chunks":              {"POST PATH HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "0\r\n\r\n"},
	"a body in chunks, and a GET":   {"POST PATH HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"an Expect":                     {"POST PATH HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", "ab"},
	"another Expect":                {"POST PATH HTTP/1.1\r\nHost: h\r\nExpect: more\r\nContent-Length: 2\r\n\r\nab"},
	"an Upgrade":                    {"GET PATH HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
	"HTTP/1.0":                      {"GET PATH HTTP/1.0\r\nHost: h\r\n\r\n"},
	"HTTP/1.0, kept":                {"GET PATH HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"},
	"the last request":              {"GET PATH HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"},
	"a head byte by byte":           strings.Split("GET PATH HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\r\n", ""),
	"a head of 20 KB":               {"GET PATH HTTP/1.1\r\nHost: h\r\nX-Large: " + strings.Repeat("x", 20_000) + "\r\n\r\n"},
	"a head of 200 KB":              {"GET PATH HTTP/1.1\r\nHost: h\r\nX-Large: " + strings.Repeat("x", 200_000) + "\r\n\r\n"},
	"the preface of HTTP/2":         {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	"garbage":                       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n"},
	"lines that end with LF":        {"GET PATH HTTP/1.1\nHost: h\n\n"},
	"an end with LF":                {"GET PATH HTTP/1.1\r\nHost: h\n\nGET PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a line that goes on":           {"GET PATH HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n"},
	"a space before a colon":        {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\nab"},
	"no Host":                       {"GET PATH HTTP/1.1\r\n\r\n"},
	"two Hosts":                     {"GET PATH HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"},
	"an empty Host":                 {"GET PATH HTTP/1.1\r\nHost:\r\n\r\n"},
	"a Host that is none":           {"GET PATH HTTP/1.1\r\nHost: a b\r\n\r\n"},
	"two lengths":                   {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"},
	"one length twice":              {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"},
	"a length with a sign":          {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\nab"},
	"a length and chunks":           {"POST PATH HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	"another coding":                {"POST PATH HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
	"a whole URL":                   {"GET http://other/PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a path that looks like a host": {"GET //otherPATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a path with percents":          {"GET PATH%2f%00?%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a path that is none":           {"GET PATH%z HTTP/1.1\r\nHost: h\r\n\r\n"},
	"a method that is none":         {"GE(T PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"another method":                {"POSTS PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"HTTP/1.2":                      {"GET PATH HTTP/1.2\r\nHost: h\r\n\r\n"},
	"HTTP/3.0":                      {"GET PATH HTTP/3.0\r\nHost: h\r\n\r\n"},
	"a value with a zero byte":      {"GET PATH HTTP/1.1\r\nHost: h\r\nX-A: a\x00b\r\n\r\n"},
	"a Pragma":                      {"GET PATH HTTP/1.1\r\nHost: h\r\nPragma: no-cache\r\n\r\n"},
	"an empty line first":           {"\r\nGET PATH HTTP/1.1\r\nHost: h\r\n\r\n"},
	"half a head":                   {"GET PATH HTTP/1.1\r\nHo"},
	"nothing":                       {},
}

// behind says requests on a connection that has served one.
func behind(first string, pieces []string) []string { return append([]string{first}, pieces...) }

// TestSame compares what a client sees with what it sees of net/http.
func TestSame(t *testing.T) {
	for path := range handlers {
		t.Run(path, func(t *testing.T) {
			for name, pieces := range requests {
				method := http.MethodGet
				if name == "HEAD" {
					method = http.MethodHead
				}
				compare(t, name, method, at(path, pieces))
				if method == http.MethodGet {
					compare(t, name+", behind another request", method, behind(post("/small", "body"), at(path, pieces)))
				}
			}
		})
	}
}

// at puts the path of a handler into requests.
func at(path string, pieces []string) []string {
	pieces = slices.Clone(pieces)
	for i, p := range pieces {
		pieces[i] = strings.ReplaceAll(p, "PATH", "/"+strings.ReplaceAll(path, " ", "_"))
	}
	return pieces
}

// compare says pieces to both servers, and then a request that is answered if
// the connection has lived on.
func compare(t *testing.T, name, method string, pieces []string) {
	t.Helper()
	ours, theirs := both(t, method, pieces)
	if !slices.Equal(ours, theirs) {
		t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(ours, "\n-\n"), strings.Join(theirs, "\n-\n"))
	}
}

// both returns what a client hears of each server.
func both(t *testing.T, method string, pieces []string) (ours, theirs []string) {
	t.Helper()
	theirs = converse(t, func(h *http.Server) either { return h }, method, pieces)
	ours = converse(t, func(h *http.Server) either { return New(h) }, method, pieces)
	return ours, theirs
}

// either is what both servers are.
type either interface {
	Serve(net.Listener) error
	Close() error
}

// converse returns all that a client hears.
func converse(t *testing.T, server func(*http.Server) either, method string, pieces []string) (heard []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, l := server(&http.Server{Handler: http.HandlerFunc(byPath), ErrorLog: silent, MaxHeaderBytes: 64 << 10}), newLines()
		go s.Serve(l)
		synctest.Wait()
		c := l.dial()
		go c.say(pieces...)
		heard = c.hearAll(method)
		go c.say(usual)
		heard = append(heard, c.hearAll(http.MethodGet)...)
		c.Close()
		s.Close()
		time.Sleep(quiet) // net/http lingers
	})
	return heard
}
