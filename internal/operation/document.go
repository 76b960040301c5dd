package operation

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// Document is a parsed text. Once it is valid, operations share it and nobody
// changes it.
type Document struct {
	Text string
	AST  *ast.QueryDocument

	// Valid tells that the document passed the limits and the validation. Only
	// the step Validate sets it, before others can see the document.
	Valid bool

	memo sync.Map
}

// Memo returns what make returns for this document, computed once and kept for
// as long as the document is: a price, or a policy for caches. It must not
// depend on variables nor on who is asking. A key has a type of its own, as
// those of contexts have.
func (d *Document) Memo(key any, compute func() any) any {
	if kept, ok := d.memo.Load(key); ok {
		return kept
	}
	kept, _ := d.memo.LoadOrStore(key, compute())
	return kept
}
