//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

// forget makes PostgreSQL count its statements from now on, if they are wanted.
func (b *bench) forget(ctx context.Context) error {
	if b.listed == 0 {
		return nil
	}
	return b.connected(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()")
		return err
	})
}

// connected calls fn with a connection to PostgreSQL.
func (b *bench) connected(ctx context.Context, fn func(*pgx.Conn) error) (err error) {
	conn, err := pgx.Connect(ctx, b.postgres.URL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return fn(conn)
}

// list writes the most frequent statements since forget, if they are wanted, and
// how many there were for each of n requests.
func (b *bench) list(ctx context.Context, n int64, to io.Writer) error {
	if b.listed == 0 {
		return nil
	}
	return b.connected(ctx, func(conn *pgx.Conn) error { return b.table(ctx, conn, n, to) })
}

func (b *bench) table(ctx context.Context, conn *pgx.Conn, n int64, to io.Writer) error {
	rows, err := conn.Query(ctx, "SELECT calls, total_exec_time / 1000, query FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY calls DESC")
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprint(to, "| statements | seconds in all | |\n|--:|--:|---|\n")
	all := 0.0
	for i := 0; rows.Next(); i++ {
		var calls int64
		var seconds float64
		var text string
		if err := rows.Scan(&calls, &seconds, &text); err != nil {
			return err
		}
		of := float64(calls) / float64(n)
		all += of
		if i < b.listed {
			text = strings.Join(strings.Fields(text), " ")
			fmt.Fprintf(to, "| %.4f | %.2f | `%.*s` |\n", of, seconds, shown, text)
		}
	}
	fmt.Fprintf(to, "| %.4f | | all |\n", all)
	return rows.Err()
}

// shown is how much of a statement is listed, in bytes.
const shown = 150
