package server

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// Limits bounds what one request may ask before anything is executed. In each
// field 0 means the default and a negative number means no limit.
type Limits struct {
	BodyBytes      int // request body; default 1 MiB
	URLBytes       int // request target of a GET; default 16 KiB
	VariablesBytes int // variables as JSON text; default 512 KiB
	Tokens         int // lexical tokens of the document; default 5,000
	Depth          int // nested fields, without edges, node and nodes; default 15
	Aliases        int // aliased fields in the document; default 30
	RootFields     int // fields at the top of one operation, fragments spread; default 20
	Directives     int // directives in the document; default 50
	Fragments      int // fragment definitions in the document; default 50
	Fields         int // fields of one operation with every fragment spread in full; default 5,000
}

func (l Limits) withDefaults() Limits {
	for field, value := range map[*int]int{
		&l.BodyBytes: 1 << 20, &l.URLBytes: 16 << 10, &l.VariablesBytes: 512 << 10,
		&l.Tokens: 5_000, &l.Depth: 15, &l.Aliases: 30, &l.RootFields: 20,
		&l.Directives: 50, &l.Fragments: 50, &l.Fields: 5_000,
	} {
		if *field == 0 {
			*field = value
		}
	}
	return l
}

// exceeded tells whether a count is over a limit.
func exceeded(found, limit int) bool { return limit >= 0 && found > limit }

// check measures a parsed document and refuses it for the first limit that it
// exceeds. It runs before validation, so names may be unknown and fragments
// missing or cyclic: those are left to validation.
func (l Limits) check(doc *ast.QueryDocument) (*survey, *gqlerror.Error) {
	if exceeded(len(doc.Fragments), l.Fragments) {
		return nil, limitError(apperr.ValidationFailed, "fragment", "the document defines", len(doc.Fragments), "fragments", l.Fragments)
	}
	s := surveyDocument(doc)
	switch {
	case s.nul:
		return nil, codedError(apperr.BadUserInput, "a string in the document contains NUL, which is not allowed")
	case exceeded(s.depth, l.Depth):
		err := limitError(apperr.DepthLimitExceeded, "depth", "the document nests fields", s.depth, "levels deep", l.Depth)
		err.Message += " (edges, node and nodes are not counted)"
		return nil, err
	case exceeded(s.aliases, l.Aliases):
		return nil, limitError(apperr.ValidationFailed, "alias", "the document has", s.aliases, "aliases", l.Aliases)
	case exceeded(s.directives, l.Directives):
		return nil, limitError(apperr.ValidationFailed, "directive", "the document has", s.directives, "directives", l.Directives)
	case exceeded(s.rootFields, l.RootFields):
		return nil, limitError(apperr.ValidationFailed, "root field", "an operation has", s.rootFields, "fields at its top", l.RootFields)
	case exceeded(s.fields, l.Fields):
		return nil, limitError(apperr.ValidationFailed, "field", "with its fragments spread an operation has", s.fields, "fields", l.Fields)
	}
	return s, nil
}

// survey is what limits look at.
type survey struct {
	depth      int  // of the deepest operation
	aliases    int  // in the document as written
	directives int  // in the document as written
	rootFields int  // of the widest operation
	fields     int  // of the largest operation, with fragments spread in full
	introspect bool // selects __schema or __type
	nul        bool // a literal contains NUL

	fragments map[string]*ast.FragmentDefinition
	measured  map[string]*extent
}

// extent is the size of a selection set with its fragments spread in full.
type extent struct {
	depth  int
	fields int
	top    int // fields at its own level
}

// maxCount keeps the sums of doubling fragments from overflowing.
const maxCount = 1 << 30

func surveyDocument(doc *ast.QueryDocument) *survey {
	s := &survey{}
	if len(doc.Fragments) > 0 {
		s.fragments = make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
		s.measured = make(map[string]*extent, len(doc.Fragments))
	}
	for _, fragment := range doc.Fragments {
		s.fragments[fragment.Name] = fragment
		s.readDirectives(fragment.Directives)
	}
	for _, operation := range doc.Operations {
		s.readDirectives(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			s.readDirectives(variable.Directives)
			s.readValue(variable.DefaultValue)
		}
		e := s.measure(operation.SelectionSet)
		s.depth = max(s.depth, e.depth)
		s.rootFields = max(s.rootFields, e.top)
		s.fields = max(s.fields, e.fields)
	}
	for _, fragment := range doc.Fragments { // those that no operation spreads
		s.measureFragment(fragment.Name)
	}
	return s
}

// measure visits each selection of the document once: a fragment's extent is
// kept, so fragments that double cost no more than they are long.
func (s *survey) measure(set ast.SelectionSet) extent {
	var e extent
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			s.readField(selection)
			inner := s.measure(selection.SelectionSet)
			e.top = min(e.top+1, maxCount)
			e.fields = min(e.fields+1+inner.fields, maxCount)
			e.depth = max(e.depth, fieldDepth(selection, inner.depth))
		case *ast.InlineFragment:
			s.readDirectives(selection.Directives)
			e.add(s.measure(selection.SelectionSet))
		case *ast.FragmentSpread:
			s.readDirectives(selection.Directives)
			e.add(s.measureFragment(selection.Name))
		}
	}
	return e
}

func (e *extent) add(inner extent) {
	e.top = min(e.top+inner.top, maxCount)
	e.fields = min(e.fields+inner.fields, maxCount)
	e.depth = max(e.depth, inner.depth)
}

func (s *survey) measureFragment(name string) extent {
	fragment, ok := s.fragments[name]
	if !ok {
		return extent{}
	}
	if known, ok := s.measured[name]; ok {
		return *known
	}
	known := &extent{} // what a cycle sees
	s.measured[name] = known
	*known = s.measure(fragment.SelectionSet)
	return *known
}

// fieldDepth adds a field's own level. The wrappers of a connection are free,
// and so is introspection, which validation bounds by itself.
func fieldDepth(field *ast.Field, inner int) int {
	switch field.Name {
	case "edges", "node", "nodes":
		return inner
	case "__schema", "__type":
		return 1
	}
	return inner + 1
}

func (s *survey) readField(field *ast.Field) {
	if field.Alias != "" && field.Alias != field.Name {
		s.aliases++
	}
	if field.Name == "__schema" || field.Name == "__type" {
		s.introspect = true
	}
	for _, argument := range field.Arguments {
		s.readValue(argument.Value)
	}
	s.readDirectives(field.Directives)
}

func (s *survey) readDirectives(list ast.DirectiveList) {
	s.directives += len(list)
	for _, directive := range list {
		for _, argument := range directive.Arguments {
			s.readValue(argument.Value)
		}
	}
}

func (s *survey) readValue(value *ast.Value) {
	if value == nil {
		return
	}
	if strings.IndexByte(value.Raw, 0) >= 0 {
		s.nul = true
	}
	for _, child := range value.Children {
		s.readValue(child.Value)
	}
}
