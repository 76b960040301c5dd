// Command generate is gqlgen with the plugin of package executor: it makes Go
// of graph/schema after gqlgen.yml, and beside it the tables that breadth-first
// execution reads. `make generate` runs it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/99designs/gqlgen/api"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/executor/plugin"
	"github.com/weftql/weft/graph/guard"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/cost"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run refuses a schema with a misplaced guard, or with a list that has no size,
// before it makes anything of it.
func run() error {
	sources, err := read()
	if err != nil {
		return err
	}
	objects := table.Objects()
	connections, err := writeConnections(sources, objects)
	if err != nil {
		return err
	}
	sources = append(sources, connections)
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		return fmt.Errorf("read schema: %w%s", err, hint(err))
	}
	if err := agree(schema, objects); err != nil {
		return err
	}
	if err := guard.Check(schema); err != nil {
		return fmt.Errorf("check schema: %w", err)
	}
	if _, err := cost.NewModel(schema); err != nil {
		return fmt.Errorf("check costs: %w", err)
	}
	if _, err := cachepolicy.New(schema); err != nil {
		return fmt.Errorf("check caching: %w", err)
	}
	if err := plugin.Generate("", bind(schema, objects), api.AddPlugin(bodies{objects})); err != nil {
		return err
	}
	return validate()
}

// read returns the files of the schema that are written by hand.
func read() ([]*ast.Source, error) {
	files, err := filepath.Glob("schema/*.graphqls")
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return f == connectionFile })
	if len(files) == 0 {
		return nil, errors.New("there is no schema/*.graphqls here: run go generate ./graph")
	}
	sources := make([]*ast.Source, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sources[i] = &ast.Source{Name: file, Input: string(text)}
	}
	return sources, nil
}
