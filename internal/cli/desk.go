//go:build !js

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"gatehouse/internal/operate"
	"gatehouse/oauth/login/accounts"
)

// desk is where a command has its orders carried out: on the records of a
// server of this machine, or by a Worker.
type desk struct {
	place
	worker *string
}

func (p *program) desk(fs *flag.FlagSet) desk {
	return desk{p.place(fs), fs.String("worker", "", "the public `URL` of a Worker, for its records; its secret is in "+operate.Variable)}
}

// orders are carried out until they are closed.
type orders struct {
	do    func(ctx context.Context, o operate.Order) (operate.Result, error)
	close func() error
}

func (d desk) open() (orders, error) {
	if *d.worker == "" {
		return d.here()
	}
	if *d.file != "" || *d.data != "" {
		return orders{}, fmt.Errorf("%w: a Worker's records are not on this machine; leave --config and --data out", errUsage)
	}
	secret := strings.TrimSpace(d.p.getenv(operate.Variable))
	if secret == "" {
		return orders{}, errors.New(operate.Variable + " is not set; it must hold the Worker's secret of that name")
	}
	client, err := operate.NewClient(*d.worker, secret, nil)
	if err != nil {
		return orders{}, err
	}
	return orders{client.Do, func() error { return nil }}, nil
}

func (d desk) here() (orders, error) {
	c, err := d.find()
	if err != nil {
		return orders{}, err
	}
	tables, kv, err := d.p.tables(c.Data)
	if err != nil {
		return orders{}, err
	}
	server := operate.Server{URLs: c.URLs, Scopes: d.p.backends(nil).Scopes(c), Active: accounts.New(kv).Active}
	return orders{operate.Records{Tables: tables, Server: server}.Do, kv.Close}, nil
}
