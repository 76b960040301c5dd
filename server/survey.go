package server

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// survey is what limits look at.
type survey struct {
	depth      int    // of the deepest operation
	aliases    int    // in the document as written
	directives int    // in the document as written
	rootFields int    // of the widest operation
	fields     int    // of all operations, with fragments spread in full
	compared   int    // pairs of selections under one response name
	introspect bool   // selects __schema or __type
	nul        bool   // a literal contains NUL
	unused     string // a fragment that no operation spreads, or ""
	cyclic     string // a fragment that spreads itself, or ""

	doc       *ast.QueryDocument
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
	s := &survey{doc: doc}
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
		s.fields = min(s.fields+e.fields, maxCount)
	}
	for _, fragment := range doc.Fragments {
		if s.measured[fragment.Name] == nil {
			s.unused = fragment.Name
		}
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
		if known == nil {
			s.cyclic = name
			return extent{}
		}
		return *known
	}
	s.measured[name] = nil // until it is measured
	known := s.measure(fragment.SelectionSet)
	s.measured[name] = &known
	return known
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

// comparisons counts the pairs of selections that share a response name once
// fragments are spread and the selections of such fields are merged, as
// validation has to compare them. It stops above enough, and expects that the
// number of fields has been bounded already and that no fragment is cyclic; if
// that bound is off, it stops after maxVisits.
func (s *survey) comparisons(enough int) int {
	if enough < 0 {
		return 0
	}
	m := &merger{survey: s, enough: enough}
	for _, operation := range s.doc.Operations {
		m.merge([]ast.SelectionSet{operation.SelectionSet})
	}
	s.compared = m.pairs
	return m.pairs
}

// maxVisits bounds the fields that a merger looks at.
const maxVisits = 100_000

type merger struct {
	survey *survey
	enough int
	pairs  int
	visits int
}

// mergedField is every selection of one response name in one place.
type mergedField struct {
	count int
	sets  []ast.SelectionSet
}

func (m *merger) merge(sets []ast.SelectionSet) {
	fields := map[string]*mergedField{}
	spread := map[string]bool{}
	for _, set := range sets {
		m.collect(set, fields, spread)
	}
	for _, field := range fields {
		if m.pairs > m.enough || m.visits > maxVisits {
			return
		}
		m.pairs += field.count * (field.count - 1) / 2
		if len(field.sets) > 0 {
			m.merge(field.sets)
		}
	}
}

func (m *merger) collect(set ast.SelectionSet, fields map[string]*mergedField, spread map[string]bool) {
	for _, selection := range set {
		if m.visits++; m.visits > maxVisits {
			return
		}
		switch selection := selection.(type) {
		case *ast.Field:
			field := fields[selection.Alias]
			if field == nil {
				field = &mergedField{}
				fields[selection.Alias] = field
			}
			field.count++
			if len(selection.SelectionSet) > 0 {
				field.sets = append(field.sets, selection.SelectionSet)
			}
		case *ast.InlineFragment:
			m.collect(selection.SelectionSet, fields, spread)
		case *ast.FragmentSpread:
			// Spread again in the same place it adds nothing to compare.
			if fragment := m.survey.fragments[selection.Name]; fragment != nil && !spread[selection.Name] {
				spread[selection.Name] = true
				m.collect(fragment.SelectionSet, fields, spread)
			}
		}
	}
}
