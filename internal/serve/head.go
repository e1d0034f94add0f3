package serve

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// headEnd is where a head ends in what was read: behind the empty line. It is 0
// if the end has not come yet.
func headEnd(read []byte) int {
	if end := bytes.Index(read, []byte("\r\n\r\n")); end >= 0 {
		return end + 4
	}
	return 0
}

// methods are those of the usual requests.
var methods = []string{http.MethodPost, http.MethodGet, http.MethodDelete, http.MethodOptions}

// unusual are the fields of requests that net/http serves. Those of them that
// frame a body or ask for something before it are what servers on the way can
// be led to read in another way than we do.
var unusual = map[string]bool{
	"Transfer-Encoding": true,
	"Trailer":           true,
	"Te":                true,
	"Expect":            true,
	"Upgrade":           true,
	"Pragma":            true, // net/http has a rule for it
	"Proxy-Connection":  true,
}

// parse reads a head, with the empty line that ends it. It reports false if that
// is not of the usual kind, and reads a usual one as net/http does. All strings
// of the request are parts of the head.
func parse(r *http.Request, head string) bool {
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	line, fields, _ := strings.Cut(head, "\r\n")
	return parseLine(r, line) && parseFields(r, fields)
}

// parseLine reads the request line (RFC 9112, section 3).
func parseLine(r *http.Request, line string) bool {
	for _, method := range methods {
		if strings.HasPrefix(line, method) && len(line) > len(method) && line[len(method)] == ' ' {
			r.Method = method
			break
		}
	}
	if r.Method == "" {
		return false
	}
	target, ok := strings.CutSuffix(line[len(r.Method)+1:], " HTTP/1.1")
	if !ok || !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \t") {
		return false
	}
	var err error
	r.RequestURI = target
	r.URL, err = url.ParseRequestURI(target)
	return err == nil
}

// parseFields reads the header fields, up to the empty line (RFC 9112, section 5).
func parseFields(r *http.Request, fields string) bool {
	count, hosts := max(0, strings.Count(fields, "\n")-2), 0 // without Host and the empty line
	values := make([]string, 0, count)
	r.Header = make(http.Header, count)
	for fields != "\r\n" {
		var line string
		line, fields, _ = strings.Cut(fields, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok || !httpguts.ValidHeaderFieldName(name) {
			return false
		}
		value = strings.Trim(value, " \t")
		if !httpguts.ValidHeaderFieldValue(value) {
			return false
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case unusual[name], name == "Connection" && !strings.EqualFold(value, "keep-alive"):
			return false
		case name == "Content-Length":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil || r.Header[name] != nil {
				return false
			}
			r.ContentLength = int64(n)
		case name == "Host":
			r.Host = value
			hosts++
			continue
		}
		if before := r.Header[name]; before != nil {
			r.Header[name] = append(before, value)
			continue
		}
		values = append(values, value)
		r.Header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return hosts == 1 && r.Host != "" && httpguts.ValidHostHeader(r.Host)
}
