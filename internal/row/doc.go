// Package row turns what a store sent into structs: column by column, out of
// PostgreSQL's binary values without an allocation a row, or by Scan where the
// driver has no raw values. For caches outside of the process it turns rows into
// bytes and back.
//
// ent/table, which is generated, has a Table of each entity. The package knows
// no entities and runs no statements: see internal/query.
package row
