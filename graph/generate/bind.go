package main

import (
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/entity"
)

// bind says what follows from the entities and need not stand in gqlgen.yml,
// where the yml says nothing else: the fields that have a resolver, which takes
// all of its parents at once, and the Go types of enums.
func bind(schema *ast.Schema, objects []entity.Object) api.Option {
	return func(cfg *config.Config, _ *[]plugin.Plugin) {
		cfg.SkipValidation = true // until the imports of the bodies are there: see validate
		for _, def := range schema.Types {
			if def.Kind != ast.Object || isRoot(schema, def) {
				continue
			}
			of := object(objects, def.Name)
			for _, f := range def.Fields {
				if resolved(def, f, of) {
					bindField(cfg, def.Name, f.Name)
				}
				if m := member(of, f.Name); m != nil && m.Enum != "" {
					bindEnum(cfg, f.Type.Name(), m.Enum)
				}
			}
		}
	}
}

// resolved reports whether a field has a resolver: edges of entities and what
// is computed, what a connection counts, and the edge of what a mutation made.
func resolved(def *ast.Definition, f *ast.FieldDefinition, of *entity.Object) bool {
	if m := member(of, f.Name); m != nil {
		return m.Kind != entity.Column
	}
	switch {
	case strings.HasSuffix(def.Name, "Connection"):
		return f.Name == "totalCount"
	case strings.HasSuffix(def.Name, "Payload"):
		return strings.HasSuffix(f.Type.NamedType, "Edge")
	}
	return false
}

func bindField(cfg *config.Config, object, field string) {
	entry := cfg.Models[object]
	if entry.Fields == nil {
		entry.Fields = map[string]config.TypeMapField{}
	}
	if _, said := entry.Fields[field]; !said {
		batch := true
		entry.Fields[field] = config.TypeMapField{Resolver: true, Batch: &batch}
	}
	cfg.Models[object] = entry
}

func bindEnum(cfg *config.Config, name, goType string) {
	entry := cfg.Models[name]
	if len(entry.Model) == 0 {
		entry.Model = config.StringList{goType}
	}
	cfg.Models[name] = entry
}

func isRoot(schema *ast.Schema, def *ast.Definition) bool {
	return def == schema.Query || def == schema.Mutation || def == schema.Subscription
}

func object(objects []entity.Object, name string) *entity.Object {
	for i := range objects {
		if objects[i].Name == name {
			return &objects[i]
		}
	}
	return nil
}

func member(of *entity.Object, name string) *entity.Member {
	if of == nil {
		return nil
	}
	return of.Member(name)
}
