package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxBody bounds what is read of any answer.
const maxBody = 1 << 20

// reply is an answer with its body.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request and does not follow redirects.
func (w *walk) ask(ctx context.Context, method, to string, header http.Header, body []byte) (*reply, error) {
	client := *w.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w.send(ctx, &client, method, to, header, body)
}

// read gets a JSON document into v, and follows redirects as clients do.
func (w *walk) read(ctx context.Context, from string, v any) error {
	r, err := w.send(ctx, w.HTTP, http.MethodGet, from, http.Header{"Accept": {"application/json"}}, nil)
	if err != nil {
		return err
	}
	if r.status != http.StatusOK {
		return statusError(r.status)
	}
	return r.decode(v)
}

// statusError is an answer whose status says that there is no document.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("answers %d", int(e)) }

// errSilent is a server that does not answer in time.
var errSilent = errors.New("no answer in time")

func (w *walk) send(ctx context.Context, client *http.Client, method, to string, header http.Header, body []byte) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the URL %q cannot be read", to)
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("User-Agent", "gatehouse-doctor")
	resp, err := client.Do(req)
	if err != nil {
		return nil, why(err)
	}
	defer resp.Body.Close()
	r := &reply{status: resp.StatusCode, header: resp.Header}
	if isEvents(resp.Header) {
		r.body, err = firstAnswer(resp.Body)
	} else {
		r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	}
	if err != nil {
		return nil, why(err)
	}
	return r, nil
}

// why says what went wrong without the URL, which can hold a secret.
func why(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errSilent
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// decode reads the body as JSON, and says so if it is something else.
func (r *reply) decode(v any) error {
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") && !isEvents(r.header) {
		return fmt.Errorf("answers %s instead of JSON", orNothing(kind))
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		return fmt.Errorf("is not JSON as it should be: %w", err)
	}
	return nil
}

func isEvents(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "text/event-stream"
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
