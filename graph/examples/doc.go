// Package examples holds operations to paste into the playground, where they
// are also the first tabs. Each says in its first lines what it shows and how
// many SQL statements it takes, whatever the number of rows; a test counts
// them.
package examples

import "embed"

// Files are the operations, one a file.
//
//go:embed *.graphql
var Files embed.FS
