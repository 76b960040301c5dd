// Package stub is a gqlgen plugin that writes a test of a schema: resolvers that package oracletest makes by reflection, and random
// operations that both executors must answer alike. It needs the plugin of package executor as well.
package stub

import (
	_ "embed"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
)

//go:embed stub.gotpl
var text string

// Filename is the name of the test, in the directory of gqlgen's generated code.
const Filename = "oracle.generated_test.go"

// Plugin implements gqlgen's plugin.CodeGenerator.
type Plugin struct{ leave []string }

var (
	_ plugin.CodeGenerator = Plugin{}
	_ plugin.ConfigMutator = Plugin{}
)

// New makes the plugin, for api.AddPlugin. The test leaves out the given fields, each as "Type.field".
func New(leave ...string) Plugin { return Plugin{leave} }

// Name implements plugin.Plugin.
func (Plugin) Name() string { return "oracle" }

// MutateConfig removes the file that an earlier run wrote, which may no longer compile.
func (Plugin) MutateConfig(cfg *config.Config) error {
	if err := os.Remove(path(cfg)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove old test: %w", err)
	}
	return nil
}

func path(cfg *config.Config) string { return filepath.Join(cfg.Exec.Dir(), Filename) }

// GenerateCode implements plugin.CodeGenerator.
func (p Plugin) GenerateCode(data *codegen.Data) error {
	err := templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        path(data.Config),
		Template:        text,
		Data:            schema{data, p.leave},
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		PruneOptions:    data.Config.GetPruneOptions(),
	})
	if err != nil {
		return fmt.Errorf("render test: %w", err)
	}
	return nil
}

// schema is what the template renders.
type schema struct {
	*codegen.Data
	Leave []string
}

// Resolved are the objects and inputs that have resolvers.
func (s schema) Resolved() []*codegen.Object {
	var all []*codegen.Object
	for _, o := range slices.Concat(s.Objects, s.Inputs) {
		if o.HasResolvers() {
			all = append(all, o)
		}
	}
	return all
}

// Declaration is the type of a field's resolver, without func.
func (s schema) Declaration(f *codegen.Field) string {
	if f.IsBatch() {
		return f.ShortBatchResolverDeclaration()
	}
	return f.ShortResolverDeclaration()
}

// Call is the arguments of a call of a field's resolver.
func (s schema) Call(f *codegen.Field) string {
	args := "ctx"
	switch {
	case s.isInput(f.Object):
		return "ctx, obj, data"
	case f.IsBatch():
		args += ", objs"
	case !f.Object.Root:
		args += ", obj"
	}
	if len(f.Args) > 0 {
		args += ", " + f.StubCallArgs()
	}
	return args
}

func (s schema) isInput(o *codegen.Object) bool { return slices.Contains(s.Inputs, o) }

// Implementors are the Go types behind interfaces and unions, each once.
func (s schema) Implementors() []string {
	var all []string
	for _, i := range s.Interfaces {
		for _, impl := range i.Implementors {
			if types.IsInterface(impl.Type) {
				continue
			}
			all = append(all, templates.CurrentImports.LookupType(impl.Type))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
