//go:build !js

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"gatehouse/oauth/login/accounts"
	"gatehouse/store/sqlite"
)

// user manages the accounts with a password.
func (p *program) user(ctx context.Context, args []string) error {
	fs := p.flags("user")
	at := p.place(fs)
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	usage := fmt.Errorf("%w: say list, or add, passwd, disable or enable and a name", errUsage)
	if len(rest) == 0 || len(rest) > 2 || (rest[0] == "list") != (len(rest) == 1) {
		return usage
	}
	c, err := at.find()
	if err != nil {
		return err
	}
	open := openStore
	if rest[0] == "add" {
		open = sqlite.Open // the first account may come before the first start
	}
	kv, err := open(filepath.Join(c.Data, storeFile))
	if err != nil {
		return err
	}
	defer kv.Close()
	people := accounts.New(kv)
	if rest[0] == "list" {
		return p.listUsers(ctx, people)
	}
	name := rest[1]
	switch rest[0] {
	case "add":
		err = p.withPassword(func(password string) error { return people.Add(ctx, name, password) })
	case "passwd":
		err = p.withPassword(func(password string) error { return people.SetPassword(ctx, name, password) })
	case "disable":
		err = people.Disable(ctx, name)
	case "enable":
		err = people.Enable(ctx, name)
	default:
		return usage
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", rest[0], name, err)
	}
	fmt.Fprintf(p.stdout, "%s: done\n", name)
	return nil
}

func (p *program) listUsers(ctx context.Context, people *accounts.Directory) error {
	return p.print("NAME\tSTATE\tCREATED", func(row func(cells ...string)) error {
		for _, r := range people.List(ctx) {
			if r.Err != nil {
				return r.Err
			}
			state := "active"
			if r.Row.Disabled {
				state = "disabled"
			}
			row(r.Row.Name, state, when(r.Row.Created))
		}
		return nil
	})
}

// withPassword asks for a password: twice and unseen at a terminal, else one
// line of the standard input.
func (p *program) withPassword(use func(password string) error) error {
	file, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(p.stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return use(strings.TrimRight(line, "\r\n"))
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(p.stderr, prompt)
		text, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(p.stderr)
		if err != nil {
			return err
		}
		typed[i] = string(text)
	}
	if typed[0] != typed[1] {
		return errors.New("the two passwords differ")
	}
	return use(typed[0])
}
