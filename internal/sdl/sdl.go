// Package sdl helps to say what is wrong with a schema, and where.
package sdl

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Place is the file and line of a definition, for the beginning of a message; ""
// where it has none.
func Place(p *ast.Position) string {
	if p == nil || p.Src == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", p.Src.Name, p.Line)
}

// Types are the names of the types of a schema, sorted.
func Types(schema *ast.Schema) []string { return slices.Sorted(maps.Keys(schema.Types)) }
