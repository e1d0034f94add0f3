package worker

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// A head crosses between JavaScript and Go as lines: the method and the URL of
// a request, or the status of an answer, and then a line for each name and
// each value of the header.

// readHead reads the head of a request.
func readHead(lines string) (method, url string, h http.Header) {
	method, lines, _ = strings.Cut(lines, "\n")
	url, lines, _ = strings.Cut(lines, "\n")
	most := strings.Count(lines, "\n")/2 + 1
	h = make(http.Header, most)
	values := make([]string, most) // for all names, which have one each as a rule
	for lines != "" {
		var name, value string
		name, lines, _ = strings.Cut(lines, "\n")
		value, lines, _ = strings.Cut(lines, "\n")
		name = textproto.CanonicalMIMEHeaderKey(name)
		if before, ok := h[name]; ok {
			h[name] = append(before, value)
			continue
		}
		values[0] = value
		h[name], values = values[:1:1], values[1:]
	}
	return method, url, h
}

// appendHead appends the head of an answer.
func appendHead(b []byte, status int, h http.Header) []byte {
	b = strconv.AppendInt(b, int64(status), 10)
	for name, values := range h {
		for _, value := range values {
			b = appendLine(b, name, value)
		}
	}
	return b
}

// appendLine appends one name with one value.
func appendLine(b []byte, name, value string) []byte {
	b = append(append(b, '\n'), name...)
	return append(append(b, '\n'), oneLine.Replace(value)...)
}

// oneLine keeps a value from becoming more than one line, as net/http does.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")
