// Command generate makes the code of package ent: ent's own client, and what
// else follows from the entities of ent/schema, such as the types of their ids.
// `make generate` runs it in ent.
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

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
		Hooks: []gen.Hook{func(next gen.Generator) gen.Generator { return seen(next, ids) }},
	})
}

// seen writes, after ent's own client, what follows from the entities that a
// client sees.
func seen(next gen.Generator, ids []idType) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		if err := next.Generate(g); err != nil {
			return err
		}
		all, err := nodes(g, ids)
		if err != nil {
			return err
		}
		told, err := announced(g)
		if err != nil {
			return err
		}
		tables := slices.DeleteFunc(slices.Clone(all), func(n node) bool { return !n.Node })
		lists := slices.DeleteFunc(slices.Clone(all), func(n node) bool { return n.List == "" })
		return errors.Join(
			render("table/table.go", "table.tmpl", tables),
			render("table/announced.go", "announced.tmpl", told),
			render("table/objects.go", "objects.tmpl", tables),
			render("../graph/nodes_gen.go", "nodes.tmpl", tables),
			render("../graph/model/connections_gen.go", "connection.tmpl", lists),
			renderAny("../internal/query/lists_gen.go", "lists.tmpl", slices.DeleteFunc(slices.Clone(all), func(n node) bool { return n.under == nil })),
		)
	})
}
