package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// sdl serves the schema as text.
type sdl struct {
	text []byte
	etag string
}

func newSDL(schema *ast.Schema) *sdl {
	var text bytes.Buffer
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(publicSchema(schema))
	sum := sha256.Sum256(text.Bytes())
	// The ETag is weak: compression changes the bytes and not the meaning.
	return &sdl{text: text.Bytes(), etag: `W/"` + hex.EncodeToString(sum[:16]) + `"`}
}

// ServeHTTP answers with the schema, or with 304 if the client has it.
func (s *sdl) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "public, max-age=60")
	header.Set("Etag", s.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.text))
}

// publicSchema is a copy of the schema without the directives that tell
// gqlgen's generator about Go: it has neither their definitions nor their uses.
func publicSchema(schema *ast.Schema) *ast.Schema {
	public := *schema
	public.Directives = maps.Clone(schema.Directives)
	maps.DeleteFunc(public.Directives, func(name string, _ *ast.DirectiveDefinition) bool { return isGenerator(name) })
	public.Types = make(map[string]*ast.Definition, len(schema.Types))
	for name, definition := range schema.Types {
		public.Types[name] = publicDefinition(definition)
	}
	return &public
}

func publicDefinition(definition *ast.Definition) *ast.Definition {
	own := *definition
	own.Directives = publicUses(definition.Directives)
	own.Fields = make(ast.FieldList, len(definition.Fields))
	for i, field := range definition.Fields {
		f := *field
		f.Directives = publicUses(field.Directives)
		f.Arguments = make(ast.ArgumentDefinitionList, len(field.Arguments))
		for j, argument := range field.Arguments {
			a := *argument
			a.Directives = publicUses(argument.Directives)
			f.Arguments[j] = &a
		}
		own.Fields[i] = &f
	}
	own.EnumValues = make(ast.EnumValueList, len(definition.EnumValues))
	for i, value := range definition.EnumValues {
		v := *value
		v.Directives = publicUses(value.Directives)
		own.EnumValues[i] = &v
	}
	return &own
}

func publicUses(list ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool { return isGenerator(d.Name) })
}

// isGenerator reports whether a directive is one of gqlgen's generator:
// goModel, goField, goTag and so on.
func isGenerator(name string) bool {
	rest, ok := strings.CutPrefix(name, "go")
	return ok && rest != "" && 'A' <= rest[0] && rest[0] <= 'Z'
}
