// Command generate makes the code of package ent: ent's own client, and what
// else follows from the entities of ent/schema, such as the types of their ids.
// `make generate` runs it in ent.
package main

import (
	"fmt"
	"os"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

const schemaDir = "schema"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate ent:", err)
		os.Exit(1)
	}
}

func run() error {
	// First, because the schema imports them.
	ids, err := idTypes(schemaDir)
	if err != nil {
		return fmt.Errorf("find id types: %w", err)
	}
	if err := render("typeid/typeid.go", "typeid.tmpl", ids); err != nil {
		return err
	}
	return entc.Generate("./"+schemaDir, &gen.Config{
		Header: header,
		Features: []gen.Feature{
			gen.FeatureVersionedMigration, gen.FeatureUpsert, gen.FeatureExecQuery, gen.FeatureLock, gen.FeatureModifier,
		},
		Hooks: []gen.Hook{tables},
	})
}

// tables is the hook that writes package table after ent's own client.
func tables(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		if err := next.Generate(g); err != nil {
			return err
		}
		found, err := nodes(g)
		if err != nil {
			return err
		}
		return render("table/table.go", "table.tmpl", found)
	})
}
