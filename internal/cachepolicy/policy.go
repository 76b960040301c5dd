// Package cachepolicy reads from the directive @cacheControl of the schema for
// how long the answer to an operation may be kept, and by whom.
//
// An answer is as good as the least of what is in it:
//
//   - A field has what its own directive says, and else what that of its type
//     says.
//   - A scalar without a directive is as good as the object that it is in; so is
//     an object whose type has inheritMaxAge, such as a connection.
//   - Everything else may not be kept: a field of Query, or an object, of which
//     nothing is said.
//   - What says staleWhileRevalidate may be given for so much longer while a new
//     answer is made. No part of an answer is given for longer than its own maxAge
//     and that together.
//
// What is PRIVATE is for the viewer alone, and so is an answer with such a
// field. The rules are those of Apollo Server's directive of that name, which does
// not have staleWhileRevalidate: that is the extension of Cache-Control (RFC 5861).
package cachepolicy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/sdl"
)

// Policy is for how long an answer may be kept.
type Policy struct {
	MaxAge time.Duration // 0: not at all

	// Stale is for how much longer it may be given while a new one is made.
	Stale time.Duration

	// Public tells that it is the same for all who may see what is in it.
	Public bool

	// By names the field that allows the least, for people: "Query.posts".
	By string
}

// Model is what the schema says.
type Model struct {
	schema *ast.Schema
	fields map[*ast.FieldDefinition]hint
	types  map[string]hint
}

// hint is one directive.
type hint struct {
	maxAge  int // seconds; unsaid if nothing is said
	stale   int // seconds beyond it
	private bool
	inherit bool
}

const unsaid = -1

// New reads a schema, and returns what is wrong with its directives, each fault
// with its file and line.
func New(schema *ast.Schema) (*Model, error) {
	m := &Model{schema: schema, fields: map[*ast.FieldDefinition]hint{}, types: map[string]hint{}}
	var faults []error
	read := func(at string, list ast.DirectiveList) hint {
		h, err := readHint(list)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", at, err))
		}
		return h
	}
	for _, name := range sdl.Types(schema) {
		def := schema.Types[name]
		m.types[name] = read(sdl.Place(def.Position)+name, def.Directives)
		for _, f := range def.Fields {
			m.fields[f] = read(sdl.Place(f.Position)+name+"."+f.Name, f.Directives)
		}
	}
	return m, errors.Join(faults...)
}

func readHint(list ast.DirectiveList) (hint, error) {
	h := hint{maxAge: unsaid}
	d := list.ForName("cacheControl")
	if d == nil {
		return h, nil
	}
	for _, a := range d.Arguments {
		switch a.Name {
		case "maxAge":
			n, err := strconv.Atoi(a.Value.Raw)
			if err != nil || n < 0 {
				return h, fmt.Errorf("@cacheControl(maxAge: %s): takes whole seconds, not negative", a.Value.Raw)
			}
			h.maxAge = n
		case "staleWhileRevalidate":
			n, err := strconv.Atoi(a.Value.Raw)
			if err != nil || n < 0 {
				return h, fmt.Errorf("@cacheControl(staleWhileRevalidate: %s): takes whole seconds, not negative", a.Value.Raw)
			}
			h.stale = n
		case "scope":
			h.private = a.Value.Raw == "PRIVATE"
		case "inheritMaxAge":
			h.inherit = a.Value.Raw == "true"
		}
	}
	if h.inherit && h.maxAge != unsaid {
		return h, errors.New("@cacheControl: takes maxAge or inheritMaxAge, not both")
	}
	if h.stale > 0 && h.maxAge == unsaid {
		return h, errors.New("@cacheControl: staleWhileRevalidate needs maxAge beside it")
	}
	return h, nil
}

type memoKey struct{ operation string }

// Of returns the policy of the definition that runs. It is found once for a
// document.
func (m *Model) Of(op *operation.Operation) Policy {
	return op.Document.Memo(memoKey{op.Definition.Name}, func() any { return m.of(op.Definition) }).(Policy)
}

func (m *Model) of(def *ast.OperationDefinition) Policy {
	if def.Operation != ast.Query {
		return Policy{By: string(def.Operation)}
	}
	w := walk{model: m, least: math.MaxInt32, bound: math.MaxInt64, public: true, seen: map[visit]bool{}}
	w.set(def.SelectionSet, good{age: unsaid})
	if w.least == math.MaxInt32 { // __typename alone
		w.least, w.bound = 0, 0
	}
	p := Policy{MaxAge: time.Duration(w.least) * time.Second, Public: w.public, By: w.by}
	if w.least > 0 {
		p.Stale = time.Duration(w.bound-int64(w.least)) * time.Second
	}
	return p
}

type walk struct {
	model  *Model
	least  int
	bound  int64 // the least of maxAge and staleWhileRevalidate together
	by     string
	public bool
	seen   map[visit]bool
}

// good is for how many seconds something is.
type good struct{ age, stale int }

// visit is a fragment below a field whose objects are good for so long.
type visit struct {
	fragment *ast.FragmentDefinition
	parent   good
}

// set walks the fields of objects that are good for so long; of Query nothing is
// said.
func (w *walk) set(set ast.SelectionSet, parent good) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w.field(s, parent)
		case *ast.InlineFragment:
			w.set(s.SelectionSet, parent)
		case *ast.FragmentSpread:
			if v := (visit{s.Definition, parent}); s.Definition != nil && !w.seen[v] {
				w.seen[v] = true
				w.set(s.Definition.SelectionSet, parent)
			}
		}
	}
}

func (w *walk) field(f *ast.Field, parent good) {
	if f.Name == "__typename" {
		return
	}
	h, known := w.model.fields[f.Definition]
	if !known { // introspection
		h = hint{maxAge: unsaid}
	}
	named := w.model.schema.Types[f.Definition.Type.Name()]
	leaf := named == nil || named.IsLeafType()
	if !leaf {
		of := w.model.types[named.Name]
		h.private = h.private || of.private
		if h.maxAge == unsaid && !h.inherit {
			h.maxAge, h.stale, h.inherit = of.maxAge, of.stale, of.inherit
		}
	}
	is := good{h.maxAge, h.stale}
	if is.age == unsaid && (leaf || h.inherit) {
		is = parent
	}
	is.age = max(is.age, 0)
	w.public = w.public && !h.private
	if is.age < w.least {
		w.least, w.by = is.age, f.ObjectDefinition.Name+"."+f.Name
	}
	w.bound = min(w.bound, int64(is.age)+int64(is.stale))
	if !leaf {
		w.set(f.SelectionSet, is)
	}
}
