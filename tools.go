//go:build tools

// Package weft: libraries that only tests and generators import, which go.mod
// must keep.
package weft

import (
	_ "ariga.io/atlas/sql/sqltool"
)
