package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
	"github.com/weftql/weft/internal/telemetry"
)

// dotenv is the file that development reads beside the environment.
const dotenv = ".env"

// printConfig prints the effective values.
func printConfig(_ context.Context, in invocation) error {
	if err := in.parse(in.flags("config", ""), 0); err != nil {
		return err
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(in.stdout, c)
	return err
}

func newLogger(c config.Config, w io.Writer) (*slog.Logger, error) {
	return telemetry.NewLogger(w, telemetry.LogOptions{
		Format: telemetry.Format(c.LogFormat), Level: c.LogLevel, Delay: 20 * time.Millisecond,
	})
}

// openDatabase opens the database for the verbs that change it: without
// replicas, and past a pooler.
func openDatabase(ctx context.Context, c config.Config) (*database.Database, error) {
	return announcing(database.Open(ctx, database.Options{
		URL: cmp.Or(c.DatabaseDirectURL, c.DatabaseURL), MaxConns: c.DatabaseMaxConns, Message: feed.Encode,
	}))
}

// openDatabases opens the database with its replicas, whose changes the feed
// tells.
func openDatabases(ctx context.Context, c config.Config, changes *feed.Feed, logger *slog.Logger) (*database.Database, error) {
	return announcing(database.Open(ctx, database.Options{
		URL: c.DatabaseURL, MaxConns: c.DatabaseMaxConns,
		Pooler: c.DatabasePooler == config.TransactionPooler, DirectURL: c.DatabaseDirectURL,
		ReplicaURLs: c.ReplicaURLs, ReplicaMaxLag: c.ReplicaMaxLag, Logger: logger,
		Message: feed.Encode, Committing: changes.Committing, Committed: changes.Committed,
	}))
}

// announcing has what is written said in the log.
func announcing(db *database.Database, err error) (*database.Database, error) {
	if err == nil {
		feed.Announce(db)
	}
	return db, err
}

// withDatabase runs a verb that needs a migrated database.
func withDatabase(ctx context.Context, in invocation, fn func(context.Context, config.Config, *database.Database) error) error {
	return withAnyDatabase(ctx, in, func(ctx context.Context, c config.Config, db *database.Database) error {
		if _, err := upToDate(ctx, c, db); err != nil {
			return err
		}
		return fn(ctx, c, db)
	})
}

// withAnyDatabase runs a verb that needs a database, migrated or not.
func withAnyDatabase(ctx context.Context, in invocation, fn func(context.Context, config.Config, *database.Database) error) (err error) {
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(ctx, c, db)
}
