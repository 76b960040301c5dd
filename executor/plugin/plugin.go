// Package plugin is the gqlgen plugin of package executor. It writes one more file next to gqlgen's generated code, with the binding tables
// that breadth-first execution uses, and a constructor NewBreadthFirstSchema.
//
// It decides nothing about execution; it only says, for each field, how gqlgen would get and write its value.
package plugin

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
)

//go:embed bindings.gotpl
var bindingsTemplate string

// Filename is the name of the generated file, in the directory of gqlgen's generated code.
const Filename = "breadthfirst.generated.go"

// Plugin implements gqlgen's plugin.CodeGenerator.
type Plugin struct{}

var _ plugin.CodeGenerator = Plugin{}

// New makes the plugin, for api.AddPlugin.
func New() Plugin { return Plugin{} }

// Name implements plugin.Plugin.
func (Plugin) Name() string { return "breadthfirst" }

// GenerateCode implements plugin.CodeGenerator.
func (Plugin) GenerateCode(data *codegen.Data) error {
	err := templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), Filename),
		Template:        bindingsTemplate,
		Data:            newSchema(data),
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		PruneOptions:    data.Config.GetPruneOptions(),
	})
	if err != nil {
		return fmt.Errorf("render bindings: %w", err)
	}
	return nil
}

// Generate is the gqlgen command with the plugin. Without a path it looks for gqlgen.yml in the working directory or above, like gqlgen
// generate. In either case paths in the file are relative to the file, whose folder becomes the working directory.
func Generate(configPath string, options ...api.Option) error {
	cfg, err := load(configPath)
	if err != nil {
		return fmt.Errorf("load gqlgen config: %w", err)
	}
	if len(cfg.SchemaFilename) == 0 {
		// gqlgen would generate the code of an empty schema.
		return errors.New("load gqlgen config: no file is there for any path of schema")
	}
	if err := api.Generate(cfg, append(options, api.AddPlugin(New()))...); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	return nil
}

func load(path string) (*config.Config, error) {
	if path == "" {
		return config.LoadConfigFromDefaultLocations()
	}
	if err := os.Chdir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return config.LoadConfig(filepath.Base(path))
}
