// Package migrations holds the schema as versioned SQL files, one folder a
// store, embedded in the binary. internal/database applies them.
//
// A file that is released never changes; a later one follows it. They are
// generated from the ent schema ("make migration NAME=add_posts_language").
// What ent does not describe, such as full text search, is in files written by
// hand that begin with the line "-- Beyond the ent schema." and hold nothing
// else. There are only ways forward: no file takes a change back.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Postgres returns the files for PostgreSQL.
func Postgres() fs.FS { return sub("postgres") }

// SQLite returns the files for SQLite.
func SQLite() fs.FS { return sub("sqlite") }

func sub(dir string) fs.FS {
	fsys, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name above is not a path
	}
	return fsys
}
