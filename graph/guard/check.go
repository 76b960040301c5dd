// Package guard holds the schema's guards: the directives that let only some
// viewers at a field, and the rules for where they may stand. It knows no
// resolvers; which rows a viewer sees is in internal/query.
package guard

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/sdl"
)

// names are the directives that guard.
func names() []string { return []string{"authenticated", "requiresScopes", "hasRole"} }

// Alone reports whether an operation may hold this mutation once only, and no
// other such beside it.
func Alone(f *ast.FieldDefinition) bool { return has(f, "alone") }

// HashesPassword reports whether a mutation checks or hashes a password.
func HashesPassword(f *ast.FieldDefinition) bool { return has(f, "hashesPassword") }

func has(f *ast.FieldDefinition, directive string) bool {
	return f != nil && f.Directives.ForName(directive) != nil
}

// Check returns what is wrong with the guards of a schema:
//
//   - a guarded field that is not null: its error would take the whole object
//     with it. A mutation may be: the error is its answer.
//   - a guarded type as the result of a field that is not null, for the same
//     reason.
//   - a guarded type behind an interface or union, through which the guard
//     would not see it.
//   - a mutation without a guard that is not open, or an open one with a guard.
//   - a directive for mutations on another field.
//   - a mutation that hashes a password and may stand beside another.
//   - an idempotent mutation that is open or hashes a password, or one that
//     says so after its guard: what stands first runs last.
func Check(schema *ast.Schema) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, name := range sdl.Types(schema) {
		def := schema.Types[name]
		if guarded(def.Directives) && len(schema.Implements[def.Name]) > 0 {
			fault("the guarded type %s is reached through %s, past its guard: guard the fields that return it",
				name, schema.Implements[def.Name][0].Name)
		}
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			mutation := def == schema.Mutation
			own := guarded(f.Directives)
			result := schema.Types[f.Type.Name()]
			switch {
			case !mutation && (has(f, "open") || Alone(f) || HashesPassword(f) || has(f, "idempotent")):
				fault("%s.%s has a directive that is for mutations only", name, f.Name)
			case mutation && own == has(f, "open"):
				fault("the mutation %s needs either a guard or @open: say who may", f.Name)
			case mutation && HashesPassword(f) && !Alone(f):
				fault("the mutation %s hashes a password: say @alone too", f.Name)
			case has(f, "idempotent") && (has(f, "open") || HashesPassword(f)):
				fault("the mutation %s cannot be idempotent: what belongs to nobody yet, or answers with secrets, is not kept", f.Name)
			case has(f, "idempotent") && f.Directives[0].Name != "idempotent":
				fault("the mutation %s says @idempotent after its guard, and so before it is guarded: say it first", f.Name)
			case own && def.Kind == ast.Interface:
				fault("%s.%s is guarded on an interface, where no guard is asked: guard it on the types", name, f.Name)
			case mutation:
			case own && f.Type.NonNull:
				fault("%s.%s is guarded and cannot be null: a refusal would take the whole %s with it", name, f.Name, name)
			case result != nil && guarded(result.Directives) && f.Type.NonNull:
				fault("%s.%s cannot be null and returns %s, which is guarded", name, f.Name, result.Name)
			}
		}
	}
	return errors.Join(faults...)
}

func guarded(list ast.DirectiveList) bool {
	return slices.ContainsFunc(list, func(d *ast.Directive) bool { return slices.Contains(names(), d.Name) })
}
