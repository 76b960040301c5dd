package document

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// analysis is what limits look at.
type analysis struct {
	depth      int    // of the deepest operation
	nesting    int    // selection sets in each other, whatever they are of
	aliases    int    // in the document as written
	directives int    // in the document as written
	rootFields int    // of the widest operation
	fields     int    // of all operations, with fragments spread in full
	compared   int    // pairs of selections under one response name
	nul        bool   // a literal contains NUL
	unused     string // a fragment that no operation spreads, or ""
	cyclic     string // a fragment that spreads itself, or ""

	doc       *ast.QueryDocument
	fragments map[string]*ast.FragmentDefinition
	measured  map[string]*extent
}

// extent is the size of a selection set with its fragments spread in full.
type extent struct {
	depth   int
	nesting int // with the set itself
	fields  int
	top     int // fields at its own level
}

// maxCount keeps the sums of doubling fragments from overflowing.
const maxCount = 1 << 30

func analyse(doc *ast.QueryDocument) *analysis {
	a := &analysis{doc: doc}
	if len(doc.Fragments) > 0 {
		a.fragments = make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
		a.measured = make(map[string]*extent, len(doc.Fragments))
	}
	for _, fragment := range doc.Fragments {
		a.fragments[fragment.Name] = fragment
		a.readDirectives(fragment.Directives)
	}
	for _, operation := range doc.Operations {
		a.readDirectives(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			a.readDirectives(variable.Directives)
			a.readValue(variable.DefaultValue)
		}
		e := a.measure(operation.SelectionSet)
		a.depth, a.nesting = max(a.depth, e.depth), max(a.nesting, e.nesting)
		a.rootFields = max(a.rootFields, e.top)
		a.fields = min(a.fields+e.fields, maxCount)
	}
	for _, fragment := range doc.Fragments {
		if a.measured[fragment.Name] == nil {
			a.unused = fragment.Name
		}
	}
	return a
}

// measure visits each selection of the document once: a fragment's extent is
// kept, so fragments that double cost no more than they are long.
func (a *analysis) measure(set ast.SelectionSet) extent {
	var e extent
	if len(set) > 0 {
		e.nesting = 1
	}
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			a.readField(selection)
			inner := a.measure(selection.SelectionSet)
			e.top = min(e.top+1, maxCount)
			e.fields = min(e.fields+1+inner.fields, maxCount)
			e.depth, e.nesting = max(e.depth, fieldDepth(selection, inner.depth)), max(e.nesting, 1+inner.nesting)
		case *ast.InlineFragment:
			a.readDirectives(selection.Directives)
			e.add(a.measure(selection.SelectionSet))
		case *ast.FragmentSpread:
			a.readDirectives(selection.Directives)
			e.add(a.measureFragment(selection.Name))
		}
	}
	return e
}

func (e *extent) add(inner extent) {
	e.top = min(e.top+inner.top, maxCount)
	e.fields = min(e.fields+inner.fields, maxCount)
	e.depth, e.nesting = max(e.depth, inner.depth), min(max(e.nesting, 1+inner.nesting), maxCount)
}

func (a *analysis) measureFragment(name string) extent {
	fragment, ok := a.fragments[name]
	if !ok {
		return extent{}
	}
	if known, ok := a.measured[name]; ok {
		if known == nil {
			a.cyclic = name
			return extent{}
		}
		return *known
	}
	a.measured[name] = nil // until it is measured
	known := a.measure(fragment.SelectionSet)
	a.measured[name] = &known
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

func (a *analysis) readField(field *ast.Field) {
	if field.Alias != "" && field.Alias != field.Name {
		a.aliases++
	}
	for _, argument := range field.Arguments {
		a.readValue(argument.Value)
	}
	a.readDirectives(field.Directives)
}

func (a *analysis) readDirectives(list ast.DirectiveList) {
	a.directives += len(list)
	for _, directive := range list {
		for _, argument := range directive.Arguments {
			a.readValue(argument.Value)
		}
	}
}

func (a *analysis) readValue(value *ast.Value) {
	if value == nil {
		return
	}
	if strings.IndexByte(value.Raw, 0) >= 0 {
		a.nul = true
	}
	for _, child := range value.Children {
		a.readValue(child.Value)
	}
}

// comparisons counts the pairs of selections that share a response name once
// fragments are spread and the selections of such fields are merged, as
// validation has to compare them. It stops above enough, and expects that the
// number of fields has been bounded already and that no fragment is cyclic; if
// that bound is off, it stops after maxVisits.
func (a *analysis) comparisons(enough int) int {
	if enough < 0 {
		return 0
	}
	m := &merger{analysis: a, enough: enough}
	for _, operation := range a.doc.Operations {
		m.merge([]ast.SelectionSet{operation.SelectionSet})
	}
	a.compared = m.pairs
	return m.pairs
}

// maxVisits bounds the fields that a merger looks at.
const maxVisits = 100_000

type merger struct {
	analysis *analysis
	enough   int
	pairs    int
	visits   int
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
			if fragment := m.analysis.fragments[selection.Name]; fragment != nil && !spread[selection.Name] {
				spread[selection.Name] = true
				m.collect(fragment.SelectionSet, fields, spread)
			}
		}
	}
}
