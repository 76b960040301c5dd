// Package row turns what a store sent into structs: column by column, out of
// PostgreSQL's binary values without an allocation a row, or by Scan where the
// driver has no raw values.
//
// ent/table, which is generated, has a Table of each entity. The package knows
// no entities and runs no statements: see internal/query.
package row
