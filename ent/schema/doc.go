// Package schema defines the entities of Weft, from which ent generates the
// client, the migrations and the column names that the reading statements use.
// One schema serves SQLite and PostgreSQL.
//
// Rules about who may do what are in internal/content; here are shapes,
// indexes and what no row may break.
package schema
