package database

import (
	"context"
	"fmt"
)

// Identity names the database, whichever server of its cluster is asked: the
// identifier that PostgreSQL gave the cluster, and the name in it. On SQLite it
// is the file.
func (d *Database) Identity(ctx context.Context) (string, error) {
	if d.pool == nil {
		return d.path, nil
	}
	var name string
	err := d.pool.QueryRow(ctx, "SELECT system_identifier::text || '/' || current_database() FROM pg_control_system()").Scan(&name)
	if err != nil {
		return "", fmt.Errorf("identify database: %w", err)
	}
	return name, nil
}
