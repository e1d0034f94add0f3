package httpx

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
)

// WriteJSON answers with v as JSON that nobody may keep.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return WriteRaw(w, status, body)
}

// retryAfter is when to come back, in seconds, where the handler does not know
// better (RFC 9110, section 10.2.3).
var retryAfter = map[int]string{
	http.StatusTooManyRequests:    "60",
	http.StatusServiceUnavailable: "5",
}

// Values of headers that every answer has. They are shared, since a slice made
// for each would be a tenth of what a small call allocates; nobody changes the
// slices of a header in place.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
)

// lengthKnown is how long a body may be for net/http to find its length by
// itself. A longer one would be sent in chunks.
const lengthKnown = 2 << 10

// WriteRaw answers with a body that is JSON already. Who has to wait is told
// for how long.
func WriteRaw(w http.ResponseWriter, status int, body []byte) error {
	h := w.Header()
	h["Content-Type"] = jsonType
	if len(h["Cache-Control"]) == 0 {
		h["Cache-Control"] = noStore
	}
	if retry, ok := retryAfter[status]; ok && h.Get("Retry-After") == "" {
		h.Set("Retry-After", retry)
	}
	h["X-Content-Type-Options"] = noSniff
	if len(body) > lengthKnown {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// Status is the HTTP status of a failure by its kind.
func Status(err error) int {
	switch {
	case errors.Is(err, fault.NotFound):
		return http.StatusNotFound
	case errors.Is(err, fault.Conflict):
		return http.StatusConflict
	case errors.Is(err, fault.Invalid):
		return http.StatusBadRequest
	case errors.Is(err, fault.Denied):
		return http.StatusForbidden
	case errors.Is(err, fault.TooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, fault.TooMany):
		return http.StatusTooManyRequests
	case errors.Is(err, fault.Unavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ReadBody reads a body of at most limit bytes. A larger one is
// fault.TooLarge, one that breaks off is fault.Invalid.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	var body []byte
	var err error
	if r.ContentLength >= 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	} else {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge(limit)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The request body broke off.")
	}
	return body, nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "The request body is larger than %d bytes.", limit)
}
