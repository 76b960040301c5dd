// Package yugabyte says what would stand in the way of running Weft on
// YugabyteDB. It has tests only: they read each statement that Weft sends to
// PostgreSQL, and each migration, with PostgreSQL's own parser, and hold them
// against what the engine's documentation says that it lacks. lacks_test.go is
// that list, and known_test.go says of each finding why it is there and what to
// do about it; docs/scaling.md has the same as a table.
//
// No YugabyteDB runs here. What its documentation does not say, the tests do
// not know.
package yugabyte
