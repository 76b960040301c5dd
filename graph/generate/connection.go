package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"text/template"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/entity"
)

// connectionFile has the connections and edges that are all alike.
const connectionFile = "schema/connection.graphqls"

//go:embed connection.tmpl
var connectionText string

// writeConnections writes the types of the connections and edges of entities,
// but for those that the other files have.
func writeConnections(sources []*ast.Source, objects []entity.Object) (*ast.Source, error) {
	written := map[string]bool{}
	for _, s := range sources {
		doc, err := parser.ParseSchema(s)
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		for _, d := range doc.Definitions {
			written[d.Name] = true
		}
	}
	missing := slices.DeleteFunc(slices.Clone(objects), func(o entity.Object) bool {
		return !o.Listed || !written[o.Name] || written[o.Name+"Connection"]
	})
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(connectionText)).Execute(&b, missing); err != nil {
		return nil, err
	}
	if err := os.WriteFile(connectionFile, b.Bytes(), 0o644); err != nil {
		return nil, err
	}
	return &ast.Source{Name: connectionFile, Input: b.String()}, nil
}
