package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// idType is an id type that an entity asks for.
type idType struct {
	Name   string // in package typeid: "Post"
	Prefix string // of its TypeIDs: "post"
	Called string // by messages: "post"
}

// Article is the one for what the entity is called.
func (t idType) Article() string { return article(t.Called) }

func article(noun string) string {
	if strings.ContainsRune("aeio", rune(noun[0])) {
		return "an"
	}
	return "a"
}

// idTypes finds the id types that the entities use. It reads the source of
// ent/schema and does not run it: the schema only compiles once they exist.
func idTypes(dir string) ([]idType, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	own := map[string]string{}    // entity to id type
	called := map[string]string{} // entity to what it is called
	for _, path := range paths {
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			method, ok := d.(*ast.FuncDecl)
			if !ok || method.Recv == nil {
				continue
			}
			entity := fmt.Sprint(method.Recv.List[0].Type)
			ast.Inspect(method, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch {
				case isCall(call, "field", "UUID") && len(call.Args) == 2 && text(call.Args[0]) == "id":
					if name := typeIDOf(call.Args[1]); name != "" {
						own[entity] = name
					}
				case isCall(call, "entity", "Called") && len(call.Args) == 1:
					called[entity] = text(call.Args[0])
				}
				return true
			})
		}
	}
	var found []idType
	for entity, name := range own {
		t := idType{Name: name, Prefix: snake(name), Called: called[entity]}
		if t.Called == "" {
			t.Called = strings.ReplaceAll(snake(entity), "_", " ")
		}
		if i := slices.IndexFunc(found, func(other idType) bool { return other.Name == name }); i >= 0 {
			return nil, fmt.Errorf("%s: two entities have ids of the type typeid.%s", dir, name)
		}
		found = append(found, t)
	}
	slices.SortFunc(found, func(a, b idType) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || fun.Sel.Name != name {
		return false
	}
	x, ok := fun.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// typeIDOf returns the X of typeid.X{}.
func typeIDOf(e ast.Expr) string {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	of, ok := literal.Type.(*ast.SelectorExpr)
	if !ok || fmt.Sprint(of.X) != "typeid" {
		return ""
	}
	return of.Sel.Name
}

// text returns the value of a string literal, "" for anything else.
func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(literal.Value)
	return s
}
