package yugabyte_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wasilibs/go-pgquery/parser"
)

// statement is one that Weft sends, or that a migration has.
type statement struct {
	text          string
	where         string // the file of the migration; "" for one that was sent
	inTransaction bool
	protocol      bool // a command of the replication protocol, which is no SQL
}

// lacking returns the names of what a statement uses and the engine lacks.
func lacking(all []lack, s statement) ([]string, error) {
	f := finder{all: all, found: map[string]bool{}}
	if s.protocol {
		words := strings.Fields(strings.ToUpper(s.text))
		f.note(func(l lack) bool {
			return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(l.commands, w) })
		})
	} else if err := f.parse(s.text, s.inTransaction); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, s.text)
	}
	return slices.Sorted(maps.Keys(f.found)), nil
}

// finder walks trees and notes what it finds.
type finder struct {
	all   []lack
	found map[string]bool
}

// note notes what uses says that a place is.
func (f *finder) note(uses func(lack) bool) {
	for _, l := range f.all {
		if uses(l) {
			f.found[l.name] = true
		}
	}
}

// definitions are how the names of statements begin that change the schema.
var definitions = []string{"Alter", "Create", "Drop", "Index", "Rename", "Truncate", "View"}

func (f *finder) parse(sql string, inTransaction bool) error {
	text, err := parser.ParseToJSON(sql)
	if err != nil {
		return err
	}
	var tree struct {
		Stmts []struct{ Stmt map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return err
	}
	for _, s := range tree.Stmts {
		for name := range s.Stmt {
			if inTransaction && slices.ContainsFunc(definitions, func(d string) bool { return strings.HasPrefix(name, d) }) {
				f.note(func(l lack) bool { return l.definitions })
			}
			if name == "CreateFunctionStmt" {
				if err := f.body(sql); err != nil {
					return err
				}
			}
		}
		f.walk(s.Stmt)
	}
	return nil
}

// body reads what a function in PL/pgSQL runs.
func (f *finder) body(create string) error {
	text, err := parser.ParsePlPgSqlToJSON(create)
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return err
	}
	var expressions []string
	visit(tree, func(_ string, at map[string]any) {
		query, ok := at["query"].(string)
		if ok && at["parseMode"] != 0.0 { // it is no statement but a value
			query = "SELECT " + query
		}
		if ok {
			expressions = append(expressions, query)
		}
	})
	for _, e := range expressions {
		if err := f.parse(e, true); err != nil {
			return fmt.Errorf("in %q: %w", e, err)
		}
	}
	return nil
}

// visit calls see with each object of a tree and the key that it is under.
func visit(tree any, see func(key string, at map[string]any)) {
	switch tree := tree.(type) {
	case []any:
		for _, v := range tree {
			visit(v, see)
		}
	case map[string]any:
		for key, v := range tree {
			if at, ok := v.(map[string]any); ok {
				see(key, at)
			}
			visit(v, see)
		}
	}
}

// fields are those that hold a node without saying of which kind it is.
var fields = map[string]string{"relation": "RangeVar", "typeName": "TypeName", "lockingClause": "LockingClause", "onConflictClause": "OnConflictClause"}

func (f *finder) walk(tree any) {
	visit(tree, func(kind string, at map[string]any) {
		if named, ok := fields[kind]; ok {
			kind = named
		}
		f.note(func(l lack) bool {
			return slices.ContainsFunc(l.nodes, func(pattern string) bool { return fits(pattern, kind, at) })
		})
		name := ""
		switch kind {
		case "FuncCall":
			name = last(at["funcname"])
		case "ColumnRef":
			name = last(at["fields"])
		case "TypeName":
			name = last(at["names"])
		case "RangeVar":
			name, _ = at["relname"].(string)
		default:
			return
		}
		f.note(func(l lack) bool { return slices.Contains(l.names[kind], name) })
	})
}

// last returns the last part of a name with dots.
func last(parts any) string {
	name := ""
	visit(parts, func(kind string, at map[string]any) {
		if kind == "String" {
			name, _ = at["sval"].(string)
		}
	})
	return name
}

// fits reports whether a node is what a pattern says: its kind, and conditions
// on its fields, all of which hold. "field" is there, "field=value" has that
// value, "field>1" is a list of more than one.
func fits(pattern, kind string, node map[string]any) bool {
	words := strings.Fields(pattern)
	return words[0] == kind && !slices.ContainsFunc(words[1:], func(condition string) bool {
		if field, more, ok := strings.Cut(condition, ">"); ok {
			list, _ := node[field].([]any)
			n, err := strconv.Atoi(more)
			return err != nil || len(list) <= n
		}
		field, value, given := strings.Cut(condition, "=")
		got, there := node[field]
		return !there || given && fmt.Sprint(got) != value
	})
}
