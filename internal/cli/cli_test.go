//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/backend/builtin"
	"gatehouse/gateway"
	"gatehouse/internal/assemble"
)

// TestMain lets the scripts run gatehouse as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gatehouse": func() { Main(testServers()) }})
}

func testServers() []assemble.Server {
	greet := func(context.Context, struct{}) (map[string]string, error) {
		return map[string]string{"hello": "you"}, nil
	}
	tool, err := builtin.NewTool("greet", "Greets.", greet)
	if err != nil {
		panic(err)
	}
	tools, err := builtin.NewTools("hello", tool)
	if err != nil {
		panic(err)
	}
	return []assemble.Server{{Mount: gateway.Mount{Name: "hello", Scopes: []string{"hello"}, Backend: tools}, Scopes: map[string]string{"hello": "Be greeted"}}}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"waitfor": waitFor,
			"get":     get,
			"signal":  interrupt,
			"example": example,
		},
		RequireExplicitExec: true,
	})
}

// waitFor waits until a server in the background has said where it listens,
// and puts its URL into $URL: waitfor FILE
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		text, err := os.ReadFile(filepath.Join(ts.Getenv("WORK"), args[0]))
		if err == nil {
			if _, rest, found := strings.Cut(string(text), "listening on "); found {
				at, _, _ := strings.Cut(rest, "\n")
				ts.Setenv("URL", "http://"+at)
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("nothing listens")
}

// get sends initialize to /mcp, or asks for any other path of the server, with
// a token from a file if one is named, and prints the status and the body:
// get STATUS PATH [TOKENFILE]
func get(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest("POST", ts.Getenv("URL")+args[1], strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if len(args) > 2 {
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[2])))
	} else if args[1] != "/mcp" {
		req.Method = "GET"
	}
	if host := ts.Getenv("HOST"); host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if fmt.Sprint(res.StatusCode) != args[0] {
		ts.Fatalf("%s = %d %s, want %s", args[1], res.StatusCode, body, args[0])
	}
	fmt.Fprintf(ts.Stdout(), "%d %s\n", res.StatusCode, body)
}

// example puts the configuration in a document that has these words into a
// file, with what a server in production needs before it, and the folders of
// the document in the folder of the script: example FILE DOCUMENT WORDS
func example(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(filepath.Join("../..", args[1]))
	ts.Check(err)
	for i, block := range strings.Split(string(text), "```") {
		code, ok := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !ok || !strings.Contains(code, args[2]) {
			continue
		}
		work := ts.Getenv("WORK")
		code = strings.NewReplacer("/run/secrets/", work+"/", "cwd: /srv", "cwd: "+work).Replace(code)
		code = "urls: [https://mcp.example.com]\nlogin: {password: true}\n" + code
		ts.Check(os.WriteFile(filepath.Join(work, args[0]), []byte(code), 0o600))
		return
	}
	ts.Fatalf("%s has no example with %q", args[1], args[2])
}

// interrupt tells a background process to end: signal NAME
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	for _, cmd := range ts.BackgroundCmds() {
		if len(cmd.Args) > 0 && strings.Contains(strings.Join(cmd.Args, " "), args[0]) {
			ts.Check(cmd.Process.Signal(os.Interrupt))
			return
		}
	}
	ts.Fatalf("no background process %q", args[0])
}

func TestParse(t *testing.T) {
	p := &program{stderr: io.Discard}
	fs := p.flags("x")
	name := fs.String("name", "", "")
	rest, err := p.parse(fs, []string{"create", "--name", "n", "more"})
	if err != nil || *name != "n" || strings.Join(rest, " ") != "create more" {
		t.Errorf("parse = %q, %q, %v", rest, *name, err)
	}
	if _, err := p.parse(p.flags("x"), []string{"--nope"}); !errors.Is(err, errUsage) {
		t.Errorf("an unknown flag = %v, want wrong usage", err)
	}
}

func TestGCPercent(t *testing.T) {
	for _, tt := range []struct {
		name string
		live uint64
		want int
	}{
		{"a small heap may grow to the goal", 8 << 20, 1500},
		{"a heap of nothing grows to it as well", 0, 3100},
		{"a heap beyond the goal doubles", 1 << 30, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := gcPercent(tt.live, 128<<20); got != tt.want {
				t.Errorf("gcPercent(%d) = %d, want %d", tt.live, got, tt.want)
			}
		})
	}
}
