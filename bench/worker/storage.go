//go:build !js

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	_ "modernc.org/sqlite" // reads what the objects have stored

	"gatehouse/bench/contest"
)

// kept is what the objects of a Worker have in their storage.
type kept struct {
	objects int
	bytes   int64 // of their databases
}

// weigh prints what idle legacy sessions cost: a Worker without objects keeps
// nothing of them, and is not among those that are weighed.
func weigh(ctx context.Context, out io.Writer, w *workshop, sessions int) error {
	fmt.Fprintf(out, "\nstorage of %d legacy sessions\n", sessions)
	var all []kept
	for _, c := range []*contest.Contender{
		{Name: "stored gatehouse", Begin: w.begin(gatehouse)},
		{Name: "stored McpAgent", Begin: w.begin(agent)},
	} {
		k, err := w.weigh(ctx, c, sessions)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		all = append(all, k)
		fmt.Fprintf(out, "%20s  %5d objects  %9.1f KiB, %.2f KiB a session\n", c.Name, k.objects, kib(k.bytes), kib(k.bytes)/float64(sessions))
	}
	fmt.Fprintf(out, "gatehouse has 1/%.0f of the objects and 1/%.0f of the storage of McpAgent (aim: 1/100)\n",
		float64(all[1].objects)/float64(all[0].objects), float64(all[1].bytes)/float64(all[0].bytes))
	return nil
}

func kib(n int64) float64 { return float64(n) / 1024 }

// weigh opens the sessions and returns all that is stored then, the account of
// who opened them with it.
func (w *workshop) weigh(ctx context.Context, c *contest.Contender, sessions int) (kept, error) {
	p, target, err := c.Begin(ctx, w.dir, c)
	if err != nil {
		return kept{}, err
	}
	defer p.Stop()
	for range sessions {
		if _, err := contest.Open(ctx, target, 0); err != nil {
			return kept{}, err
		}
	}
	p.Stop() // a database that nobody has open can be read
	return stored(ctx, w.state(c))
}

// catalog is workerd's own list of the objects in a folder.
const catalog = "metadata.sqlite"

// stored sums up the databases in a folder, of which each object has one.
func stored(ctx context.Context, folder string) (kept, error) {
	var k kept
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sqlite" || e.Name() == catalog {
			return err
		}
		size, err := databaseSize(ctx, path)
		k.objects++
		k.bytes += size
		return err
	})
	return k, err
}

// databaseSize is what Cloudflare counts: the pages of a database, without its
// log.
func databaseSize(ctx context.Context, path string) (size int64, err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&size)
	return size, err
}
