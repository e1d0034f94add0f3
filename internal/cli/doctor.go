//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"gatehouse/internal/doctor"
)

// doctor walks the road of a client to any MCP server.
func (p *program) doctor(ctx context.Context, args []string) error {
	fs := p.flags("doctor")
	login := fs.Bool("login", false, "log in with a browser, and go on as that person")
	tokenFile := fs.String("token-file", "", "go on with the access token in this `file`")
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return fmt.Errorf("%w: name the URL of the MCP server, such as http://localhost:8787/mcp", errUsage)
	}
	o := doctor.Options{URL: rest[0], Login: *login, Open: openBrowser, Out: p.stdout}
	if *tokenFile != "" {
		token, err := os.ReadFile(*tokenFile)
		if err != nil {
			return err
		}
		o.Token = strings.TrimSpace(string(token))
	}
	err = doctor.Run(ctx, o)
	if errors.Is(err, doctor.ErrBroken) {
		return errSaid
	}
	return err
}

// openBrowser shows a page to the person at this machine.
func openBrowser(url string) error {
	command := []string{"xdg-open", url}
	switch runtime.GOOS {
	case "darwin":
		command[0] = "open"
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	}
	return exec.Command(command[0], command[1:]...).Start()
}
