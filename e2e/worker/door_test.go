package worker

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/workerd"
	"gatehouse/oauth"
)

// form is the header of one.
const form = "Content-Type: application/x-www-form-urlencoded\r\n"

// TestDoor sends the front door what no client does. It chooses an object all
// the same, which refuses it, and has nothing to say of it in the log.
func TestDoor(t *testing.T) {
	t.Parallel()
	p := workerd.Start(t, workerd.Build(t, command), t.TempDir(), workerd.NewKey(), manyShards)
	newSite(p.URL).health(t)

	for name, tt := range map[string]struct {
		line, header, body string
		status             int
	}{
		"two tokens":                      {"POST /mcp", "Authorization: Bearer gth_at_01a\r\nAuthorization: Bearer gth_at_02a\r\n", "", 401},
		"a scheme alone":                  {"POST /mcp", "Authorization: bearer\r\n", "", 401},
		"a shard that is not there":       {"POST /mcp", "Authorization: Bearer gth_at_zzaaaaaaaaaaaaaaaaaaaa\r\n", "", 401},
		"a token of a shard, made up":     {"POST /mcp", "Authorization: Bearer " + madeUp(1) + "\r\n", "", 401},
		"a token that is not ASCII":       {"POST /mcp", "Authorization: Bearer gth_at_0é\xff\xfe\r\n", "", 401},
		"a token of 100 KB":               {"POST /mcp", "Authorization: Bearer gth_at_01" + strings.Repeat("é", 50_000) + "\r\n", "", 401},
		"a thousand headers":              {"POST /mcp", strings.Repeat("X-Odd: y\r\n", 1000), "", 401},
		"a code that is not UTF-8":        {"POST /token", form, "code=gth_ac_%ff%fe\xff&x=%zz%", 400},
		"two codes":                       {"POST /token", form, "code=gth_ac_01a&code=gth_ac_02a", 400},
		"an empty form":                   {"POST /token", form, "", 401},
		"a form that is no POST":          {"PUT /revoke", form, "token=gth_rt_01a", 405},
		"an order without a secret":       {"POST /operate", "", `{"do":"list","of":"grants"}`, 404},
		"a question of one object":        {"POST /ask", "", `{"op":"order","order":{"do":"list","of":"grants"}}`, 404},
		"a path that is no path":          {"GET //[/mcp", "", "", 307},
		"a length that is no number":      {"POST /token", form + "Transfer-Encoding: chunked\r\nContent-Length: 1e3\r\n", "3\r\nabc\r\n0\r\n\r\n", 401},
		"a length that is too long":       {"POST /token", form + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "3\r\nabc\r\n0\r\n\r\n", 400},
		"a length that is none beside it": {"POST /token", form + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "3\r\nabc\r\n0\r\n\r\n", 401},
		"chunks that are none":            {"POST /token", form + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "zz\r\n", 400},
		"a length that is right, besides": {"POST /token", form + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "3\r\nabc\r\n0\r\n\r\n", 401},
	} {
		t.Run(name, func(t *testing.T) {
			if r := sendRaw(t, p.URL, tt.line, tt.header, strings.NewReader(tt.body)); r != tt.status {
				t.Errorf("the status is %d, want %d", r, tt.status)
			}
		})
	}

	t.Run("whatever is said", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 300 {
			token := odd(random)
			header := "Authorization: " + token + "\r\n"
			if r := sendRaw(t, p.URL, "POST /mcp", header, strings.NewReader("")); r >= 500 {
				t.Errorf("the status is %d for %q", r, header)
			}
			body := "code=" + url.QueryEscape(token) + "&" + odd(random)
			if r := sendRaw(t, p.URL, "POST /token", form, strings.NewReader(body)); r >= 500 {
				t.Errorf("the status is %d for %q", r, body)
			}
		}
	})

	t.Run("more than was said", func(t *testing.T) {
		before := resident(t, p.PID())
		const much = 256 << 10
		chunk := fmt.Sprintf("%x\r\n%s\r\n", much, strings.Repeat("a", much))
		endless := strings.NewReader(strings.Repeat(chunk, 128<<20/much))
		sendRaw(t, p.URL, "POST /token", form+"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", endless)
		if after := resident(t, p.PID()); after > before+64 {
			t.Errorf("the process grew from %d to %d MiB", before, after)
		}
	})

	newSite(p.URL).health(t)
	if said := p.Said(); strings.Contains(said, "\nrequest ") {
		t.Error("the front door has something to say")
	}
}

// madeUp is a token of a shard that it has not given out.
func madeUp(shard int) string {
	return "gth_at_" + oauth.NewGrantID(shard) + strings.Repeat("A", 51)
}

// odd is a line that may begin like a token.
func odd(random *rand.Rand) string {
	pieces := []string{"Bearer ", "bearer", " ", "gth_at_", "gth_ac_", "00", "01", "02", "0z", "zz", "é", "€", "\xff", ",", "\t", "=", "%", "_", "code="}
	var line strings.Builder
	for range random.IntN(8) {
		line.WriteString(pieces[random.IntN(len(pieces))])
	}
	return line.String()
}

// sendRaw sends a request as it is written here, and returns the status of the
// answer; 0 if the server hangs up instead.
func sendRaw(t *testing.T, at, line, header string, body *strings.Reader) int {
	t.Helper()
	host := strings.TrimPrefix(at, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if !strings.Contains(header, "Transfer-Encoding") {
		header += fmt.Sprintf("Content-Length: %d\r\n", body.Len())
	}
	if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", line, host, header); err != nil {
		t.Fatal(err)
	}
	io.Copy(conn, body) // which a server need not read to its end
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}
