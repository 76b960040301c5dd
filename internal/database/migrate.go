package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/weftql/weft/migrations"
)

// versionTable holds which migrations were applied.
const versionTable = goose.DefaultTablename

// Migrate applies the migrations that are pending and returns their file
// names, or a *NewerError if the database is newer than the program. Several
// instances may call it at once: one applies, the others wait
// for up to five minutes. On PostgreSQL each migration is a transaction; on
// SQLite all of them together are one, so that a failure leaves the file as it
// was.
func (d *Database) Migrate(ctx context.Context) (applied []string, err error) {
	return d.migrate(ctx, d.migrations())
}

// Pending returns the file names of the migrations that Migrate would apply, or
// a *NewerError. It writes nothing.
func (d *Database) Pending(ctx context.Context) ([]string, error) {
	return d.pending(ctx, d.migrations())
}

// migrations returns the embedded files for this store.
func (d *Database) migrations() fs.FS {
	if d.dialect == dialect.Postgres {
		return migrations.Postgres()
	}
	return migrations.SQLite()
}

func (d *Database) migrate(ctx context.Context, files fs.FS) (applied []string, err error) {
	// Nothing to do is the usual case and takes no lock.
	pending, err := d.pending(ctx, files)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	if d.dialect == dialect.Postgres {
		applied, err = d.migratePostgres(ctx, files)
	} else {
		applied, err = d.migrateSQLite(ctx, files)
	}
	if err != nil {
		return applied, fmt.Errorf("migrate database: %w", err)
	}
	return applied, nil
}

func (d *Database) pending(ctx context.Context, files fs.FS) ([]string, error) {
	if err := d.newer(ctx, files); err != nil {
		return nil, err
	}
	done, err := d.versions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list applied migrations: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var pending []string
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("read version of migration %s: %w", name, err)
		}
		if !done[version] {
			pending = append(pending, name)
		}
	}
	return pending, nil
}

// versions reads the table that goose keeps; it may not exist yet.
func (d *Database) versions(ctx context.Context) (map[int64]bool, error) {
	exists, err := d.tableExists(ctx, versionTable)
	if err != nil || !exists {
		return nil, err
	}
	return d.versionSet(ctx, "SELECT version_id FROM "+versionTable+" WHERE is_applied")
}

// migratePostgres works on connections of its own, for a migration may take
// longer than a statement of the server. It waits for locks no longer than
// usual, because all later statements on the table queue up behind it.
func (d *Database) migratePostgres(ctx context.Context, files fs.FS) (_ []string, err error) {
	config, err := d.direct()
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	const everySecond, times = 1, 300
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(everySecond, times))
	if err != nil {
		return nil, err
	}
	return up(ctx, goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
}

// up applies the pending migrations and returns those applied, also with an
// error.
func up(ctx context.Context, dialect goose.Dialect, db *sql.DB, files fs.FS, options ...goose.ProviderOption) ([]string, error) {
	options = append(options, goose.WithDisableGlobalRegistry(true))
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		results = partial.Applied
	}
	var names []string
	for _, r := range results {
		names = append(names, path.Base(r.Source.Path))
	}
	return names, err
}
