package main

import (
	"fmt"
	"io/fs"
	"net/http"

	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/playground"
)

// newPlayground serves GraphiQL with the examples in its tabs. Explain tells that
// everybody may have GraphQL-Explain.
func newPlayground(explain bool) (http.Handler, error) {
	names, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	operations := make([]playground.Operation, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(examples.Files, name)
		if err != nil {
			return nil, fmt.Errorf("read example: %w", err)
		}
		operations[i].Query = string(text)
	}
	return playground.Handler(playground.Options{Operations: operations, Explain: explain})
}
