//go:build linux

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed data.sql
var dataSQL string

// size is how many rows there are.
type size struct{ users, posts, comments int }

// standard is what docs/performance.md has figures of.
var standard = size{users: 10_000, posts: 100_000, comments: 500_000}

// rows is the SQL that makes them.
func (n size) rows() string {
	return strings.NewReplacer(
		":users", strconv.Itoa(n.users), ":posts", strconv.Itoa(n.posts), ":comments", strconv.Itoa(n.comments),
	).Replace(dataSQL)
}

// load makes the tables with weft itself and fills them.
func load(ctx context.Context, weft, url string, n size) (err error) {
	migrate := exec.CommandContext(ctx, weft, "migrate")
	migrate.Env = append(os.Environ(), "WEFT_DATABASE_URL="+url)
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	// The simple protocol takes all statements at once.
	if _, err := conn.Exec(ctx, n.rows(), pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("fill tables: %w", err)
	}
	for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
