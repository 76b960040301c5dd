package executor

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor/binding"
)

// plan is an operation compiled for one set of condition values: fields are merged and fragments flattened for each concrete type. Requests
// share it. A type's selection is compiled when the first object of that type appears, so a plan only has selections for types that
// occurred.
type plan struct {
	foreign    string // why gqlgen executes it; "" if it does not
	bindings   *binding.Schema
	doc        *ast.QueryDocument
	op         *ast.OperationDefinition
	conditions map[string]any
	root       *selection
	compiling  sync.Mutex
	// answers are the sizes of the last two answers in bytes.
	answers [2]atomic.Int64
}

// guess is how large the next answer may be: as large as the smaller of the last two, so that one large answer does not cost every other
// request memory.
func (p *plan) guess() int64 {
	return max(minAnswer, min(p.answers[0].Load(), p.answers[1].Load()))
}

const minAnswer = 512

func (p *plan) answered(size int) {
	p.answers[1].Store(p.answers[0].Swap(int64(size)))
}

// selection is what is selected on one object type at one place of the operation.
type selection struct {
	object *binding.Object
	// fields in the order of the response.
	fields []*Field
	// slots are the fields that have results of their own: all except leaves that are read from their objects.
	slots []*Field
}

func newPlan(bindings *binding.Schema, op *graphql.OperationContext, sc *scan, mask uint64) *plan {
	p := &plan{bindings: bindings, doc: op.Doc, op: op.Operation, conditions: make(map[string]any, len(sc.conditions))}
	for i, name := range sc.conditions {
		p.conditions[name] = mask&(1<<i) != 0
	}
	root := bindings.Objects[bindings.Roots[op.Operation.Operation]]
	if root == nil {
		return foreignPlan("there is no such root type")
	}
	p.root = p.compile(nil, root, op.Operation.SelectionSet)
	return p
}

// compile plans what is selected on an object type below parent, which is nil at the root.
func (p *plan) compile(parent *Field, object *binding.Object, set ast.SelectionSet) *selection {
	collector := &graphql.OperationContext{Doc: p.doc, Variables: p.conditions}
	s := &selection{object: object}
	for _, collected := range graphql.CollectFields(collector, set, object.Satisfies) {
		if merged := s.byAlias(collected.Alias); merged != nil {
			// gqlgen keeps the selections of fragments on unrelated interfaces apart; the specification merges them.
			merged.collected.Selections = slices.Concat(merged.collected.Selections, collected.Selections)
			continue
		}
		s.fields = append(s.fields, p.field(parent, object, collected))
	}
	for _, f := range s.fields {
		if f.kind == fromResults || f.kind == composite {
			f.slot = len(s.slots)
			s.slots = append(s.slots, f)
		}
	}
	return s
}

func (s *selection) byAlias(alias string) *Field {
	for _, f := range s.fields {
		if f.collected.Alias == alias {
			return f
		}
	}
	return nil
}

func (p *plan) field(parent *Field, object *binding.Object, collected graphql.CollectedField) *Field {
	f := &Field{plan: p, parent: parent, collected: collected, bind: object.Fields[collected.Name]}
	f.key = append(append([]byte(`,"`), collected.Alias...), `":`...)
	if f.bind == nil {
		f.kind = typename
		f.key = append(append(append(f.key, '"'), object.Name...), '"')
		return f
	}
	f.nonNull = collected.Definition.Type.NonNull
	f.arguments = planArguments(collected, object.Name, p.op)
	switch b := f.bind; {
	case b.Write == nil:
		f.kind = composite
		f.types = make([]atomic.Pointer[selection], len(b.Types))
	case b.Column == nil:
		f.kind = fromParents
	default:
		f.kind = fromResults
	}
	return f
}

// selection is what is selected on the objects of one of the field's concrete types.
func (f *Field) selection(kind int) *selection {
	if s := f.types[kind].Load(); s != nil {
		return s
	}
	p := f.plan
	p.compiling.Lock()
	defer p.compiling.Unlock()
	if s := f.types[kind].Load(); s != nil {
		return s
	}
	s := p.compile(f, p.bindings.Objects[f.bind.Types[kind]], f.collected.Selections)
	f.types[kind].Store(s)
	return s
}
