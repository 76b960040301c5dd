package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	graphql "github.com/vektah/gqlparser/v2/ast"
)

// place is where something is in the schema: "graph/schema/post.graphqls:12".
func place(p *graphql.Position) string { return fmt.Sprintf("graph/%s:%d", p.Src.Name, p.Line) }

// sources are the places of entities and of their fields and edges, by names
// such as "Post" and "Post.published_at".
type sources map[string]string

// entitySources finds them in the files of a folder. What it cannot read has no
// place; whoever builds ent is told why.
func entitySources(dir string) sources {
	found := sources{}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	files := token.NewFileSet()
	for _, path := range paths {
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		at := func(n ast.Node) string {
			p := files.Position(n.Pos())
			return fmt.Sprintf("ent/schema/%s:%d", filepath.Base(p.Filename), p.Line)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						found[s.Name.Name] = at(s)
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil {
					continue
				}
				entity := fmt.Sprint(d.Recv.List[0].Type)
				ast.Inspect(d, func(n ast.Node) bool {
					call, ok := n.(*ast.CallExpr)
					if !ok || len(call.Args) == 0 {
						return true
					}
					if name, ok := call.Args[0].(*ast.BasicLit); ok && isMember(call) {
						if text, err := strconv.Unquote(name.Value); err == nil {
							found[entity+"."+text] = at(name)
						}
					}
					return true
				})
			}
		}
	}
	return found
}

// isMember tells field.X(…) and edge.X(…).
func isMember(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := fun.X.(*ast.Ident)
	return ok && (x.Name == "field" || x.Name == "edge")
}

func (s sources) entity(name string) string {
	if at, ok := s[name]; ok {
		return at
	}
	return "ent/schema"
}

// member is the place of what a field is made of; the entity's where that comes
// from a mixin.
func (s sources) member(entity, field string) string {
	for key, at := range s {
		of, name, ok := strings.Cut(key, ".")
		if ok && of == entity && strings.EqualFold(strings.ReplaceAll(name, "_", ""), field) {
			return at
		}
	}
	return s.entity(entity)
}
