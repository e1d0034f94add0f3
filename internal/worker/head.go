package worker

import (
	"net/http"
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
	h = make(http.Header)
	for lines != "" {
		var name, value string
		name, lines, _ = strings.Cut(lines, "\n")
		value, lines, _ = strings.Cut(lines, "\n")
		h.Add(name, value)
	}
	return method, url, h
}

// appendHead appends the head of an answer.
func appendHead(b []byte, status int, h http.Header) []byte {
	b = strconv.AppendInt(b, int64(status), 10)
	for name, values := range h {
		for _, value := range values {
			b = append(append(b, '\n'), name...)
			b = append(append(b, '\n'), oneLine.Replace(value)...)
		}
	}
	return b
}

// oneLine keeps a value from becoming more than one line, as net/http does.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")
