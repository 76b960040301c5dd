package operation

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// Document is a parsed text. Once it is valid, operations share it and it must
// not change.
type Document struct {
	Text string
	AST  *ast.QueryDocument

	// Valid reports whether the document passed the limits and the validation.
	// Only the step Validate sets it, before others can see the document.
	Valid bool

	memo sync.Map
}

// Memo returns what compute returns for this document, such as a price or a
// policy for caches. It is computed once and kept as long as the document. It
// must not depend on variables nor on who is asking. A key has a type of its
// own, as the keys of contexts do.
func (d *Document) Memo(key any, compute func() any) any {
	if kept, ok := d.memo.Load(key); ok {
		return kept
	}
	kept, _ := d.memo.LoadOrStore(key, compute())
	return kept
}
