// Package searchindex is the SQL that keeps the table post_search, which full
// text search reads, for one post and for many. Its tables are those of
// migrations.
//
// It does not know which posts search finds: whoever writes a post puts it in
// when it is published, and takes it out when it is withdrawn. What is searched,
// and how, is internal/query's.
package searchindex

import (
	"strings"

	"entgo.io/ent/dialect"
)

// Table has one row for each post that search finds.
const Table = "post_search"

// Columns returns the columns of Table on SQLite: a post's id, its title and
// its text without mark-up.
func Columns() []string { return []string{"post_id", "title", "body"} }

// Put returns the statement that puts in one post: its arguments are the id,
// the title, which may be empty, and the text without mark-up. On SQLite a post
// that may be in must be taken out before, since FTS5 has no unique keys.
func Put(store string) string {
	if store == dialect.Postgres {
		return PutFrom("(VALUES ($1::uuid, $2::text, $3::text)) AS post (post_id, title, text)")
	}
	return "INSERT INTO " + Table + " (" + strings.Join(Columns(), ", ") + ") VALUES (?, ?, ?)"
}

// PutFrom is Put for all rows of a table with the columns post_id, title and
// text, on PostgreSQL. The row of a post that has the same text as before is
// left alone.
func PutFrom(table string) string {
	return "INSERT INTO " + Table + ` AS t (post_id, document)
		SELECT post_id, setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', text), 'B') FROM ` + table + `
		ON CONFLICT (post_id) DO UPDATE SET document = excluded.document WHERE t.document IS DISTINCT FROM excluded.document`
}

// Remove returns the statement that takes posts out. ids is what stands in
// the brackets of IN: a placeholder for one post, or a query for many.
func Remove(store, ids string) string {
	if store == dialect.Postgres {
		return "DELETE FROM " + Table + " WHERE post_id IN (" + ids + ")"
	}
	// By the index on FTS5's own table of contents: by post_id it would read
	// every row.
	return "DELETE FROM " + Table + " WHERE rowid IN (SELECT id FROM post_search_content WHERE c0 IN (" + ids + "))"
}
